"""What the store knows of an incident's fault beside the incident: how often, since which build, and what was alike."""

from bot.incident.payload import Incident
from bot.incident.summary import Known, Past
from bot.records.store import Store


async def known_of(store: Store, incident: Incident) -> Known:
    """All of it. Raises StoreUnavailable."""
    sighting = await store.sightings.get(incident.fingerprint)
    return Known(
        count=sighting.count if sighting else 1,
        first_seen=sighting.first_seen if sighting else incident.created_at,
        last_seen=sighting.last_seen if sighting else incident.created_at,
        last_good_build=await last_good_build(store, incident.fingerprint),
        similar=await alike(store, incident),
    )


async def last_good_build(store: Store, fingerprint: str) -> str | None:
    """The newest build that ran before the fault came and never had it; None when there is none."""
    faults = [fault for fault in await store.tallies.faults(fingerprint) if fault.fingerprint == fingerprint]
    if not faults:
        return None
    having, began = {fault.build for fault in faults}, min(fault.first_seen for fault in faults)
    earlier = [one for one in await store.processes.newest() if one.started_at < began and one.build not in having]
    return max(earlier, key=lambda one: one.started_at).build if earlier else None


async def alike(store: Store, incident: Incident) -> list[Past]:
    """Earlier incidents of the same fault, newest first, and what became of their orders."""
    orders = await store.orders.newest(fingerprint=incident.fingerprint)
    return [
        Past(incident_id=order.incident_id, title=order.summary, outcome=order.status)
        for order in orders
        if order.incident_id != incident.id
    ][:3]
