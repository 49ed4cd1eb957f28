"""The settings of the watchdog: which logs, patterns, limits and addresses."""

import re
from pathlib import Path

from pydantic import Field, field_validator

from bot.setting_groups.group import SettingGroup
from bot.setting_values import quoted, web_address

OUTSIDE = re.compile(r"^[/\\]|^\w:|(^|[/\\])\.\.([/\\]|$)")
"""A name that leads out of its folder."""


def names_in(value: str) -> tuple[str, ...]:
    """`"a, b"` → ("a", "b")."""
    return tuple(part.strip() for part in value.split(",") if part.strip())


class WatchSettings(SettingGroup):
    """What is watched, and above which limits it is told."""

    watchdog_enabled: bool = Field(
        True, description="`false`: the bot watches neither logs nor resources nor addresses (its incidents stay)"
    )
    watchdog_patterns: Path | None = Field(
        None, description="a TOML file of patterns, read anew when it changes (default: the shipped one)"
    )
    watchdog_log_path: Path = Field(Path("logs"), description="the folder of the log files that are watched")
    watchdog_logs: str = Field(
        "perf/hourly.log,security/hourly-fix.log",
        description="the files in it, comma-separated, `*` for any name; those that are not there are waited for",
    )
    watchdog_probes: tuple[str, ...] = Field(
        (), description="addresses, comma-separated, whose answers are timed once a minute"
    )
    watchdog_probe_ms: float = Field(500.0, gt=0, description="milliseconds above which an answer is slow")
    watchdog_cpu_threshold: float = Field(0.9, gt=0, le=1, description="share of the CPU that is too much")
    watchdog_memory_threshold: float = Field(0.9, gt=0, le=1, description="share of the memory that is too much")
    watchdog_disk_threshold: float = Field(0.95, gt=0, le=1, description="share of the disk that is too much")
    watchdog_loop_lag_ms: float = Field(1000.0, gt=0, description="milliseconds by which the event loop is too late")
    watchdog_cpu_checks: int = Field(3, ge=1, le=1000, description="how many checks in a row count as sustained")
    watchdog_check_interval: int = Field(
        10_000, ge=100, le=3_600_000, description="milliseconds between two checks of the resources"
    )
    watchdog_cooldown: int = Field(
        300_000, ge=0, le=86_400_000, description="milliseconds until what stays too high is told again"
    )
    watchdog_dev_mode: bool = Field(
        False, description="`true`: CPU and memory only above 98 %, five times in a row, as on a busy desktop"
    )

    @field_validator("watchdog_logs")
    @classmethod
    def check_logs(cls, value: str) -> str:
        """Names that stay inside of the folder."""
        wrong = next((name for name in names_in(value) if OUTSIDE.search(name)), None)
        if wrong:
            raise ValueError(f"{quoted(wrong)} leads out of WATCHDOG_LOG_PATH: write names inside of it")
        return value

    @property
    def watched_logs(self) -> tuple[str, ...]:
        """The names of `watchdog_logs`."""
        return names_in(self.watchdog_logs)

    @field_validator("watchdog_probes", mode="before")
    @classmethod
    def split_probes(cls, value: object) -> object:
        """The addresses."""
        return tuple(web_address(name) for name in names_in(value)) if isinstance(value, str) else value
