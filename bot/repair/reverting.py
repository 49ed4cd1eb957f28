"""Taking back a fix that did not hold: asked for by an admin, and then proved and approved as any other patch."""

from bot.records.store import StaleRecord
from bot.records.work_order import WorkOrder
from bot.repair.attempts import ABLE
from bot.repair.repairs import Repairs
from bot.repair.rules import RepairRefused


async def open_revert(repairs: Repairs, order_id: str, *, person: int) -> WorkOrder:
    """Ask for the revert of a regressed order's fix: a further attempt of the same incident.

    Raises RepairRefused, RecordMissing, StoreUnavailable.
    """
    order = await repairs.store.orders.get(order_id)
    if order.status != "regressed" or order.merge_sha is None:
        raise RepairRefused(f"{order.id} is {order.status}: only a fix that was merged and did not hold is taken back.")
    if order.reverts:
        raise RepairRefused(f"{order.id} took a fix back itself: /debug_retry asks for another patch.")
    if repairs.agent.off or repairs.agent.name not in ABLE:
        by_hand = f"take {order.merge_sha[:12]} back by hand (git revert), or set AUTOFIX_AGENT to github or local"
        why = repairs.agent.off or f"the agent {repairs.agent.name} makes no reverts: {by_hand}"
        raise RepairRefused(f"Nothing can be sent: {why}.")
    await repairs.refuse_older(order)
    again = (await repairs.again(order, person)).evolve(
        reverts=order.merge_sha, summary=f"Take back pull request #{order.pr_number}, which did not hold"
    )
    details = {"merge": order.merge_sha, "attempt": order.attempt + 1}
    async with repairs.decisions.deciding("revert", person, order.id, **details):
        try:
            return await repairs.send(await repairs.book.create(again))
        except StaleRecord as error:
            raise RepairRefused(f"Somebody else tried {order.id} again a moment ago: look at its card.") from error
