"""What the ledger relies on, wherever its rows are kept. One suite; each adapter is a parameter."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from bot.apis.sheets import Place, open_sheets
from bot.ledger.google_sheet import GoogleSheet
from bot.ledger.sheet import Sheet, SheetUnavailable, StoreSheet
from bot.records.sql_store import open_store
from bot.records.store import LedgerRow
from bot.sandbox.sheet_server import SheetServer

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIRST = 1_234_567_890_123_456_789


@dataclass(frozen=True)
class Stage:
    """A sheet, and how the place where it keeps its rows is taken away."""

    sheet: Sheet
    take_away: Callable[[], Awaitable[None]]


Opener = Callable[[Path], AbstractAsyncContextManager[Stage]]


@asynccontextmanager
async def open_store_sheet(directory: Path) -> AsyncIterator[Stage]:
    async def drop_table() -> None:
        with closing(sqlite3.connect(directory / "suture.db")) as database:
            database.execute("DROP TABLE ledger_rows")

    async with open_store(directory) as store:
        yield Stage(StoreSheet(store.ledger), drop_table)


@asynccontextmanager
async def open_google_sheet(directory: Path) -> AsyncIterator[Stage]:
    server = SheetServer(directory)
    server.add_spreadsheet("ledger")
    await server.start()
    try:
        async with open_sheets(server.key_file, Place("ledger"), url=server.url) as sheets:
            yield Stage(GoogleSheet(sheets), server.stop)
    finally:
        await server.stop()


@pytest.fixture(params=[open_store_sheet, open_google_sheet], ids=["store", "google"])
def opener(request: pytest.FixtureRequest) -> Opener:
    """Opens the same sheet again and again."""
    chosen: Opener = request.param
    return chosen


@pytest.fixture
async def sheet(opener: Opener, tmp_path: Path) -> AsyncIterator[Sheet]:
    async with opener(tmp_path) as stage:
        yield stage.sheet


def a_row(number: int = 0, **changes: object) -> LedgerRow:
    fields: dict[str, object] = {
        "at": NOON,
        "user_id": FIRST + 7,
        "message_id": FIRST + number,
        "item": "lunch",
        "amount": Decimal("12.50"),
        "currency": "EUR",
    }
    return LedgerRow(**(fields | changes))  # type: ignore[arg-type] # - a test changes what it likes


async def test_a_new_sheet_has_no_rows(sheet: Sheet) -> None:
    assert await sheet.newest(10) == []


@pytest.mark.parametrize("amount", ["12.50", "0.01", "999999.99", "1000000", "0.10"])
async def test_a_row_comes_back_as_it_went_in(sheet: Sheet, amount: str) -> None:
    row = a_row(amount=Decimal(amount))

    assert await sheet.append(row) is True

    assert await sheet.newest(10) == [row]


@pytest.mark.parametrize(
    "item",
    ['=HYPERLINK("http://127.0.0.1/","lunch")', "+1+1", "-2", "@SUM(A1)", "'quoted", "0012", "1e5", "☕ café", "TRUE"],
)
async def test_an_item_is_text_whatever_it_looks_like(sheet: Sheet, item: str) -> None:
    await sheet.append(a_row(item=item))

    assert [row.item for row in await sheet.newest(10)] == [item]


async def test_a_message_is_one_row_however_often_it_comes(sheet: Sheet) -> None:
    assert await sheet.append(a_row(1)) is True
    assert await sheet.append(a_row(2)) is True

    assert await sheet.append(a_row(1, item="dinner")) is False

    assert [row.item for row in await sheet.newest(10)] == ["lunch", "lunch"]


async def test_a_message_that_comes_twice_at_once_is_one_row(sheet: Sheet) -> None:
    kept = await asyncio.gather(*(sheet.append(a_row()) for _ in range(3)))

    assert sorted(kept) == [False, False, True]
    assert len(await sheet.newest(10)) == 1


async def test_the_newest_come_first_and_no_more_than_asked_for(sheet: Sheet) -> None:
    for number in (3, 1, 5, 2, 4):
        await sheet.append(a_row(number))

    assert [row.message_id - FIRST for row in await sheet.newest(3)] == [5, 4, 3]


async def test_a_time_keeps_its_moment(sheet: Sheet) -> None:
    await sheet.append(a_row(at=NOON.astimezone(timezone(timedelta(hours=5)))))

    (row,) = await sheet.newest(1)
    assert (row.at, row.at.utcoffset()) == (NOON, timedelta(0))


async def test_rows_outlive_a_restart(opener: Opener, tmp_path: Path) -> None:
    async with opener(tmp_path) as before:
        await before.sheet.append(a_row())

    async with opener(tmp_path) as after:
        assert await after.sheet.append(a_row()) is False
        assert await after.sheet.newest(10) == [a_row()]


async def test_the_place_that_is_gone_is_told_as_an_unavailable_sheet(opener: Opener, tmp_path: Path) -> None:
    async with opener(tmp_path) as stage:
        await stage.sheet.append(a_row())
        await stage.take_away()

        with pytest.raises(SheetUnavailable, match="could not be kept"):
            await stage.sheet.append(a_row(1))
        with pytest.raises(SheetUnavailable, match="could not be read"):
            await stage.sheet.newest(10)
