"""What becomes of an order is told on the bus, once, by the process that saved it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.events.bus import Bus, Entry, open_bus
from bot.logging.redaction import redact_plain
from bot.records.sql_store import open_store
from bot.records.store import Store
from bot.records.work_order import advance
from bot.repair.order_book import OrderBook
from bot.repair.order_events import OrderEvents
from tests.factories import INCIDENT_ID, NOW, an_incident, an_order


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(tmp_path) as opened:
        await opened.incidents.add(an_incident(severity="blocker"))
        yield opened


@pytest.fixture
async def bus(store: Store) -> AsyncIterator[Bus]:
    async with open_bus(store.events, redact_plain, lambda: NOW) as opened:
        yield opened


@pytest.fixture
async def heard(bus: Bus) -> list[Entry]:
    found: list[Entry] = []

    async def hear(entry: Entry) -> None:
        found.append(entry)

    bus.subscribe("test", ["coding_agent.*"], hear)
    return found


@pytest.fixture
def book(store: Store, bus: Bus) -> OrderBook:
    made = OrderBook(store.orders)
    made.publish_to(OrderEvents(bus, store.incidents).tell)
    return made


async def test_the_life_of_an_order_is_told_in_order(book: OrderBook, bus: Bus, heard: list[Entry]) -> None:
    order = await book.create(an_order(healing_run_id="run_1"))
    order = await book.save(advance(order, "proposing", NOW))
    order = await book.save(order.evolve(progress="thinking"))
    facts = {"diff_sha256": "d" * 64, "proof_level": 3}
    await book.save(advance(order, "awaiting_approval", NOW, None, **facts))
    await bus.settle()

    assert [entry.name.removeprefix("coding_agent.") for entry in heard] == [
        *("work_order_created", "work_order_updated", "work_order_updated", "patch_generated", "tests_passed")
    ]
    told = [entry.event.model_dump() for entry in heard]
    assert told[0]["priority"] == "critical"
    assert [each["status"] for each in told[1:3]] == ["proposing", "awaiting_approval"]
    assert (told[3]["diff_sha256"], told[4]["proof_level"]) == ("d" * 64, 3)
    assert {(each["incident_id"], each["self_healing_run_id"]) for each in told} == {(INCIDENT_ID, "run_1")}


async def test_a_patch_without_a_green_suite_did_not_pass_the_tests(
    book: OrderBook, bus: Bus, heard: list[Entry]
) -> None:
    order = await book.create(an_order())
    await book.save(advance(order, "awaiting_approval", NOW, None, diff_sha256="d" * 64, proof_level=1))
    await bus.settle()

    assert "coding_agent.patch_generated" in {entry.name for entry in heard}
    assert "coding_agent.tests_passed" not in {entry.name for entry in heard}


async def test_neither_after_a_restart_nor_by_another_process_is_a_status_told_again(
    store: Store, book: OrderBook, bus: Bus, heard: list[Entry]
) -> None:
    theirs = OrderBook(store.orders)
    theirs.publish_to(OrderEvents(bus, store.incidents).tell)
    order = await theirs.save(advance(await book.create(an_order()), "proposing", NOW))
    facts = {"diff_sha256": "d" * 64, "proof_level": 3}
    order = await book.save(advance(order, "awaiting_approval", NOW, None, **facts))

    await theirs.save(order.evolve(token_until=NOW))
    await bus.settle()

    told = [entry.name.removeprefix("coding_agent.") for entry in heard]
    assert told.count("patch_generated") == told.count("tests_passed") == 1
    assert told.count("work_order_updated") == 2


async def test_what_another_process_saved_is_not_told_again(
    store: Store, book: OrderBook, bus: Bus, heard: list[Entry]
) -> None:
    async def watch(_: object) -> None:
        """Somebody who wants to know of all."""

    book.watch(watch)
    await book.catch_up()
    await store.orders.create(an_order())
    await book.catch_up()
    await bus.settle()

    assert heard == []
