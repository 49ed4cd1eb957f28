"""Whether an order can be called off where it is, and what that leaves behind."""

from bot.records.work_order import NEXT, WorkOrder
from bot.repair.rules import RepairRefused


def refuse_to_cancel(order: WorkOrder) -> None:
    """Raises RepairRefused when the order cannot be called off where it is."""
    if order.status == "publishing":
        raise RepairRefused(f"{order.id} is being published right now: close its pull request on GitHub instead.")
    if "cancelled" not in NEXT[order.status]:
        raise RepairRefused(f"{order.id} is {order.status}: there is nothing to cancel.")


def cancelled_text(order: WorkOrder) -> str:
    """What a cancelled order leaves behind, as a sentence."""
    if order.merge_sha:
        return "The fix stays merged, but nobody watches any more whether it holds."
    if order.pr_url:
        return "The bot no longer follows the pull request; close it on GitHub."
    if order.run_url:
        return "Whatever its run still produces is ignored; nothing was pushed."
    return "Nothing was pushed."
