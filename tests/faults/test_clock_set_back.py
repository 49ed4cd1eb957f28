"""A clock that was a month ahead and is set right again holds nothing up: no order, no heal, no card, no admin."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.agents.agent import AgentUnavailable
from bot.cogs.guards import Gate, GateRefused
from bot.healing.loop_guard import GuardState, Heal, Limits, Pair, ask, ended
from bot.records.sighting import Sighting
from bot.records.sql_store import open_store
from bot.records.store import Store
from bot.repair.budget import Budget
from bot.repair.noticed_orders import MOST_NEW, Home, NoticedOrders
from tests.factories import CHANNEL, GUILD, NOW, Clock, ScriptedAgent, a_bench, stored
from tests.unit.healing.clinic import a_clinic

AHEAD = timedelta(days=30)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(tmp_path) as opened:
        yield opened


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW + AHEAD)


def a_sighting(fingerprint: str) -> Sighting:
    return Sighting(
        fingerprint=fingerprint, incident_id=f"inc_{fingerprint[-12:]}", title="x", severity="high",
        sources=frozenset({"log"}), count=1, first_seen=NOW, last_seen=NOW,
    )  # fmt: skip


async def test_an_order_that_was_put_off_goes_on(store: Store, clock: Clock) -> None:
    agent = ScriptedAgent()
    bench = a_bench(store, agent, clock)
    agent.answers.append(AgentUnavailable("GitHub answered 503.", retry_after=30))
    order = await stored(store)
    await bench.reconciler.tick()

    clock.now = NOW
    await bench.reconciler.tick()

    assert (await store.orders.get(order.id)).sent_at == NOW


async def test_a_request_whose_run_never_appeared_is_sent_again(store: Store, clock: Clock) -> None:
    agent = ScriptedAgent()
    bench = a_bench(store, agent, clock)
    order = await bench.reconciler.step(await stored(store))

    clock.now = NOW
    order = await bench.reconciler.step(order)

    assert agent.sent == [order.key("propose")] * 2
    assert order.sent_at == NOW


async def test_what_was_spent_in_the_future_is_no_budget_of_today(store: Store, clock: Clock) -> None:
    bench = a_bench(store, ScriptedAgent(), clock)
    bench.reconciler.budget = Budget(per_hour=1, per_day=1)
    await bench.reconciler.step(await stored(store))

    clock.now = NOW
    order = await bench.reconciler.step(await stored(store))

    assert order.sent_at == NOW


async def test_a_new_fault_gets_its_card(store: Store, clock: Clock) -> None:
    orders = NoticedOrders(a_bench(store, ScriptedAgent(), clock).repairs, clock, auto_propose=False)
    orders.settle_in(Home(GUILD, CHANNEL))
    await orders.notice([a_sighting(f"{number:016x}") for number in range(MOST_NEW)])

    clock.now = NOW
    await orders.notice([a_sighting("f" * 16)])

    assert len(await store.orders.newest()) == MOST_NEW + 1


def test_the_loop_guard_lets_heals_begin_and_still_counts_them() -> None:
    pair, state, limits = Pair(playbook="retry", fingerprint="f" * 16), GuardState(), Limits()
    allowed = []
    for moment in (NOW + AHEAD, NOW):
        for number in range(5):
            state, verdict = ask(state, Heal(run_id=f"run_{number}", pair=pair), moment, limits)
            allowed.append(verdict.allowed)
            state = ended(state, f"run_{number}")

    assert allowed == ([True] * 3 + [False] * 2) * 2


async def test_a_heal_that_is_watched_is_watched_for_one_window_more(tmp_path: Path) -> None:
    async with a_clinic(tmp_path) as clinic:
        clinic.clock.now = NOW + AHEAD
        await clinic.heal("memory")
        clinic.clock.now = NOW

        statuses = [(await clinic.later(minutes)).status for minutes in (1, 9, 2)]

    assert statuses == ["watching", "watching", "verified"]


def test_an_admin_who_was_too_fast_may_go_on_after_a_minute(clock: Clock) -> None:
    gate = Gate(frozenset({1}), GUILD, monotonic=clock.monotonic)
    ada: Any = SimpleNamespace(user=SimpleNamespace(id=1))
    gate.pace(ada, "debug_logs", 1)
    with pytest.raises(GateRefused):
        gate.pace(ada, "debug_logs", 1)

    clock.forward(61)
    clock.now = NOW
    gate.pace(ada, "debug_logs", 1)

    assert gate.cooldowns[("debug_logs", 1)].get_tokens(clock.monotonic()) == 0
