"""A row that could not be written where it belongs: the record, and its port of the store."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bot.records.store import LedgerRow


@dataclass(frozen=True, kw_only=True)
class DeadLetter:
    """A row that waits to be written again."""

    row: "LedgerRow"
    why: str
    """What kept it from being written: a sentence."""
    at: datetime


class DeadLetters(Protocol):
    """The rows that wait, one per message, in the order in which they came."""

    async def add(self, letter: DeadLetter) -> bool:
        """Keep the row behind those that wait; False when this message's row waits already. Raises StoreUnavailable."""
        ...

    async def oldest(self, limit: int = 100) -> Sequence[DeadLetter]:
        """Those that wait longest, oldest first. Raises StoreUnavailable."""
        ...

    async def remove(self, message_id: int) -> bool:
        """The row was written; False when it did not wait any more. Raises StoreUnavailable."""
        ...

    async def count(self) -> int:
        """How many wait. Raises StoreUnavailable."""
        ...


class Connections(Protocol):
    """The store's own connections to its database."""

    async def close(self) -> None:
        """Close those that idle; what comes next opens new ones."""

    async def ping(self) -> None:
        """Ask the database for a sign of life. Raises StoreUnavailable."""
