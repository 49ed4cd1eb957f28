"""The ports of the store: what the rest of the bot may keep, and what it may rely on."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict

from bot.events.event import Severity, Source
from bot.incident.payload import Incident
from bot.records.audit import AuditLog
from bot.records.dead_letter import Connections, DeadLetters
from bot.records.event_log import Events
from bot.records.healing_store import Documents, Runs, TrustBook
from bot.records.proposal import Proposal
from bot.records.sighting import Sightings
from bot.records.work_order import Status, WorkOrder


class StaleRecord(Exception):
    """Somebody else saved this record since it was read: read it again and decide anew."""


class RecordMissing(Exception):
    """There is no record of that id."""


class StoreUnavailable(Exception):
    """The store cannot be read or written now; the sentence says why."""


class Outline(BaseModel):
    """What a list shows of an incident."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    id: str
    fingerprint: str
    severity: Severity
    source: Source = "admin"
    """What an earlier version kept says none."""
    created_at: datetime


class Incidents(Protocol):
    """The incidents that were captured."""

    async def add(self, incident: Incident) -> None:
        """Keep a new incident. Raises StaleRecord when there is one of its id, StoreUnavailable."""

    async def revise(self, incident: Incident) -> None:
        """Keep this in place of the incident of its id. Raises StoreUnavailable."""

    async def get(self, incident_id: str) -> Incident:
        """The incident of this id. Raises RecordMissing, StoreUnavailable."""
        ...

    async def outlines(self, ids: Sequence[str]) -> dict[str, Outline]:
        """The outlines of these incidents, by id; what is not there is left out. Raises StoreUnavailable."""
        ...


class Asked(NamedTuple):
    """An order whose proposal was asked for, and the fault that it is for."""

    order: WorkOrder
    fingerprint: str | None
    """None: its incident is not there any more."""


class Orders(Protocol):
    """The work orders. A save is compare-and-set."""

    async def create(self, order: WorkOrder) -> WorkOrder:
        """Keep a new order under the next id of its day (the given id is not used).

        Raises StaleRecord when the incident has this attempt already, StoreUnavailable.
        """
        ...

    async def get(self, order_id: str) -> WorkOrder:
        """The order of this id. Raises RecordMissing, StoreUnavailable."""
        ...

    async def save(self, order: WorkOrder) -> WorkOrder:
        """Keep the order if nobody saved it since it was read. Raises StaleRecord, StoreUnavailable."""
        ...

    async def save_permitted(
        self, order: WorkOrder, since: datetime, permit: Callable[[Sequence[Asked]], None]
    ) -> WorkOrder:
        """Save an order whose proposal is asked for, unless `permit` raises at all that were asked for after `since`.

        This one is among them. One order at a time is judged, whatever the process. Raises as `save` and `permit` do.
        """
        ...

    async def newest(
        self, *, incident_id: str | None = None, fingerprint: str | None = None, statuses: Collection[Status] = ()
    ) -> list[WorkOrder]:
        """At most 500 orders, newest first: all, those of one incident, of one fault, or of these statuses."""
        ...

    async def asked_since(self, since: datetime) -> list[Asked]:
        """All orders whose proposal was asked for after that, the last one first. Raises StoreUnavailable."""
        ...

    async def in_doubt(self, since: datetime) -> list[WorkOrder]:
        """The verified orders whose fault was counted after that, in whatever build. Raises StoreUnavailable."""
        ...

    async def versions(self) -> dict[str, int]:
        """The versions of the newest 2,000 orders, by id."""
        ...


class Turns(Protocol):
    """Who takes which waiting order on: each is in one process's hands at a time."""

    async def claim(self, holder: str, now: datetime, limit: int) -> list[WorkOrder]:
        """Take so many orders that wait on the outside and are due, the longest due first. Raises StoreUnavailable.

        An order in the hands of a process that is not alive any more is free.
        """
        ...

    async def hasten(self, incident_id: str, now: datetime) -> None:
        """The waiting orders of this incident are due now. Raises StoreUnavailable."""

    async def release(self, holder: str, due: Mapping[str, datetime]) -> None:
        """Give these orders back; each is due again at its time. Raises StoreUnavailable."""


