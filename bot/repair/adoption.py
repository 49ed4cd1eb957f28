"""A person asks about a fault that the bot noticed first: they get its incident and its order, and no second card."""

from bot.incident.payload import Incident
from bot.records.store import Store
from bot.records.work_order import MACHINE, WorkOrder, advance


async def adopted(store: Store, wanted: WorkOrder, captured: Incident) -> WorkOrder | None:
    """The order that the bot staged for this fault, now this person's, to be saved; None when there is none.

    Its incident becomes what was captured just now, under the id it has. Raises StoreUnavailable.
    """
    order = await staged_for(store, captured.fingerprint)
    if order is None:
        return None
    await store.incidents.revise(captured.model_copy(update={"id": order.incident_id}))
    theirs = {
        name: getattr(wanted, name) for name in ("agent", "summary", "requested_by", "guild_id", "channel_id", "reason")
    }
    if wanted.status == "staged":
        return order.evolve(progress=None, **theirs)
    return advance(order, "dispatched", wanted.created_at).evolve(**theirs)


async def staged_for(store: Store, fingerprint: str) -> WorkOrder | None:
    """The order that the bot staged for this fault, while nobody has asked for it. Raises StoreUnavailable."""
    seen = await store.sightings.get(fingerprint)
    if seen is None:
        return None
    orders = await store.orders.newest(incident_id=seen.incident_id)
    found = [order for order in orders if order.status == "staged" and order.requested_by == MACHINE]
    return found[0] if found else None
