"""What is true of an incident as a whole, told by its orders: nothing else is kept that could disagree with them."""

from collections.abc import Iterable
from typing import Literal

from bot.records.work_order import UNDER_WAY, WorkOrder

IncidentState = Literal["open", "mending", "reopened", "resolved"]


def state_of(orders: Iterable[WorkOrder]) -> IncidentState:
    """The state of the incident that has these orders.

    Reopened: a fix of it did not hold, and none after it was verified. Resolved: a fix was verified and holds so far.
    Mending: an order is under way. Open: none is, for nobody asked yet or the last one came to nothing.
    """
    attempts = sorted(orders, key=lambda order: order.attempt)
    last = next((each.status for each in reversed(attempts) if each.status in ("regressed", "verified")), None)
    if last == "regressed":
        return "reopened"
    if last == "verified" and attempts[-1].status == "verified":
        return "resolved"
    return "mending" if attempts and attempts[-1].status in UNDER_WAY else "open"
