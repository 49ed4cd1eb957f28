"""How much of the coding agent may be asked for: runs in an hour, in a day, for one fault, and their cost in money."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from bot.records.store import Asked, Store
from bot.records.work_order import WorkOrder

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SKEW = timedelta(minutes=5)
"""By how much the clocks of two processes may differ."""
NOTHING, ONE = Decimal(), Decimal(1)


class OverBudget(Exception):
    """No run may be asked for now; the sentence says why."""

    def __init__(self, sentence: str, until: datetime) -> None:
        super().__init__(sentence)
        self.until = until
        """From when on one may."""


@dataclass(frozen=True)
class Spent:
    """One run that was asked for: when, and how much of a limit it takes."""

    at: datetime
    amount: Decimal


@dataclass(frozen=True)
class Ceiling:
    """One limit, what came under it so far, and what one more run would take."""

    name: str
    """The variable; what stands behind it says what it bounds, with room for the sum."""
    most: Decimal
    window: timedelta
    spent: Sequence[Spent]
    next_one: Decimal = ONE

    def total(self, now: datetime) -> Decimal:
        """How much was spent within the window."""
        return sum((each.amount for each in self._within(now)), NOTHING)

    def _within(self, now: datetime) -> list[Spent]:
        """What still counts, the oldest first; a run from the future was written down by a wrong clock."""
        counts = (each for each in self.spent if now - self.window < each.at <= now + SKEW)
        return sorted(counts, key=lambda one: one.at)

    def free_at(self, now: datetime) -> datetime | None:
        """From when on one more run has room, by the oldest ones' going; None: there is room now."""
        left = self.total(now)
        if left + self.next_one <= self.most:
            return None
        for each in self._within(now):
            left -= each.amount
            if left + self.next_one <= self.most:
                return each.at + self.window
        return now + self.window


@dataclass(frozen=True, kw_only=True)
class Budget:
    """The operator's limits."""

    per_hour: int = 10
    per_day: int = 40
    per_fault: int = 5
    """In a day."""
    cost_per_day: Decimal | None = None
    """In US dollars; None: whatever it costs."""
    assumed_cost: Decimal = ONE
    """Of a run that nobody told the cost of."""

    def permit(self, order: WorkOrder, now: datetime, asked: Sequence[Asked]) -> None:
        """Look at all runs that were asked for within a day, this order's among them. Raises OverBudget."""
        fault = next((each.fingerprint for each in asked if each.order.id == order.id), None)
        others = [each for each in asked if each.order.id != order.id]
        mine = runs_of(each.order for each in others if each.fingerprint == fault)
        name = "AUTOFIX_MAX_RUNS_PER_FAULT: {:f} for this fault within a day"
        of_fault = Ceiling(name, Decimal(self.per_fault), DAY, mine)
        for ceiling in (of_fault, *self._of_all([each.order for each in others], order)):
            if until := ceiling.free_at(now):
                told = ceiling.name.format(ceiling.total(now))
                sentence = f"The budget is spent ({told}); sent at {until:%H:%M} UTC on {until:%Y-%m-%d}."
                raise OverBudget(sentence, until)

    async def ceilings(self, store: Store, now: datetime) -> list[Ceiling]:
        """The limits that hold for all faults together, with what is spent of them. Raises StoreUnavailable."""
        return self._of_all([each.order for each in await store.orders.asked_since(now - DAY)], None)

    async def so_far(self, store: Store, now: datetime) -> str:
        """How much of each limit is spent, for people. Raises StoreUnavailable."""
        hour, day, *money = (each.total(now) for each in await self.ceilings(store, now))
        runs = f"{hour:f} of {self.per_hour} runs within the hour, {day:f} of {self.per_day} within a day"
        return f"{runs}, {money[0]:.2f} of {self.cost_per_day:.2f} USD within a day" if money else runs

    def _of_all(self, orders: Sequence[WorkOrder], wanted: WorkOrder | None) -> list[Ceiling]:
        """The same limits, with what these orders spent of them; `wanted` is one more."""
        hour = Ceiling("AUTOFIX_MAX_RUNS_PER_HOUR: {:f} within an hour", Decimal(self.per_hour), HOUR, runs_of(orders))
        day = Ceiling("AUTOFIX_MAX_RUNS_PER_DAY: {:f} within a day", Decimal(self.per_day), DAY, runs_of(orders))
        if self.cost_per_day is None:
            return [hour, day]
        paid = [Spent(at, self.cost_of(order)) for order in orders if (at := order.asked_at)]
        ahead = self.cost_of(wanted) if wanted else NOTHING
        name = f"AUTOFIX_MAX_COST_PER_DAY, {self.cost_per_day:.2f} USD: {{:.2f}} USD within a day"
        return [hour, day, Ceiling(name, self.cost_per_day, DAY, paid, ahead)]

    def cost_of(self, order: WorkOrder) -> Decimal:
        """What its run cost, as the agent told it or as it is assumed; a revert asks no model."""
        if order.cost_usd is not None:
            return order.cost_usd
        return NOTHING if order.reverts else self.assumed_cost


def runs_of(orders: Iterable[WorkOrder]) -> list[Spent]:
    """The runs that were asked for, one each."""
    return [Spent(at, ONE) for order in orders if (at := order.asked_at)]
