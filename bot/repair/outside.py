"""An incident that was captured elsewhere goes through the same door to an agent as any other."""

from bot.incident.payload import Incident
from bot.records.sighting import Sighting
from bot.records.work_order import MACHINE, WorkOrder, advance
from bot.repair.noticed_orders import Home
from bot.repair.repairs import Repairs


async def open_outside(repairs: Repairs, incident: Incident, home: Home, count: int) -> tuple[WorkOrder, bool]:
    """The order of this fault, and whether it is new: a fault has one, and people decide on its further attempts.

    `count`: how often it was seen. One that was only staged is sent. Raises StoreUnavailable, StaleRecord.
    """
    async with repairs.opening:
        order, is_new = await found_or_made(repairs, incident, home, count)
    never_sent = order.status in ("staged", "dispatched") and order.sent_at is None
    return (await repairs.send(order) if never_sent else order), is_new


async def found_or_made(repairs: Repairs, incident: Incident, home: Home, count: int) -> tuple[WorkOrder, bool]:
    """The order of this fault, dispatched if it may be, and whether it was made just now."""
    store, book, agent = repairs.store, repairs.book, repairs.agent
    orders = await store.orders.newest(fingerprint=incident.fingerprint)
    if not orders:
        await repairs.decisions.write("open", "intake", incident.id, agent=agent.name, severity=incident.severity)
        [seen] = await store.sightings.add([sighting_of(incident, count)], [incident])
        orders = await store.orders.newest(incident_id=seen.incident_id)
        if not orders:
            return await book.create(order_of(repairs, incident, seen.incident_id, home)), True
    order = orders[0]
    if order.status == "staged" and order.requested_by == MACHINE and not agent.off:
        await repairs.decisions.write("retry", "intake", order.id, was="staged", attempt=order.attempt)
        return await book.save(advance(order, "dispatched", repairs.clock(), agent=agent.name)), False
    return order, False


def sighting_of(incident: Incident, count: int) -> Sighting:
    """The incident as it counts among what was seen."""
    return Sighting(
        fingerprint=incident.fingerprint,
        incident_id=incident.id,
        title=incident.summary[:500],
        severity=incident.severity,
        sources=frozenset({incident.source}),
        count=count,
        first_seen=incident.created_at,
        last_seen=incident.created_at,
    )


def order_of(repairs: Repairs, incident: Incident, incident_id: str, home: Home) -> WorkOrder:
    """A new order; staged where no agent is set."""
    now, off = repairs.clock(), repairs.agent.off
    status = "staged" if off else "dispatched"
    return WorkOrder(
        id="wo_new",
        incident_id=incident_id,
        status=status,
        agent=repairs.agent.name,
        summary=incident.summary,
        requested_by=MACHINE,
        guild_id=home.guild_id,
        channel_id=home.channel_id,
        created_at=now,
        history=((status, now),),
        reason=off,
    )
