"""Killed at any point and started again on the same database: one proposal, one publication, one pull request."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from bot.incident.confirmation import ConfirmationRefused
from bot.records.sql_store import open_store
from bot.records.store import StaleRecord, Store
from bot.records.work_order import WorkOrder
from tests.factories import ADMIN, GUILD, Bench, Workshop, a_bench, a_token, an_ask
from tests.kill_points import Killed, Reaper


def mortal(store: Store, world: Workshop, reaper: Reaper) -> Bench:
    """A process whose every save and request may be its last act."""
    deadly_store = replace(
        store,
        incidents=reaper.around(store.incidents, ("add",)),
        orders=reaper.around(store.orders, ("create", "save")),
        proposals=reaper.around(store.proposals, ("put",)),
    )
    return a_bench(deadly_store, reaper.around(world, ("propose", "publish")), world.clock)


async def act(bench: Bench) -> bool:
    """One round of a process and the people in front of it. Returns whether everything is done."""
    orders = await bench.store.orders.newest()
    if not orders:
        await bench.repairs.open(an_ask())
    await bench.reconciler.tick()
    for order in await bench.store.orders.newest():
        if order.status == "awaiting_approval":
            await bench.repairs.approve(await a_token(bench, order), person=ADMIN, guild_id=GUILD)
    return bool(orders) and all(order.status == "pr_open" for order in await bench.store.orders.newest())


async def live(folder: Path, world: Workshop, reaper: Reaper) -> bool:
    """A process from its start to its end: killed (False), or everything done (True)."""
    async with open_store(folder) as store:
        bench = mortal(store, world, reaper)
        for _ in range(50):
            done = False
            with suppress(Killed):
                done = await act(bench)
            if reaper.came:
                return False
            if done:
                return True
            world.clock.forward(7)
    raise AssertionError("the order never came to its end")


async def all_orders(folder: Path) -> list[WorkOrder]:
    async with open_store(folder) as store:
        return await store.orders.newest()


async def points(folder: Path) -> int:
    """How many points a process passes when nothing kills it."""
    reaper = Reaper()
    assert await live(folder, Workshop(), reaper)
    return reaper.passed


@pytest.mark.parametrize("delay", [0.0, 20.0], ids=["runs show at once", "runs show late"])
async def test_killed_anywhere_it_proposes_and_publishes_exactly_once(tmp_path: Path, delay: float) -> None:
    there_are = await points(tmp_path / "unharmed")
    assert there_are >= 20

    for at in range(1, there_are + 1):
        folder, world = tmp_path / str(at), Workshop(delay=delay)
        survived = await live(folder, world, Reaper(at))
        assert not survived, f"point {at} was not passed"
        assert await live(folder, world, Reaper()), f"killed at point {at}"

        (order,) = await all_orders(folder)
        assert order.status == "pr_open", f"killed at point {at}"
        assert world.sent == [order.key("propose"), order.key("publish")], f"killed at point {at}"
        assert [status for status, _ in order.history][-3:] == ["awaiting_approval", "publishing", "pr_open"]


async def test_killed_twice_in_a_row_it_still_ends_once(tmp_path: Path) -> None:
    there_are = await points(tmp_path / "unharmed")

    for at in range(2, there_are, 3):
        folder, world = tmp_path / str(at), Workshop(delay=20)
        first, second = Reaper(at), Reaper(2)
        await live(folder, world, first)
        await live(folder, world, second)
        await live(folder, world, Reaper())

        (order,) = await all_orders(folder)
        assert order.status == "pr_open"
        assert sorted(world.runs) == [order.key("propose"), order.key("publish")]
        assert sorted(world.sent) == sorted(world.runs), f"killed at points {at} and 2"


async def test_a_token_ends_with_its_process(tmp_path: Path) -> None:
    world = Workshop()
    async with open_store(tmp_path) as store:
        bench = a_bench(store, world, world.clock)
        order = await bench.repairs.open(an_ask())
        order = await bench.reconciler.step(order)
        token = await a_token(bench, order)

        restarted = a_bench(store, world, world.clock)
        with pytest.raises(ConfirmationRefused, match="the bot restarted"):
            await restarted.repairs.approve(token, person=ADMIN, guild_id=GUILD)
        fresh = await a_token(restarted, order)
        approved = await restarted.repairs.approve(fresh, person=ADMIN, guild_id=GUILD)

    assert approved.status == "publishing"


async def test_two_processes_on_one_database_end_in_one_publication(tmp_path: Path) -> None:
    world = Workshop(delay=3)
    async with open_store(tmp_path) as one, open_store(tmp_path) as two:
        benches = [a_bench(one, world, world.clock), a_bench(two, world, world.clock)]
        await benches[0].repairs.open(an_ask())
        for _ in range(12):
            for bench in benches:
                try:
                    await act(bench)
                except StaleRecord:
                    continue
                world.clock.forward(2)
        (order,) = await one.orders.newest()

    assert order.status == "pr_open"
    assert world.sent == [order.key("propose"), order.key("publish")]
