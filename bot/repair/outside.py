"""An incident that was captured elsewhere goes through the same door to an agent as any other."""

from dataclasses import dataclass

from bot.incident.payload import Incident
from bot.records.work_order import MACHINE, WorkOrder, advance
from bot.repair.repairs import Repairs


@dataclass(frozen=True)
class Home:
    """Where the card of an order goes that nobody in Discord asked for."""

    guild_id: int
    channel_id: int


async def open_outside(repairs: Repairs, incident: Incident, home: Home) -> tuple[WorkOrder, bool]:
    """The order of this fault, and whether it is new: a fault has one, and people decide on its further attempts.

    One that was only staged is sent. Raises StoreUnavailable, StaleRecord.
    """
    store, book, agent, now = repairs.store, repairs.book, repairs.agent, repairs.clock()
    orders = await store.orders.newest(fingerprint=incident.fingerprint)
    if orders and orders[0].status == "staged" and not agent.off:
        await repairs.decisions.write("retry", "intake", orders[0].id, was="staged", attempt=orders[0].attempt)
        return await repairs.send(await book.save(advance(orders[0], "dispatched", now))), False
    if orders:
        return orders[0], False
    await repairs.decisions.write("open", "intake", incident.id, agent=agent.name, severity=incident.severity)
    await store.incidents.add(incident)
    status = "staged" if agent.off else "dispatched"
    order = WorkOrder(
        id="wo_new",
        incident_id=incident.id,
        status=status,
        agent=agent.name,
        summary=incident.summary,
        requested_by=MACHINE,
        guild_id=home.guild_id,
        channel_id=home.channel_id,
        created_at=now,
        history=((status, now),),
        reason=agent.off,
    )
    return await repairs.send(await book.create(order)), True
