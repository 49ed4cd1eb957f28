"""Orders are kept first and told afterwards, and no listener can stop that."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.records.sql_orders import SqlOrders
from bot.records.sql_store import open_store
from bot.records.store import StaleRecord, Store, StoreUnavailable
from bot.records.work_order import WorkOrder
from bot.repair.order_book import OrderBook
from tests.factories import an_order


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(tmp_path) as opened:
        yield opened


async def test_watchers_are_told_what_the_store_holds(store: Store) -> None:
    book, told = OrderBook(store.orders), list[WorkOrder]()

    async def watcher(order: WorkOrder) -> None:
        assert await store.orders.get(order.id) == order
        told.append(order)

    book.watch(watcher)
    created = await book.create(an_order())
    saved = await book.save(created.evolve(progress="one"))

    assert told == [created, saved]


async def test_a_watcher_that_fails_stops_neither_the_order_nor_the_next_watcher(store: Store) -> None:
    book, told = OrderBook(store.orders), list[str]()

    async def broken(order: WorkOrder) -> None:
        raise ZeroDivisionError

    async def watcher(order: WorkOrder) -> None:
        told.append(order.id)

    book.watch(broken)
    book.watch(watcher)

    created = await book.create(an_order())

    assert told == [created.id]
    assert await store.orders.get(created.id) == created


async def test_what_was_not_kept_is_not_told(store: Store) -> None:
    book, told = OrderBook(store.orders), list[WorkOrder]()
    created = await book.create(an_order())
    await book.save(created.evolve(progress="theirs"))

    async def watcher(order: WorkOrder) -> None:
        told.append(order)

    book.watch(watcher)
    with pytest.raises(StaleRecord):
        await book.save(created.evolve(progress="ours"))

    assert told == []


async def test_a_watcher_may_leave_while_it_is_told(store: Store) -> None:
    book, told = OrderBook(store.orders), list[str | None]()

    async def once(order: WorkOrder) -> None:
        book.unwatch(once)
        told.append("once")

    async def always(order: WorkOrder) -> None:
        told.append("always")

    book.watch(once)
    book.watch(always)
    created = await book.create(an_order())
    await book.save(created)

    assert told == ["once", "always", "always"]


async def test_what_others_saved_is_told_although_the_store_was_away_in_the_middle(store: Store) -> None:
    theirs, told = [await store.orders.create(an_order(incident_id=f"inc_{n:012}")) for n in range(3)], list[str]()

    @dataclass
    class Away(SqlOrders):
        fails: int = 1

        async def get(self, order_id: str) -> WorkOrder:
            self.fails -= 1
            if self.fails == 0:
                raise StoreUnavailable("It is away.")
            return await store.orders.get(order_id)

        async def versions(self) -> dict[str, int]:
            return await store.orders.versions()

    orders = Away()
    book = OrderBook(orders)

    async def watcher(order: WorkOrder) -> None:
        told.append(order.id)

    book.watch(watcher)
    await book.catch_up()
    for order in theirs:
        await store.orders.save(order)
    orders.fails = 2
    with pytest.raises(StoreUnavailable):
        await book.catch_up()
    await book.catch_up()

    assert sorted(told) == sorted(order.id for order in theirs)
