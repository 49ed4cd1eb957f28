"""An alert: what people are told about one thing, and the port by which a channel tells it."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, Protocol

Level = Literal["info", "warning", "critical", "recovered"]
GRAVITY: tuple[Level, ...] = ("info", "recovered", "warning", "critical")
"""From the least to the gravest."""


class ChannelGone(Exception):
    """The channel is not there or does not let us in: it is asked no more. The sentence says the remedy."""


class ChannelBusy(Exception):
    """Not now; the same alert may be sent in `seconds`."""

    def __init__(self, sentence: str, seconds: float) -> None:
        super().__init__(sentence)
        self.seconds = seconds


@dataclass(frozen=True, kw_only=True)
class Alert:
    """One thing that people are told; everything in it is data and may be hostile."""

    key: str
    """What it is about: alerts of one key are grouped, and a recovery ends them."""
    level: Level
    title: str
    at: datetime
    reason: str = ""
    action: str = ""
    """What the bot did or does about it."""
    next_step: str = ""
    """What a person may do now."""
    excerpt: str = ""
    """The log lines that show it."""
    incident_id: str | None = None
    news: str = ""
    """Which turn of a story with several turns: each is told at once, and only the same one again counts as one."""
    count: int = 1
    """How often it happened since it was last told."""
    others: tuple["Alert", ...] = field(default=())
    """What else came while this one waited: told in the same message."""

    def and_again(self, later: "Alert") -> "Alert":
        """Both as one: the later words, the graver level, both counts if it is the same news."""
        level = max(self.level, later.level, key=GRAVITY.index) if later.level != "recovered" else later.level
        count = later.count + (self.count if self.news == later.news else 0)
        return replace(later, level=level, count=count)


class Channel(Protocol):
    """Where alerts go."""

    @property
    def name(self) -> str:
        """As the settings call it, without its address."""
        ...

    async def send(self, alert: Alert) -> None:
        """Tell it. Raises ChannelGone, ChannelBusy."""
        ...
