"""What was published on the bus, as it is kept: the record, and its port of the store."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pydantic import JsonValue

from bot.events.bus import EventLog


@dataclass(frozen=True, kw_only=True)
class RecordedEvent:
    """An event as it is kept; one of an earlier version may have other fields than today's class."""

    cursor: int
    name: str
    at: datetime
    payload: dict[str, JsonValue]
    cause: int | None
    """The cursor of the event that this one was published on."""
    depth: int
    """How many events led to it."""


class Events(EventLog, Protocol):
    """What was published, by whatever process; the oldest goes when there is too much, or after two weeks."""

    async def after(
        self, cursor: int, names: Collection[str] | None = None, *, limit: int = 500
    ) -> list[RecordedEvent]:
        """What was published after this cursor, oldest first. Raises StoreUnavailable."""
        ...

    async def newest(self, names: Collection[str] | None = None, *, limit: int = 100) -> list[RecordedEvent]:
        """What was published last, newest first. Raises StoreUnavailable."""
        ...

    async def counts(self) -> dict[str, int]:
        """How many of each name are kept. Raises StoreUnavailable."""
        ...
