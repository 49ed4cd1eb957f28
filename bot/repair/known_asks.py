"""A person asks for a patch of an incident that is known and has no order yet: it keeps its id, log and trace."""

from dataclasses import dataclass

from bot.incident.payload import Incident
from bot.records.store import StaleRecord
from bot.records.work_order import WorkOrder
from bot.repair.repairs import Ask, Repairs
from bot.repair.rules import RepairRefused


@dataclass(frozen=True, kw_only=True)
class Asker:
    """Who asks, and where."""

    person: int
    guild_id: int
    channel_id: int


async def preview_known(repairs: Repairs, incident_id: str, asker: Asker) -> bytes:
    """The very bytes that would leave. Raises RepairRefused, RecordMissing, StoreUnavailable."""
    incident = await unasked(repairs, incident_id)
    return repairs.agent.request(repairs.new_order(ask_of(incident, asker), incident), incident)


async def open_known(repairs: Repairs, incident_id: str, asker: Asker) -> WorkOrder:
    """Ask for a patch as for an issue that is opened anew. Raises RepairRefused, RecordMissing, StoreUnavailable."""
    told = {"agent": repairs.agent.name, "known": True}
    async with repairs.decisions.deciding("open", asker.person, incident_id, **told):
        async with repairs.opening:
            incident = await unasked(repairs, incident_id)
            try:
                order = await repairs.book.create(repairs.new_order(ask_of(incident, asker), incident))
            except StaleRecord as error:
                raise RepairRefused(f"Somebody else asked for {incident_id} a moment ago: look at its card.") from error
        return await repairs.send(order)


async def unasked(repairs: Repairs, incident_id: str) -> Incident:
    """The incident. Raises RepairRefused when somebody asked already, RecordMissing, StoreUnavailable."""
    orders = await repairs.store.orders.newest(incident_id=incident_id)
    if orders:
        raise RepairRefused(
            f"{incident_id} has an order already: {orders[0].id}, which is {orders[0].status}. "
            "/debug_incident shows it with what can be done."
        )
    return await repairs.store.incidents.get(incident_id)


def ask_of(incident: Incident, asker: Asker) -> Ask:
    """What is asked for, in the incident's own words."""
    return Ask(
        summary=incident.summary,
        lines=len(incident.logs),
        person=asker.person,
        guild_id=asker.guild_id,
        channel_id=asker.channel_id,
        context=incident.context,
    )
