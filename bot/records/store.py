"""The ports of the store: what the rest of the bot may keep, and what it may rely on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from bot.incident.payload import Incident
from bot.records.proposal import Proposal
from bot.records.work_order import WorkOrder


class StaleRecord(Exception):
    """Somebody else saved this record since it was read: read it again and decide anew."""


class RecordMissing(Exception):
    """There is no record of that id."""


class StoreUnavailable(Exception):
    """The store cannot be read or written now; the sentence says why."""


class Incidents(Protocol):
    """The incidents that were captured."""

    async def add(self, incident: Incident) -> None:
        """Keep a new incident. Raises StaleRecord when there is one of its id, StoreUnavailable."""

    async def get(self, incident_id: str) -> Incident:
        """The incident of this id. Raises RecordMissing, StoreUnavailable."""
        ...


class Orders(Protocol):
    """The work orders. A save is compare-and-set."""

    async def create(self, order: WorkOrder) -> WorkOrder:
        """Keep a new order under the next id of its day (the given id is not used). Raises StoreUnavailable."""
        ...

    async def get(self, order_id: str) -> WorkOrder:
        """The order of this id. Raises RecordMissing, StoreUnavailable."""
        ...

    async def save(self, order: WorkOrder) -> WorkOrder:
        """Keep the order if nobody saved it since it was read. Raises StaleRecord, StoreUnavailable."""
        ...

    async def newest(self, *, waiting: bool = False, incident_id: str | None = None) -> list[WorkOrder]:
        """At most 500 orders, newest first: all, those that wait on the outside, or those of one incident."""
        ...


class Proposals(Protocol):
    """The proposals, one per order."""

    async def put(self, proposal: Proposal) -> None:
        """Keep the proposal of its order, in place of an earlier one. Raises StoreUnavailable."""

    async def get(self, order_id: str) -> Proposal:
        """The proposal of this order. Raises RecordMissing, StoreUnavailable."""
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


@dataclass(frozen=True)
class Store:
    """Everything that outlives a restart."""

    incidents: Incidents
    orders: Orders
    proposals: Proposals
    ledger: LedgerRows
    notes: Notes
