"""Replicas share the orders, one process leads, and the dead hold nothing; on every database."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta

from bot.incident.payload import new_incident_id
from bot.records.store import ALIVE_SECONDS, Process, Store
from bot.records.work_order import WorkOrder
from tests.factories import NOW, an_order

Opener = Callable[[], AbstractAsyncContextManager[Store]]
GONE = NOW + timedelta(seconds=ALIVE_SECONDS)


def a_process(name: str, seen_at: datetime = NOW) -> Process:
    return Process(id=name, build="abc1234", started_at=NOW, seen_at=seen_at)


async def some_orders(store: Store, count: int) -> list[WorkOrder]:
    return [await store.orders.create(an_order(incident_id=new_incident_id())) for _ in range(count)]


async def test_of_many_claims_at_once_each_order_goes_to_one(opener: Opener) -> None:
    async with opener() as one, opener() as two:
        for name in ("p_one", "p_two"):
            await one.processes.beat(a_process(name))
        orders = await some_orders(one, 30)
        claims = await asyncio.gather(
            *((one, two)[n % 2].turns.claim(("p_one", "p_two")[n % 2], NOW, 5) for n in range(12))
        )

    by_process: dict[str, set[str]] = {"p_one": set(), "p_two": set()}
    for number, claim in enumerate(claims):
        by_process[("p_one", "p_two")[number % 2]].update(order.id for order in claim)
    assert not by_process["p_one"] & by_process["p_two"]
    assert by_process["p_one"] | by_process["p_two"] <= {order.id for order in orders}


async def test_what_was_given_back_is_claimed_again_only_when_it_is_due(store: Store) -> None:
    (order,) = await some_orders(store, 1)
    await store.turns.claim("p_one", NOW, 10)

    await store.turns.release("p_one", {order.id: NOW + timedelta(seconds=5)})

    assert await store.turns.claim("p_two", NOW + timedelta(seconds=4), 10) == []
    assert await store.turns.claim("p_two", NOW + timedelta(seconds=5), 10) == [order]


async def test_a_saved_order_is_due_at_once_or_when_it_says(store: Store) -> None:
    now, later = await some_orders(store, 2)
    await store.turns.claim("p_one", NOW, 10)
    await store.turns.release("p_one", dict.fromkeys((now.id, later.id), NOW + timedelta(hours=1)))

    now = await store.orders.save(now.evolve(progress="approved"))
    await store.orders.save(later.evolve(retry_at=NOW + timedelta(minutes=2)))

    assert await store.turns.claim("p_one", NOW, 10) == [now]


async def test_the_longest_due_is_taken_first_so_that_none_starves(store: Store) -> None:
    orders = await some_orders(store, 3)
    await store.turns.claim("p_one", NOW, 10)
    due = {order.id: NOW + timedelta(seconds=number) for order, number in zip(orders, (3, 1, 2), strict=True)}
    await store.turns.release("p_one", due)
    (fresh,) = await some_orders(store, 1)
    at = NOW + timedelta(seconds=9)

    taken = []
    for number in range(4):
        await store.processes.beat(a_process(f"p_{number}", at))
        taken += await store.turns.claim(f"p_{number}", at, 1)

    assert [order.id for order in taken] == [fresh.id, orders[1].id, orders[2].id, orders[0].id]


async def test_a_living_process_keeps_its_orders_and_a_dead_one_loses_them(store: Store) -> None:
    await store.processes.beat(a_process("p_one"))
    (order,) = await some_orders(store, 1)
    await store.turns.claim("p_one", NOW, 10)

    while_it_lives = await store.turns.claim("p_two", NOW, 10)
    after_its_death = await store.turns.claim("p_two", GONE, 10)

    assert while_it_lives == []
    assert after_its_death == [order]


async def test_a_process_that_leaves_frees_its_orders_and_the_lead_at_once(store: Store) -> None:
    assert await store.processes.beat(a_process("p_one"))
    assert not await store.processes.beat(a_process("p_two"))
    (order,) = await some_orders(store, 1)
    await store.turns.claim("p_one", NOW, 10)

    await store.processes.leave("p_one", NOW)

    assert await store.turns.claim("p_two", NOW, 10) == [order]
    assert await store.processes.beat(a_process("p_two"))


async def test_nobody_gives_back_what_another_process_holds(store: Store) -> None:
    await store.processes.beat(a_process("p_one"))
    (order,) = await some_orders(store, 1)
    await store.turns.claim("p_one", NOW, 10)

    await store.turns.release("p_two", {order.id: NOW})

    assert await store.turns.claim("p_two", NOW, 10) == []


async def test_of_processes_that_start_together_exactly_one_leads(opener: Opener) -> None:
    async with opener() as one, opener() as two:
        led = await asyncio.gather(*((one, two)[n % 2].processes.beat(a_process(f"p_{n}")) for n in range(8)))

    assert Counter(led) == {True: 1, False: 7}


async def test_the_lead_is_kept_by_signs_of_life_and_lost_without(store: Store) -> None:
    late = NOW + timedelta(seconds=ALIVE_SECONDS - 1)

    assert await store.processes.beat(a_process("p_one"))
    assert not await store.processes.beat(a_process("p_two", late))
    assert await store.processes.beat(a_process("p_one", late))
    assert not await store.processes.beat(a_process("p_two", GONE))
    assert await store.processes.beat(a_process("p_two", GONE + timedelta(seconds=ALIVE_SECONDS)))
    assert not await store.processes.beat(a_process("p_one", GONE + timedelta(seconds=ALIVE_SECONDS)))


async def test_a_clock_that_was_far_ahead_holds_the_lead_and_orders_for_nobody(store: Store) -> None:
    ahead = NOW + timedelta(days=30)
    await store.processes.beat(a_process("p_one", ahead))
    (order,) = await some_orders(store, 1)
    await store.turns.claim("p_one", ahead, 10)

    assert await store.turns.claim("p_two", NOW, 10) == [order]
    assert await store.processes.beat(a_process("p_two"))


async def test_processes_come_back_as_they_were_seen(store: Store) -> None:
    await store.processes.beat(a_process("p_one"))
    await store.processes.beat(a_process("p_two", GONE))
    await store.processes.leave("p_one", GONE)

    two, one = sorted(await store.processes.newest(), key=lambda each: each.seen_at, reverse=True)

    assert (one.left_at, two) == (GONE, a_process("p_two", GONE))
    assert [each.is_alive(GONE) for each in (one, two)] == [False, True]


async def test_an_order_that_something_happened_to_is_due_at_once(store):
    order = await store.orders.create(an_order(status="pr_open"))
    await store.turns.claim("p_one", NOW, 10)
    await store.turns.release("p_one", {order.id: NOW + timedelta(hours=1)})

    await store.turns.hasten("inc_another00000", NOW)
    assert await store.turns.claim("p_one", NOW, 10) == []
    await store.turns.hasten(order.incident_id, NOW)
    assert await store.turns.claim("p_one", NOW, 10) == [order]
