"""The settings of alerts: where people are told what happened, when they want quiet, and what is added."""

import re
from datetime import time
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, SecretStr, field_validator

from bot.setting_groups.group import SettingGroup
from bot.setting_values import quoted

QUIET = re.compile(r"(\d\d?):(\d\d)-(\d\d?):(\d\d)(?: (\S+))?")


class AlertSettings(SettingGroup):
    """Discord and Slack webhooks, quiet hours, and the model's summary."""

    discord_webhook_url: SecretStr | None = Field(
        None, description="a Discord webhook for alerts, also when the bot stands still and cannot answer"
    )
    slack_webhook_url: SecretStr | None = Field(None, description="a Slack webhook for alerts")
    alert_quiet_hours: str | None = Field(
        None, description="when only critical alerts are sent, such as `22:00-07:00 Europe/Berlin` (UTC without a zone)"
    )
    alert_ai_summary: bool = Field(
        False, description="`true`: alerts of new incidents carry a summary, by the model where one is set"
    )

    openai_daily_tokens: int = Field(
        200_000, ge=0, description="how many tokens a day the model may cost for summaries; 0 means none"
    )

    @field_validator("discord_webhook_url", "slack_webhook_url")
    @classmethod
    def check_webhook(cls, value: SecretStr | None) -> SecretStr | None:
        """A web address; it is a secret itself and never quoted."""
        if value and not re.fullmatch(r"https?://[^\s/]+/\S+", value.get_secret_value()):
            raise ValueError("it is not a webhook's address: copy it from where the webhook was made")
        return value

    @field_validator("alert_quiet_hours")
    @classmethod
    def check_quiet_hours(cls, value: str | None) -> str | None:
        """Two times of day, and a zone that exists."""
        if value:
            quiet_hours(value)
        return value


def quiet_hours(value: str) -> tuple[time, time, ZoneInfo]:
    """`22:00-07:00 Europe/Berlin` → from, until, zone. Raises ValueError."""
    found = QUIET.fullmatch(value.strip())
    try:
        if not found:
            raise ValueError
        zone = found[5] or "UTC"
        if zone not in available_timezones():
            raise ValueError
        start, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    except ValueError:
        raise ValueError(f"{quoted(value)} is not like 22:00-07:00 Europe/Berlin") from None
    return start, end, ZoneInfo(zone)