class Proposals(Protocol):
    """The proposals, one per order."""

    async def put(self, proposal: Proposal) -> None:
        """Keep the proposal of its order, in place of an earlier one. Raises StoreUnavailable."""

    async def get(self, order_id: str) -> Proposal:
        """The proposal of this order. Raises RecordMissing, StoreUnavailable."""
        ...

    async def several(self, order_ids: Sequence[str]) -> dict[str, Proposal]:
        """The proposals of these orders, by order; what is not there is left out. Raises StoreUnavailable."""
        ...


@dataclass(frozen=True, kw_only=True)
class LedgerRow:
    """One line of the ledger."""

    at: datetime
    user_id: int
    message_id: int
    item: str
    amount: Decimal
    currency: str


class LedgerRows(Protocol):
    """The ledger's rows as this store keeps them."""

    async def append(self, row: LedgerRow) -> bool:
        """Keep the row; False when this message's row is there already. Raises StoreUnavailable."""
        ...

    async def newest(self, limit: int = 10) -> list[LedgerRow]:
        """The newest rows, newest first. Raises StoreUnavailable."""
        ...


class Notes(Protocol):
    """Small facts by name, such as the hash of the synced commands."""

    async def read(self, name: str) -> str | None:
        """The fact, or None. Raises StoreUnavailable."""
        ...

    async def write(self, facts: Mapping[str, str]) -> None:
        """Keep these facts. Raises StoreUnavailable."""


ALIVE_SECONDS = 6.0
"""How long after its last sign of life a process counts as alive."""


@dataclass(frozen=True, kw_only=True)
class Process:
    """A process of this bot, on whatever machine."""

    id: str
    build: str
    started_at: datetime
    seen_at: datetime
    left_at: datetime | None = None
    """When it left in order; None: it is alive, or it died."""

    def is_alive(self, now: datetime) -> bool:
        """Did it give a sign of life a moment ago? A sign from the future is no sign: a clock was wrong."""
        return self.left_at is None and abs((now - self.seen_at).total_seconds()) < ALIVE_SECONDS


class Processes(Protocol):
    """The processes on this store, and which of them leads."""

    async def beat(self, process: Process) -> bool:
        """A sign of life at `seen_at`. Returns whether this process leads: the first to ask while none does.

        Raises StoreUnavailable.
        """
        ...

    async def leave(self, process_id: str, at: datetime) -> None:
        """The process ends in order: what it holds is free at once. Raises StoreUnavailable."""

    async def newest(self) -> list[Process]:
        """The 200 that were seen last. Raises StoreUnavailable."""
        ...


@dataclass(frozen=True, kw_only=True)
class Fault:
    """How often one build had one fault."""

    fingerprint: str
    kin: str
    """The fingerprint without the place: the same error from elsewhere has the same."""
    build: str
    count: int
    first_seen: datetime
    last_seen: datetime


class Tallies(Protocol):
    """What every build handled, and which faults it had."""

    async def add(self, faults: Sequence[Fault], handled: Mapping[tuple[str, str], int]) -> None:
        """Count these faults, and these requests by build and kind. Raises StoreUnavailable."""

    async def faults(self, fingerprint: str) -> list[Fault]:
        """This fault in every build, and its kin. Raises StoreUnavailable."""
        ...

    async def handled(self) -> dict[tuple[str, str], int]:
        """How many requests each build handled, by build and kind. Raises StoreUnavailable."""
        ...


@dataclass(frozen=True)
class Store:
    """Everything that outlives a restart."""

    incidents: Incidents
    orders: Orders
    proposals: Proposals
    ledger: LedgerRows
    notes: Notes
    turns: Turns
    processes: Processes
    tallies: Tallies
    audit: AuditLog
    runs: Runs
    documents: Documents
    trust: TrustBook
    events: Events
    sightings: Sightings
    dead_letters: DeadLetters
    connections: Connections
