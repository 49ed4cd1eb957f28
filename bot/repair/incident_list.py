"""Which incidents there are and how far the newest order of each is; found by what is wanted, or by an id."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from bot.events.event import Severity, Source
from bot.incident.payload import INCIDENT_ID, Incident
from bot.records.incident_state import IncidentState, state_of
from bot.records.store import Outline, RecordMissing, Store
from bot.records.work_order import UNDER_WAY, Status, WorkOrder
from bot.repair.rules import RepairRefused

MOST = 500
UNORDERED = "open"
"""What stands in for a status while nobody asked for a patch yet."""
KNOWN: dict[str, tuple[str, ...]] = {
    "status": (UNORDERED, *get_args(Status)),
    "state": get_args(IncidentState),
    "severity": get_args(Severity),
    "source": get_args(Source),
}
"""What can be asked for, by the filter's name."""


@dataclass(frozen=True, kw_only=True)
class Listed:
    """An incident with its newest order, if there is one."""

    outline: Outline
    order: WorkOrder | None
    summary: str
    state: IncidentState = "open"

    @property
    def id(self) -> str:
        """The incident's id."""
        return self.outline.id

    @property
    def status(self) -> str:
        """Where its newest order is."""
        return self.order.status if self.order else UNORDERED

    def matches(self, wanted: dict[str, str]) -> bool:
        """Is it of the status, state, severity and source that are wanted?"""
        outline = self.outline
        told = {"status": self.status, "state": self.state, "severity": outline.severity, "source": outline.source}
        return all(told[name] == value for name, value in wanted.items())


def checked(**asked: str | None) -> dict[str, str]:
    """What is wanted of what was asked for. Raises RepairRefused for a value that does not exist."""
    wanted = {name: value.strip().lower() for name, value in asked.items() if value}
    for name, value in wanted.items():
        if value not in KNOWN[name]:
            raise RepairRefused(f"There is no {name} “{value}”; it is one of: {', '.join(KNOWN[name])}.")
    return wanted


async def listed(store: Store, wanted: dict[str, str]) -> list[Listed]:
    """The incidents that match, newest first: of orders under way, of the newest 500 orders and 500 faults.

    Raises StoreUnavailable.
    """
    summaries = {seen.incident_id: seen.title for seen in await store.sightings.newest(MOST)}
    attempts: dict[str, list[WorkOrder]] = defaultdict(list)
    under_way = await store.orders.newest(statuses=UNDER_WAY)  # however many the bot noticed since
    orders = {order.id: order for order in [*under_way, *await store.orders.newest()]}
    for order in sorted(orders.values(), key=lambda each: each.attempt):
        attempts[order.incident_id].append(order)
        summaries[order.incident_id] = order.summary
    outlines = await store.incidents.outlines(list(summaries))
    found = []
    for name, outline in outlines.items():
        mine = attempts.get(name, [])
        newest = mine[-1] if mine else None
        found.append(Listed(outline=outline, order=newest, summary=summaries[name], state=state_of(mine)))
    return sorted((each for each in found if each.matches(wanted)), key=newness, reverse=True)


def newness(incident: Listed) -> tuple[datetime, str]:
    """How new an incident's newest attempt is, or the incident itself."""
    order = incident.order
    return (order.created_at, order.id) if order else (incident.outline.created_at, "")


def counted(incidents: list[Listed]) -> dict[str, int]:
    """How many are in which status, the commonest first."""
    return dict(Counter(each.status for each in incidents).most_common())


async def times_seen(store: Store, fingerprint: str) -> int:
    """How often a fault was seen, by whomever and in all builds. Raises StoreUnavailable."""
    seen = await store.sightings.get(fingerprint)
    faults = await store.tallies.faults(fingerprint)
    logged = sum(fault.count for fault in faults if fault.fingerprint == fingerprint)
    return max(seen.count if seen else 0, logged)


async def incident_named(store: Store, name: str) -> tuple[Incident, list[WorkOrder]]:
    """The incident of this id, or of the order of this id, with its orders, newest attempt first.

    Raises RecordMissing, StoreUnavailable.
    """
    name = name.strip()
    incident_id = name if INCIDENT_ID.fullmatch(name) else (await store.orders.get(name)).incident_id
    orders = await store.orders.newest(incident_id=incident_id)
    return await store.incidents.get(incident_id), sorted(orders, key=lambda order: order.attempt, reverse=True)


async def attempts_of(store: Store, incident_id: str) -> list[WorkOrder]:
    """The orders of an incident, newest attempt first. Raises RecordMissing when there is none, StoreUnavailable."""
    orders = await store.orders.newest(incident_id=incident_id)
    if not orders:
        raise RecordMissing(
            f"There is no work order of {incident_id}. If it is known, /debug_incident shows it and asks for a patch."
        )
    return sorted(orders, key=lambda order: order.attempt, reverse=True)


async def order_named(store: Store, name: str) -> WorkOrder:
    """The order of this id, or the newest of the incident of this id. Raises RecordMissing, StoreUnavailable."""
    name = name.strip()
    if INCIDENT_ID.fullmatch(name):
        return (await attempts_of(store, name))[0]
    return await store.orders.get(name)
