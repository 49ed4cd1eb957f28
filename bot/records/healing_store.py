"""The ports of what is healed without code: its runs, single documents, and how far what is trusted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.records.playbook_run import PlaybookRun, RunStatus


class Runs(Protocol):
    """The playbooks' runs. A save is compare-and-set."""

    async def create(self, run: PlaybookRun) -> PlaybookRun:
        """Keep a new run. Raises StaleRecord when there is one of its id, StoreUnavailable."""
        ...

    async def get(self, run_id: str) -> PlaybookRun:
        """The run of this id. Raises RecordMissing, StoreUnavailable."""
        ...

    async def save(self, run: PlaybookRun) -> PlaybookRun:
        """Keep the run if nobody saved it since it was read. Raises StaleRecord, StoreUnavailable."""
        ...

    async def newest(self, statuses: Sequence[RunStatus] = (), limit: int = 50) -> list[PlaybookRun]:
        """The newest runs, of these statuses if there are any, newest first. Raises StoreUnavailable."""
        ...

    async def following(self, run_id: str | None, statuses: Sequence[RunStatus], limit: int) -> list[PlaybookRun]:
        """The runs of these statuses that began after that one, or from the first one on, oldest first.

        Raises StoreUnavailable.
        """
        ...

    async def of_fault(self, fingerprint: str, statuses: Sequence[RunStatus]) -> list[PlaybookRun]:
        """Every run of this fault that has one of these statuses. Raises StoreUnavailable."""
        ...


class Documents(Protocol):
    """Single records of which there is one each, such as the loop guard's state."""

    async def read(self, name: str) -> tuple[str, int]:
        """The document and its version; an empty text and 0 when there is none. Raises StoreUnavailable."""
        ...

    async def replace(self, name: str, body: str, version: int) -> None:
        """Keep the document if this is still its version. Raises StaleRecord, StoreUnavailable."""


@dataclass(frozen=True, kw_only=True)
class TrustChange:
    """How far something is trusted since one verdict."""

    subject: str
    """`playbook <id>` or `component <package>`."""
    at: datetime
    before: float
    after: float
    run_id: str


class TrustBook(Protocol):
    """Every change of trust, one per subject and run."""

    async def add(self, change: TrustChange) -> bool:
        """Keep the change; False when this run changed this subject's trust already. Raises StoreUnavailable."""
        ...

    async def newest(self, subject: str | None = None, limit: int = 200) -> list[TrustChange]:
        """The newest changes, newest first. Raises StoreUnavailable."""
        ...
