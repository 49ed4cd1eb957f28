"""No more runs of the agent than the operator pays for: what is over the budget waits, and says until when."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.incident.payload import new_incident_id
from bot.records.sql_store import open_store
from bot.records.work_order import WorkOrder
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
