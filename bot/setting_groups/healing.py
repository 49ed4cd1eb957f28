"""The settings of healing: what may be started anew, and how long a fault has to stay away."""

import shlex

from pydantic import Field, field_validator

from bot.setting_groups.group import SettingGroup
from bot.setting_values import SERVICE_NAME, quoted


class HealingSettings(SettingGroup):
    """What playbooks may do beyond this process, and what counts as healed."""

    autofix_auto_propose: bool = Field(
        False, description="`true`: a fault that the bot notices is sent to the coding agent at once, not only staged"
    )
    heal_window_minutes: int = Field(
        10, ge=1, le=1440, description="how long a fault must stay away after a playbook, to count as healed"
    )
    heal_command: str | None = Field(
        None,
        description="a command for a general restart, read as words, never by a shell, at most 600 s (default: the "
        "bot's own ladder: load its parts anew, reconnect, end the process for its supervisor)",
    )
    heal_services: frozenset[str] = Field(
        frozenset(), description="the services, comma-separated, that the watchdog may restart; empty means none"
    )
    heal_service_command: str = Field(
        "systemctl restart {name}", description="the command for that, read as words; `{name}` is the service"
    )

    @field_validator("heal_services", mode="before")
    @classmethod
    def split_services(cls, value: object) -> object:
        """`"web, worker"` → {web, worker}."""
        if not isinstance(value, str):
            return value
        names = [part.strip() for part in value.split(",") if part.strip()]
        wrong = next((name for name in names if not SERVICE_NAME.fullmatch(name)), None)
        if wrong is not None:
            raise ValueError(f"{quoted(wrong)} is not a service's name")
        return frozenset(names)

    @field_validator("heal_command", "heal_service_command")
    @classmethod
    def check_words(cls, value: str | None) -> str | None:
        """Words, with every quote closed."""
        try:
            words = shlex.split(value) if value is not None else ["-"]
        except ValueError:
            words = []
        if not words:
            raise ValueError("it cannot be read as words: close every quote, or take it out")
        return value
