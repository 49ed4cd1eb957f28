"""What the bus hears of work orders: that one was created, changed its status, has a patch, has passed the tests."""

from bot.events.bus import Bus
from bot.events.catalog import PatchGenerated, TestsPassed, WorkOrderCreated, WorkOrderUpdated
from bot.events.event import Event, Priority, Severity
from bot.records.store import Incidents
from bot.records.work_order import WorkOrder

PRIORITIES: dict[Severity, Priority] = {"blocker": "critical", "high": "high", "medium": "medium", "low": "low"}
"""A priority is the severity of its incident, in the words of work orders."""
SUITE_GREEN = 2
"""The proof level from which on the tests passed."""


class OrderEvents:
    """Publishes what becomes of the orders that this process saves."""

    def __init__(self, bus: Bus, incidents: Incidents) -> None:
        self._bus = bus
        self._incidents = incidents

    async def tell(self, order: WorkOrder) -> None:
        """The order was saved. Raises RecordMissing, StoreUnavailable."""
        if order.version == 1:
            incident = await self._incidents.get(order.incident_id)
            await self._bus.publish(WorkOrderCreated(priority=PRIORITIES[incident.severity], **about(order)))
        elif order.version == order.began_at_version:
            await self._bus.publish(*changes(order))


def about(order: WorkOrder) -> dict[str, str | None]:
    """Which order an event is about."""
    return {
        "work_order_id": order.id,
        "incident_id": order.incident_id,
        "self_healing_run_id": order.healing_run_id,
    }


def changes(order: WorkOrder) -> list[Event]:
    """What a new status of an order says."""
    events: list[Event] = [WorkOrderUpdated(status=order.status, **about(order))]
    if order.status == "awaiting_approval":
        level = order.proof_level or 0
        events.append(PatchGenerated(diff_sha256=order.diff_sha256 or "", proof_level=level, **about(order)))
        if level >= SUITE_GREEN:
            events.append(TestsPassed(proof_level=level, **about(order)))
    return events
