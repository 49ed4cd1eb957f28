"""A further attempt of an incident: what it takes over from the one before, and what it does not."""

from datetime import datetime

from bot.records.work_order import WorkOrder

ABLE = frozenset({"github", "local"})
"""The agents that have git take a fix back; another one has no word for it."""


def another(order: WorkOrder, *, summary: str, agent: str, person: int, now: datetime) -> WorkOrder:
    """The next attempt, asked for by this person: of a revert that was not merged that revert, else a new patch.

    `summary`: the incident's own.
    """
    reverts = order.reverts if order.merge_sha is None and agent in ABLE else None
    return WorkOrder(
        id="wo_new",
        incident_id=order.incident_id,
        attempt=order.attempt + 1,
        status="dispatched",
        agent=agent,
        summary=order.summary if reverts else summary,
        requested_by=person,
        guild_id=order.guild_id,
        channel_id=order.channel_id,
        created_at=now,
        history=(("dispatched", now),),
        reverts=reverts,
    )
