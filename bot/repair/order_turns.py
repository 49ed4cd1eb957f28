"""What an order becomes as its request is sent, and by its run's own end."""

from datetime import datetime

from bot.agents.agent import Failed, NoFix, Published
from bot.records.work_order import Status, WorkOrder, advance


def sending(order: WorkOrder, now: datetime) -> dict[str, object]:
    """What is written down of an order just before its request is sent."""
    return {"sent_at": now, "sends": order.sends + 1, "asked_run_id": None, "reason": None, "retry_at": None}


def told(order: WorkOrder, seen: NoFix | Published | Failed, now: datetime) -> WorkOrder:
    """The order after its run's own end."""
    if isinstance(seen, Published):
        return advance(order, "pr_open", now, pr_number=seen.number, pr_url=seen.url)
    if order.status == "publishing":
        return advance(order, "failed", now, seen.reason, publish_run_url=seen.url)
    end: Status = "no_fix" if isinstance(seen, NoFix) else "failed"
    return advance(order, end, now, seen.reason, run_url=seen.url, cost_usd=seen.cost_usd)
