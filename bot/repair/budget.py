"""How many runs of the coding agent may be asked for: in an hour, in a day, and for one fault."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.records.store import Store
from bot.records.work_order import Status, WorkOrder

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIRST_SIGNS: frozenset[Status] = frozenset({"proposing", "awaiting_approval", "no_fix", "failed"})
"""What a request that was sent comes to first."""


@dataclass(frozen=True)
class Refusal:
    """Why no run may be asked for now, and from when on one may."""

    sentence: str
    until: datetime


@dataclass(frozen=True, kw_only=True)
class Budget:
    """The operator's limits; a run costs the same money whatever it comes to, so that runs are what is counted."""

    per_hour: int = 10
    per_day: int = 40
    per_fault: int = 5
    """In a day."""

    async def refusal(self, store: Store, order: WorkOrder, now: datetime) -> Refusal | None:
        """Why this order's run has to wait, if it has to. Raises RecordMissing, StoreUnavailable."""
        fault = (await store.incidents.get(order.incident_id)).fingerprint
        every = spent(await store.orders.newest(), order.id)
        mine = spent(await store.orders.newest(fingerprint=fault), order.id)
        for times, most, window, what in (
            (mine, self.per_fault, DAY, "AUTOFIX_MAX_RUNS_PER_FAULT: {} for this fault within a day"),
            (every, self.per_hour, HOUR, "AUTOFIX_MAX_RUNS_PER_HOUR: {} within an hour"),
            (every, self.per_day, DAY, "AUTOFIX_MAX_RUNS_PER_DAY: {} within a day"),
        ):
            lately = sorted(at for at in times if at > now - window)
            if len(lately) >= most:
                until = lately[len(lately) - most] + window
                return Refusal(f"The budget is spent ({what.format(len(lately))}); sent at {until:%H:%M} UTC.", until)
        return None


def spent(orders: Iterable[WorkOrder], but: str) -> list[datetime]:
    """When runs were asked for, of all orders but one."""
    return [at for order in orders if order.id != but and (at := asked_at(order))]


def asked_at(order: WorkOrder) -> datetime | None:
    """When this order's proposal was asked for, as near as its record tells; None: never."""
    if order.status == "dispatched":
        return order.sent_at
    return next((at for status, at in order.history if status in FIRST_SIGNS), None)
