"""Signals become incidents: one per fault, however many there are and wherever they come from; none is lost."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.events.bus import Bus, Entry, open_bus
from bot.events.catalog import IngestionFailed, LogPatternCritical, Signal
from bot.incident.payload import Incident
from bot.logging.redaction import redact_plain
from bot.records.sql_store import open_store
from bot.records.store import Store, StoreUnavailable
from bot.records.work_order import MACHINE, WorkOrder
from bot.repair import triage as triage_module
from bot.repair.noticed_orders import MOST_NEW, WHILE, Home, NoticedOrders
from bot.repair.signals import SIGNALS
from bot.repair.triage import MOST_WAITING, Triage
from tests.factories import ADMIN, CHANNEL, GUILD, NOW, Bench, Clock, ScriptedAgent, a_bench, an_ask

OPS = 3009


@dataclass
class Desk:
    """Triage on a store, its bus, and what the bus was told."""

    bench: Bench
    bus: Bus
    triage: Triage
    log: logging.Logger
    heard: list[Entry]

    @property
    def names(self) -> list[str]:
        return [entry.name for entry in self.heard]

    async def settle(self) -> None:
        await self.bus.settle()
        await self.triage.flush()
        await self.bus.settle()

    def fail(self, text: str, **extra: object) -> None:
        try:
            float(text)
        except ValueError:
            self.log.exception("command failed", extra=extra)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(tmp_path) as opened:
        yield opened


@asynccontextmanager
async def a_desk(store: Store, off: str | None = None, *, auto_propose: bool = False) -> AsyncIterator[Desk]:
    bench, heard = a_bench(store, ScriptedAgent(off=off), Clock()), []
    log = logging.Logger("bot.ledger")
    log.addHandler(bench.handler)

    async def hear(entry: Entry) -> None:
        heard.append(entry)

    async with open_bus(store.events, redact_plain, bench.clock) as bus:
        orders = NoticedOrders(bench.repairs, bench.clock, auto_propose=auto_propose)
        orders.settle_in(Home(GUILD, OPS))
        triage = Triage(store, bench.repairs.capture, bus, orders)
        bench.handler.on_error = triage.saw
        bus.subscribe("triage", SIGNALS, triage.hear)
        bus.subscribe("test", ["incident.*"], hear, capacity=100_000)
        yield Desk(bench, bus, triage, log, heard)
    bench.handler.close()


@pytest.fixture
async def desk(store: Store) -> AsyncIterator[Desk]:
    async with a_desk(store) as made:
        yield made


def a_signal(**changes: Any) -> Signal:
    fields: dict[str, Any] = {"source": "sentry", "kind": "KeyError", "severity": "medium", "title": "no row"}
    return Signal(**fields | {"culprit": "bot/ledger/sheet.py", "at": NOW} | changes)


async def test_an_unhandled_error_becomes_an_incident_under_the_id_that_was_answered(desk: Desk) -> None:
    desk.fail("12,50", incident_id="inc_0123456789ab")
    await desk.settle()

    incident = await desk.bench.store.incidents.get("inc_0123456789ab")
    assert (incident.severity, incident.source) == ("high", "command")
    assert "could not convert string to float: '12,50'" in (incident.stack_trace or "")
    assert desk.names == ["incident.opened"]


async def test_ten_thousand_equal_errors_are_one_incident_one_order_and_a_bounded_number_of_writes(desk: Desk) -> None:
    desk.fail("12,50")
    await desk.settle()
    for _ in range(10):
        for _ in range(1000):
            desk.log.error("row %s is bad", 17)
        await desk.settle()
    desk.bench.clock.forward(6)
    await desk.triage.flush()

    (row, amount) = sorted(await desk.bench.store.sightings.newest(), key=lambda each: -each.count)
    orders = await desk.bench.store.orders.newest()
    assert (row.count, amount.count) == (10_000, 1)
    assert len(orders) == 2
    assert "seen 10,000 times" in (next(each for each in orders if each.incident_id == row.incident_id).progress or "")
    assert desk.names == ["incident.opened"] * 2 + ["incident.updated"] * 9
    assert max(order.version for order in orders) < 5


async def test_another_fault_in_the_midst_of_a_storm_is_not_lost(desk: Desk) -> None:
    def storm() -> None:
        for number in range(2_000):
            desk.log.error("row %s is bad", number)
            if number == 1_000:
                desk.fail("12,50")

    threads = [threading.Thread(target=storm) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        await asyncio.to_thread(thread.join)
    await desk.settle()

    assert sorted(each.count for each in await desk.bench.store.sightings.newest()) == [3, 6_000]


async def test_the_same_fault_from_two_sources_is_one_incident(desk: Desk) -> None:
    desk.fail("12,50")
    await desk.settle()
    (known,) = await desk.bench.store.sightings.newest()
    desk.triage.take(a_signal(fingerprint=known.fingerprint, severity="blocker"))
    await desk.settle()

    (both,) = await desk.bench.store.sightings.newest()
    assert (both.count, both.sources, both.severity) == (2, frozenset({"log", "sentry"}), "blocker")


async def test_watchers_events_become_incidents(desk: Desk) -> None:
    await desk.bus.publish(
        IngestionFailed(file_path="book_123.pdf", error="Schema mismatch"),
        LogPatternCritical(pattern="timeout", line="ERROR: timeout", source="serve.log", severity="blocker"),
    )
    await desk.settle()

    found = {each.title: each for each in await desk.bench.store.sightings.newest()}
    assert set(found) == {"Schema mismatch", "timeout: ERROR: timeout"}
    incident = await desk.bench.store.incidents.get(found["timeout: ERROR: timeout"].incident_id)
    assert incident.logs[0] == "ERROR: timeout"
    assert incident.severity == "blocker"


async def test_a_line_that_is_an_incident_already_is_not_counted_again_for_its_pattern(desk: Desk) -> None:
    event = LogPatternCritical(pattern="p", line="x", source="the bot's log", severity="high", counted=True)
    await desk.bus.publish(event)
    await desk.settle()

    assert await desk.bench.store.sightings.newest() == []


async def test_an_order_of_the_bots_own_is_only_staged_and_stands_in_the_admins_channel(desk: Desk) -> None:
    desk.fail("12,50")
    await desk.settle()

    (order,) = await desk.bench.store.orders.newest()
    assert (order.status, order.requested_by, order.channel_id) == ("staged", MACHINE, OPS)
    assert f"/debug_confirm_fix {order.incident_id}" in (order.reason or "")
    assert isinstance(desk.bench.agent, ScriptedAgent)
    assert desk.bench.agent.sent == []


async def test_with_auto_propose_it_is_sent_at_once(store: Store) -> None:
    async with a_desk(store, auto_propose=True) as desk:
        desk.fail("12,50")
        await desk.settle()

        (order,) = await store.orders.newest()
        assert order.status == "dispatched"
        assert isinstance(desk.bench.agent, ScriptedAgent)
        assert desk.bench.agent.sent == [order.key("propose")]


async def test_whoever_asks_gets_the_order_that_the_bot_staged(desk: Desk) -> None:
    desk.fail("12,50", incident_id="inc_0123456789ab")
    await desk.settle()

    order = await desk.bench.repairs.open(an_ask(summary="lunch is not counted"))

    assert [each.id for each in await desk.bench.store.orders.newest()] == [order.id]
    assert (order.incident_id, order.status, order.requested_by) == ("inc_0123456789ab", "dispatched", ADMIN)
    assert (order.channel_id, order.summary) == (CHANNEL, "lunch is not counted")
    assert (await desk.bench.store.incidents.get(order.incident_id)).summary == "lunch is not counted"


async def test_whoever_asks_without_an_agent_makes_the_staged_order_theirs(store: Store) -> None:
    async with a_desk(store, off="GITHUB_REPO is not set") as desk:
        desk.fail("12,50")
        await desk.settle()
        order = await desk.bench.repairs.open(an_ask())

        assert (order.status, order.requested_by, order.reason) == ("staged", ADMIN, "GITHUB_REPO is not set")
        assert len(await store.orders.newest()) == 1


@pytest.mark.parametrize("answered", [{"incident_id": "inc_0123456789ab"}, {}])
async def test_whoever_asks_first_is_not_joined_by_an_order_of_the_bots_own(
    desk: Desk, answered: dict[str, str]
) -> None:
    desk.fail("12,50", **answered)
    order = await desk.bench.repairs.open(an_ask())
    await desk.settle()

    assert [each.id for each in await desk.bench.store.orders.newest()] == [order.id]
    assert [each.incident_id for each in await desk.bench.store.sightings.newest()] == [order.incident_id]


async def test_two_processes_that_notice_a_fault_at_the_same_moment_make_one_order(store: Store) -> None:
    async with a_desk(store) as one, a_desk(store) as two:
        for desk in (one, two):
            desk.triage.take(a_signal())

        await asyncio.gather(one.settle(), two.settle())

        (order,) = await store.orders.newest()
        (seen,) = await store.sightings.newest()
        assert (order.incident_id, seen.count) == (seen.incident_id, 2)


async def test_without_a_channel_there_is_no_order_until_there_is_one(desk: Desk) -> None:
    desk.triage.orders.settle_in(None)
    desk.fail("12,50", incident_id="inc_0123456789ab")
    await desk.settle()
    before = await desk.bench.store.orders.newest()
    desk.triage.orders.settle_in(Home(GUILD, OPS))
    await desk.triage.flush()

    assert before == []
    assert [each.incident_id for each in await desk.bench.store.orders.newest()] == ["inc_0123456789ab"]


async def test_after_a_restart_a_known_fault_is_counted_on(store: Store) -> None:
    for _ in range(2):
        async with a_desk(store) as desk:
            desk.log.error("row %s is bad", 1)
            await desk.settle()

    (seen,) = await store.sightings.newest()
    (order,) = await store.orders.newest()
    assert seen.count == 2
    assert order.incident_id == seen.incident_id


async def test_a_store_that_is_away_loses_no_signal(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object) -> None:
        raise StoreUnavailable("The disk is full.")

    desk.fail("12,50")
    with monkeypatch.context() as patch:
        patch.setattr(desk.bench.store.sightings, "add", away)
        with pytest.raises(StoreUnavailable):
            await desk.triage.flush()
        desk.fail("12,50")
    await desk.settle()

    assert [each.count for each in await desk.bench.store.sightings.newest()] == [2]


async def test_a_hostile_flood_of_different_faults_is_bounded_and_counted(desk: Desk) -> None:
    for number in range(MOST_WAITING + 100):
        desk.triage.take(a_signal(kind=f"K{'x' * (number % 50)}{chr(0x4E00 + number)}"))

    await desk.triage.flush()

    assert desk.triage.overflowed == 100
    assert len(await desk.bench.store.sightings.newest(1_000)) == MOST_WAITING
    assert len(await desk.bench.store.orders.newest()) == MOST_NEW


async def test_faults_that_always_look_new_do_not_fill_the_disk(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(triage_module, "MOST_FRESH", 10)
    desk.triage.take(a_signal(kind="Known"))
    for start in (0, 20):
        for number in range(start, start + 20):
            desk.triage.take(a_signal(kind=f"Kind{chr(0x4E00 + number)}"))
        desk.triage.take(a_signal(kind="Known"))
        await desk.triage.flush()
    desk.bench.clock.forward(3601)
    desk.triage.take(a_signal(kind="Kind of later"))
    await desk.triage.flush()

    seen = await desk.bench.store.sightings.newest(100)
    assert (len(seen), desk.triage.overflowed) == (11, 31)
    assert max(each.count for each in seen) == 3
    assert caplog.text.count("are let go and counted") == 1


async def test_whoever_asks_while_the_count_is_brought_up_to_date_gets_the_order_all_the_same(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.fail("12,50", incident_id="inc_0123456789ab")
    await desk.settle()
    revise, once = desk.bench.store.incidents.revise, count()

    async def meanwhile(incident: Incident) -> None:
        await revise(incident)
        if not next(once):
            (staged,) = await desk.bench.store.orders.newest()
            await desk.bench.store.orders.save(staged.evolve(progress="seen 9 times"))

    monkeypatch.setattr(desk.bench.store.incidents, "revise", meanwhile)
    order = await desk.bench.repairs.open(an_ask())

    assert (order.incident_id, order.requested_by) == ("inc_0123456789ab", ADMIN)


async def test_cards_that_a_flood_held_back_come_later(desk: Desk) -> None:
    for number in range(MOST_NEW + 5):
        desk.triage.take(a_signal(kind=f"Kind{chr(0x4E00 + number)}"))
    await desk.triage.flush()
    desk.bench.clock.forward(WHILE.total_seconds() + 1)
    await desk.triage.flush()

    assert len(await desk.bench.store.orders.newest()) == MOST_NEW + 5


async def test_cards_that_a_flood_held_back_need_no_further_fault_to_come(desk: Desk) -> None:
    for number in range(MOST_NEW + 1):
        desk.triage.take(a_signal(culprit=f"bot/part_{number}.py"))
    await desk.settle()

    assert desk.triage.orders.is_behind

    desk.bench.clock.forward(WHILE.total_seconds())
    await desk.triage.flush()

    assert len(await desk.bench.store.orders.newest()) == MOST_NEW + 1
    assert not desk.triage.orders.is_behind


async def test_no_card_is_lost_when_the_store_is_away_between_the_incident_and_its_order(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    create, tries = desk.bench.store.orders.create, count(1)

    async def sometimes(order: WorkOrder) -> WorkOrder:
        if next(tries) == 2:
            raise StoreUnavailable("database is locked")
        return await create(order)

    monkeypatch.setattr(desk.bench.store.orders, "create", sometimes)
    for number in range(3):
        desk.triage.take(a_signal(culprit=f"bot/part_{number}.py"))

    with pytest.raises(StoreUnavailable):
        await desk.triage.flush()
    await desk.triage.flush()

    assert len(await desk.bench.store.orders.newest()) == 3


async def test_stacks_that_belong_to_another_fault_are_none_of_their_own(desk: Desk) -> None:
    desk.log.error("stack of thread %s", "worker", extra={"action": "thread_stack"})
    await desk.settle()

    assert await desk.bench.store.sightings.newest() == []


async def test_it_goes_on_by_itself_from_any_thread(desk: Desk) -> None:
    opened = asyncio.Event()

    async def hear(entry: Entry) -> None:
        opened.set()

    desk.bus.subscribe("opened", ["incident.opened"], hear)
    running = asyncio.create_task(desk.triage.run(0.01))
    await asyncio.to_thread(desk.fail, "12,50")
    await asyncio.wait_for(opened.wait(), 10)
    running.cancel()

    (seen,) = await desk.bench.store.sightings.newest()
    assert seen.last_seen - seen.first_seen == timedelta(0)
