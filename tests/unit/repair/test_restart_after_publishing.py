"""Killed anywhere on its way, redeployed by its own fix, an order comes to one verdict; on both databases."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.records.audit_trail import read_trail
from bot.records.sql_store import open_store
from bot.records.store import Fault, Process, Store
from bot.records.work_order import Status, WorkOrder
from tests.databases import an_empty_postgresql
from tests.factories import ADMIN, GUILD, NOW, Bench, Workshop, a_bench, a_pull, a_token, an_ask
from tests.kill_points import Killed, Reaper

MERGE = "e" * 40
OLD = "abc1234"
IS_SOAK = "SOAK_KILLS" in os.environ
"""`make soak` kills at every point; else at each third, which is just before an effect and just after one in turn."""
Opener = Callable[[], AbstractAsyncContextManager[Store]]
Open = Callable[[str], Opener]
"""Opens the database of this name, again and again."""


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    if request.param == "sqlite":
        yield lambda name: lambda: open_store(tmp_path / name)
        return
    with an_empty_postgresql() as url:
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")

        def emptied(_: str) -> Opener:
            with engine.connect() as connection:
                tables = "work_orders, incidents, proposals, processes, leases, faults, traffic, notes"
                if connection.scalar(sa.text("SELECT to_regclass('work_orders')")):
                    connection.exec_driver_sql(f"TRUNCATE {tables}")
            return lambda: open_store(tmp_path, url)

        yield emptied
        engine.dispose()


@dataclass
class Town(Workshop):
    """A world with a GitHub where somebody merges, a platform that deploys the merge, and people who use the bot."""

    fault_returns: bool = False
    deployed: str = OLD
    used: int = 0
    came_back: bool = False
    merges: int = field(default=0)

    def merge(self) -> None:
        """Somebody merges the pull request."""
        if self.pull.state == "open":
            self.merges += 1
            self.pull = a_pull(state="merged", merge_sha=MERGE)


async def beat(store: Store, world: Town, build: str, name: str) -> None:
    """A process of this build gives a sign of life."""
    now = world.clock()
    await store.processes.beat(Process(id=name, build=build, started_at=NOW, seen_at=now))


async def turn_the_world(store: Store, world: Town, order: WorkOrder) -> None:
    """What others do meanwhile: merge, deploy (the old build ends a little later), use the bot."""
    if order.status == "pr_open" and order.progress:
        world.merge()
    if order.status == "merged":
        await beat(store, world, MERGE, "p_new")
        world.deployed = MERGE
    if order.status != "deploying" and world.deployed == OLD:
        await beat(store, world, OLD, "p_old")
    if order.status == "merged" and world.deployed == MERGE:
        await beat(store, world, OLD, "p_old")  # for a while both
    if order.status in ("deploying", "verifying"):
        await beat(store, world, MERGE, "p_new")
    if order.status == "verifying" and world.used < 60:
        world.used += 20
        await store.tallies.add([], {(MERGE, "message"): 20})
        if world.fault_returns and not world.came_back:
            world.came_back = True
            fingerprint = (await store.incidents.get(order.incident_id)).fingerprint
            now = world.clock()
            fault = Fault(fingerprint=fingerprint, kin="k" * 16, build=MERGE, count=1, first_seen=now, last_seen=now)
            await store.tallies.add([fault], {})


def mortal(store: Store, world: Town, reaper: Reaper) -> Bench:
    """A process whose every write, claim and request may be its last act."""
    deadly = replace(
        store,
        incidents=reaper.around(store.incidents, ("add",)),
        orders=reaper.around(store.orders, ("create", "save")),
        proposals=reaper.around(store.proposals, ("put",)),
        turns=reaper.around(store.turns, ("claim", "release")),
        audit=reaper.around(store.audit, ("append",)),
    )
    return a_bench(deadly, reaper.around(world, ("propose", "publish")), world.clock)


async def act(bench: Bench, world: Town, store: Store) -> WorkOrder | None:
    """One round of a process and the people in front of it; returns the order as it is then."""
    orders = await store.orders.newest()
    if not orders:
        await bench.repairs.open(an_ask())
    for order in orders:
        await turn_the_world(store, world, order)
    await bench.reconciler.tick()
    for order in await store.orders.newest():
        if order.status == "awaiting_approval":
            await bench.repairs.approve(await a_token(bench, order), person=ADMIN, guild_id=GUILD)
    return next(iter(await store.orders.newest()), None)


async def live(opener: Opener, world: Town, reaper: Reaper, end: Status) -> bool:
    """A process from its start to its end: killed (False), or the order at its end (True)."""
    async with opener() as store:
        bench = mortal(store, world, reaper)
        for _ in range(60):
            order = None
            with suppress(Killed):
                order = await act(bench, world, store)
            if reaper.came:
                return False
            if order and order.status == end:
                return True
            after_merge = order and order.status in ("merged", "verifying")
            world.clock.forward(1200 if after_merge and order and order.status == "verifying" else 7)
    raise AssertionError(f"the order never became {end}")


@pytest.mark.parametrize(("fault_returns", "end", "every"), [(False, "verified", 3), (True, "regressed", 7)])
async def test_killed_anywhere_on_the_way_to_its_verdict_there_is_one_of_everything(
    databases: Open, fault_returns: bool, end: Status, every: int
) -> None:
    unharmed = Reaper()
    assert await live(databases("unharmed"), Town(fault_returns=fault_returns), unharmed, end)
    assert unharmed.passed >= 70, "fewer points than were promised"

    points = range(1, unharmed.passed + 1, 1 if IS_SOAK else every)
    for at in points:
        opener, world = databases(str(at)), Town(fault_returns=fault_returns)
        assert not await live(opener, world, Reaper(at), end), f"point {at} was not passed"
        assert await live(opener, world, Reaper(), end), f"killed at point {at}"

        async with opener() as store:
            (order,) = await store.orders.newest()
            trail = await read_trail(store.audit)
        assert world.sent == [order.key("propose"), order.key("publish")], f"killed at point {at}"
        assert world.merges == 1
        assert trail.problems() == [], f"killed at point {at}"
        ways = [status for status, _ in order.history]
        assert ways[-4:] == ["merged", "deploying", "verifying", end], f"killed at point {at}: {ways}"
        assert order.live_build == MERGE
