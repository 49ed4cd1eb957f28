"""What the engine needs from outside of healing: patches, how often a fault was seen, and what was told of a run."""

from datetime import datetime
from typing import Protocol

from bot.records.playbook_run import PlaybookRun


class Order(Protocol):
    """How far a patch that a run waits for is."""

    @property
    def is_live(self) -> bool:
        """The running build has it."""
        ...

    @property
    def verdict(self) -> bool | None:
        """Whether it helped; None while that is open."""
        ...

    @property
    def reason(self) -> str:
        """Why it did not help: a sentence."""
        ...


class Patches(Protocol):
    """Where a patch is asked for."""

    async def ask(self, run: PlaybookRun, why: str) -> str:
        """Open a work order for this run, or find the one that it has; returns its id. Raises StoreUnavailable."""
        ...

    async def order(self, order_id: str) -> Order:
        """How far it is. Raises RecordMissing, StoreUnavailable."""
        ...


class Sight(Protocol):
    """How often a fault was seen."""

    async def count(self, fingerprint: str) -> int:
        """So often, by whatever source, until now. Raises StoreUnavailable."""
        ...


class Told(Protocol):
    """What was published."""

    async def of_runs(self) -> frozenset[tuple[str, str]]:
        """Of the newest runs: a run's id and an event's wire name, for each event of it. Raises StoreUnavailable."""
        ...

    async def since(self) -> datetime:
        """From when on it is known what was published: what is older is kept no more. Raises StoreUnavailable."""
        ...
