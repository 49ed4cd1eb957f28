"""Which incidents there are and how far the newest order of each is; found by what is wanted, or by an id."""

from collections import Counter
from dataclasses import dataclass
from typing import get_args

from bot.events.event import Severity, Source
from bot.incident.payload import INCIDENT_ID
from bot.records.store import Outline, RecordMissing, Store
from bot.records.work_order import Status, WorkOrder
from bot.repair.rules import RepairRefused

KNOWN: dict[str, tuple[str, ...]] = {
    "status": get_args(Status),
    "severity": get_args(Severity),
    "source": get_args(Source),
}
"""What can be asked for, by the filter's name."""


@dataclass(frozen=True)
class Listed:
    """An incident and its newest order."""

    order: WorkOrder
    outline: Outline

    def matches(self, wanted: dict[str, str]) -> bool:
        """Is it of the status, severity and source that are wanted?"""
        told = {"status": self.order.status, "severity": self.outline.severity, "source": self.outline.source}
        return all(told[name] == value for name, value in wanted.items())


def checked(**asked: str | None) -> dict[str, str]:
    """What is wanted of what was asked for. Raises RepairRefused for a value that does not exist."""
    wanted = {name: value.strip().lower() for name, value in asked.items() if value}
    for name, value in wanted.items():
        if value not in KNOWN[name]:
            raise RepairRefused(f"There is no {name} “{value}”; it is one of: {', '.join(KNOWN[name])}.")
    return wanted


async def listed(store: Store, wanted: dict[str, str]) -> list[Listed]:
    """The incidents of the newest 500 orders that match, newest first. Raises StoreUnavailable."""
    newest: dict[str, WorkOrder] = {}
    for order in await store.orders.newest():
        if order.incident_id not in newest or order.attempt > newest[order.incident_id].attempt:
            newest[order.incident_id] = order
    outlines = await store.incidents.outlines(list(newest))
    pairs = [Listed(order, outlines[name]) for name, order in newest.items() if name in outlines]
    return [each for each in pairs if each.matches(wanted)]


def counted(incidents: list[Listed]) -> dict[str, int]:
    """How many are in which status, the commonest first."""
    return dict(Counter(each.order.status for each in incidents).most_common())


async def times_seen(store: Store, fingerprint: str) -> int:
    """How often a fault was counted, over all builds. Raises StoreUnavailable."""
    faults = await store.tallies.faults(fingerprint)
    return sum(fault.count for fault in faults if fault.fingerprint == fingerprint)


async def attempts_of(store: Store, incident_id: str) -> list[WorkOrder]:
    """The orders of an incident, newest attempt first. Raises RecordMissing when there is none, StoreUnavailable."""
    orders = await store.orders.newest(incident_id=incident_id)
    if not orders:
        raise RecordMissing(f"There is no work order of {incident_id}.")
    return sorted(orders, key=lambda order: order.attempt, reverse=True)


async def order_named(store: Store, name: str) -> WorkOrder:
    """The order of this id, or the newest of the incident of this id. Raises RecordMissing, StoreUnavailable."""
    name = name.strip()
    if INCIDENT_ID.fullmatch(name):
        return (await attempts_of(store, name))[0]
    return await store.orders.get(name)
