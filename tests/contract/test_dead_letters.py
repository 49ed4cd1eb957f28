"""What is kept of rows that could not be written, whatever database keeps it."""

from dataclasses import replace
from decimal import Decimal

from bot.records.dead_letter import DeadLetter
from bot.records.store import LedgerRow, Store
from tests.factories import NOW

ROW = LedgerRow(at=NOW, user_id=7, message_id=2**60, item="lunch \x00 ☕", amount=Decimal("12.50"), currency="EUR")


def a_letter(message_id: int) -> DeadLetter:
    return DeadLetter(row=replace(ROW, message_id=message_id), why="the sheet is away", at=NOW)


async def test_rows_wait_in_the_order_in_which_they_came_and_each_once(store: Store) -> None:
    letters = store.dead_letters
    assert [await letters.add(a_letter(number)) for number in (3, 1, 2, 1)] == [True, True, True, False]

    assert [letter.row.message_id for letter in await letters.oldest()] == [3, 1, 2]
    assert [letter.row.message_id for letter in await letters.oldest(1)] == [3]
    assert await letters.count() == 3


async def test_a_row_comes_back_as_it_went_in_and_leaves_once(store: Store) -> None:
    await store.dead_letters.add(DeadLetter(row=ROW, why="away", at=NOW))

    (letter,) = await store.dead_letters.oldest()

    assert letter == DeadLetter(row=ROW, why="away", at=NOW)
    assert [await store.dead_letters.remove(ROW.message_id) for _ in range(2)] == [True, False]
    assert await store.dead_letters.count() == 0


async def test_connections_that_were_closed_are_opened_anew(store: Store) -> None:
    await store.connections.close()

    await store.connections.ping()
    await store.notes.write({"here": "still"})

    assert await store.notes.read("here") == "still"
