"""No more runs of the agent than the operator pays for: what is over the budget waits, and says until when."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.agents.agent import AgentRefused, NoFix
from bot.incident.payload import new_incident_id
from bot.records.sql_store import open_store
from bot.records.work_order import WorkOrder, advance
from bot.repair.budget import Budget
from tests.factories import Bench, Clock, ScriptedAgent, a_bench, an_incident, an_order


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_store(tmp_path) as store:
        yield a_bench(store, ScriptedAgent(), Clock())


async def an_order_of(bench: Bench, fingerprint: str) -> WorkOrder:
    incident = an_incident(id=new_incident_id(), fingerprint=fingerprint)
    await bench.store.incidents.add(incident)
    now = bench.clock()
    order = an_order(incident_id=incident.id, status="dispatched", created_at=now, history=(("dispatched", now),))
    return await bench.store.orders.create(order)


def agent_of(bench: Bench) -> ScriptedAgent:
    assert isinstance(bench.agent, ScriptedAgent)
    return bench.agent


async def stepped(bench: Bench, order: WorkOrder) -> WorkOrder:
    return await bench.reconciler.step(await bench.store.orders.get(order.id))


async def test_what_is_over_the_hours_budget_waits_until_a_run_is_an_hour_old(bench: Bench) -> None:
    bench.reconciler.budget = Budget(per_hour=2, per_day=40, per_fault=5)
    first, second, third = [await an_order_of(bench, f"{number:016x}") for number in range(3)]
    await stepped(bench, first)
    bench.clock.forward(600)
    await stepped(bench, second)

    waits = await stepped(bench, third)

    assert (waits.status, waits.sent_at) == ("dispatched", None)
    assert "AUTOFIX_MAX_RUNS_PER_HOUR: 2" in (waits.reason or "")
    assert waits.retry_at == first.created_at + timedelta(hours=1)
    assert len(agent_of(bench).sent) == 2
    bench.clock.forward(3000)
    assert (await stepped(bench, third)).sent_at is not None


async def test_one_fault_cannot_spend_the_days_budget(bench: Bench) -> None:
    bench.reconciler.budget = Budget(per_hour=100, per_day=100, per_fault=1)
    first, again, other = [await an_order_of(bench, name * 16) for name in ("a", "a", "b")]
    await stepped(bench, first)

    held = await stepped(bench, again)
    sent = await stepped(bench, other)

    assert "AUTOFIX_MAX_RUNS_PER_FAULT" in (held.reason or "")
    assert sent.sent_at is not None


async def ended(bench: Bench, order: WorkOrder, cost: str | None) -> None:
    """The order's run ends, and its agent tells what it cost, or does not."""
    told = None if cost is None else Decimal(cost)
    agent_of(bench).sightings.append(NoFix("https://run.test/1", "No fix: none.", told))
    await stepped(bench, order)


async def test_the_days_money_is_a_ceiling_by_what_runs_cost_and_by_the_assumed_price_where_none_is_told(
    bench: Bench,
) -> None:
    bench.reconciler.budget = Budget(cost_per_day=Decimal(5), assumed_cost=Decimal("1.50"))
    first, second, third, fourth = [await an_order_of(bench, f"{number:016x}") for number in range(4)]
    await stepped(bench, first)
    await ended(bench, first, "2.25")
    bench.clock.forward(60)
    await stepped(bench, second)
    await ended(bench, second, None)

    waits = await stepped(bench, third)

    told, until = "AUTOFIX_MAX_COST_PER_DAY, 5.00 USD: 3.75 USD within a day", first.created_at + timedelta(days=1)
    assert f"({told}); sent at {until:%H:%M} UTC on {until:%Y-%m-%d}." in (waits.reason or "")
    assert waits.retry_at == first.created_at + timedelta(days=1)
    assert len(agent_of(bench).sent) == 2
    bench.clock.forward(86_400 - 60)
    assert (await stepped(bench, third)).sent_at is not None
    assert (await stepped(bench, fourth)).sent_at is not None


async def test_a_revert_asks_no_model_and_passes_a_spent_ceiling(bench: Bench) -> None:
    bench.reconciler.budget = Budget(cost_per_day=Decimal(1), assumed_cost=Decimal(1))
    first, revert = [await an_order_of(bench, f"{number:016x}") for number in range(2)]
    revert = await bench.store.orders.save(revert.evolve(reverts="a" * 40))
    await stepped(bench, first)

    assert (await stepped(bench, revert)).sent_at is not None


async def test_what_is_spent_is_told_beside_its_limits(bench: Bench) -> None:
    budget = bench.reconciler.budget = Budget(cost_per_day=Decimal(20), assumed_cost=Decimal("0.40"))
    order = await an_order_of(bench, "a" * 16)
    await stepped(bench, order)

    told = await budget.so_far(bench.store, bench.clock())

    assert told == "1 of 10 runs within the hour, 1 of 40 within a day, 0.40 of 20.00 USD within a day"


async def test_a_run_that_was_called_off_before_it_was_seen_counts_too(bench: Bench) -> None:
    bench.reconciler.budget = Budget(per_day=1)
    first, second = [await an_order_of(bench, f"{number:016x}") for number in range(2)]
    sent = await stepped(bench, first)
    await bench.store.orders.save(advance(sent, "cancelled", bench.clock(), "not needed"))

    assert "AUTOFIX_MAX_RUNS_PER_DAY: 1" in ((await stepped(bench, second)).reason or "")


async def test_a_request_that_was_refused_costs_nothing_of_the_budget(bench: Bench) -> None:
    bench.reconciler.budget = Budget(per_day=1, cost_per_day=Decimal(1))
    first, second = [await an_order_of(bench, f"{number:016x}") for number in range(2)]
    agent_of(bench).answers.append(AgentRefused("GitHub answered 401: the token is wrong."))

    refused = await stepped(bench, first)
    sent = await stepped(bench, second)

    assert (refused.status, refused.asked_at) == ("failed", None)
    assert sent.sent_at is not None


async def test_a_flood_of_orders_that_wait_does_not_hide_what_was_spent(bench: Bench) -> None:
    bench.reconciler.budget = Budget(per_day=1)
    paid, waiting = [await an_order_of(bench, f"{number:016x}") for number in range(2)]
    await stepped(bench, paid)
    for number in range(501):
        await bench.store.orders.create(an_order(attempt=number + 1, status="staged", created_at=bench.clock()))

    assert "AUTOFIX_MAX_RUNS_PER_DAY: 1" in ((await stepped(bench, waiting)).reason or "")


@pytest.mark.parametrize("processes", [1, 2])
async def test_many_at_once_spend_no_more_than_there_is(bench: Bench, processes: int) -> None:
    budget = Budget(per_hour=3)
    benches = [bench, *(a_bench(bench.store, bench.agent, bench.clock) for _ in range(processes - 1))]
    for each in benches:
        each.reconciler.budget = budget
    orders = [await an_order_of(bench, f"{number:016x}") for number in range(12)]

    steps = [benches[number % processes].reconciler.step(order) for number, order in enumerate(orders)]
    stepped_on = await asyncio.gather(*steps)

    assert len(agent_of(bench).sent) == 3
    assert sum(order.sent_at is not None for order in stepped_on) == 3
    assert sum("AUTOFIX_MAX_RUNS_PER_HOUR" in (order.reason or "") for order in stepped_on) == 9
