"""The ledger in Google Sheets: what people do to a sheet by hand, and answers that get lost."""

import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from bot.apis.sheets import Place, open_sheets
from bot.ledger.google_sheet import HEADER, GoogleSheet, cells_of
from bot.ledger.sheet import Ledger, SheetUnavailable
from bot.records.store import LedgerRow
from bot.sandbox.github_faults import Fault
from bot.sandbox.sheet_accounts import EMAIL
from bot.sandbox.sheet_server import SheetServer, fault, quota_fault

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIRST = 1_234_567_890_123_456_789
APPEND = "append"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("google")


@pytest.fixture
async def server(home: Path) -> AsyncIterator[SheetServer]:
    (home / "sheets.json").unlink(missing_ok=True)
    server = SheetServer(home)
    server.add_spreadsheet("ledger")
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def sheet(server: SheetServer) -> AsyncIterator[GoogleSheet]:
    async with open_sheets(server.key_file, Place("ledger"), url=server.url, deadline=30) as sheets:
        yield GoogleSheet(sheets)


def a_row(number: int = 0, item: str = "lunch", amount: str = "12.50") -> LedgerRow:
    return LedgerRow(
        at=NOON, user_id=FIRST, message_id=FIRST + number, item=item, amount=Decimal(amount), currency="EUR"
    )


async def test_a_sentence_becomes_a_row_below_the_header(server, sheet):
    ledger = Ledger(sheet)
    reply = await ledger.record(await ledger.understand("lunch 12.50"), user_id=7, message_id=FIRST, at=NOON)

    assert reply == "Noted: lunch, 12.50 EUR."
    assert server.rows("ledger") == [
        list(HEADER),
        ["2026-03-01T12:00:00+00:00", "7", str(FIRST), "lunch", 12.5, "EUR"],
    ]


async def test_a_formula_is_kept_as_text_and_never_runs(server, sheet):
    formula = '=IMPORTXML("http://127.0.0.1/"&A1,"//a")'

    await sheet.append(a_row(item=formula))

    assert server.rows("ledger")[1][3] == formula
    assert not any(isinstance(cell, dict) for row in server.rows("ledger") for cell in row)


async def test_somebody_elses_sheet_is_never_written(server, sheet):
    theirs = [["Name", "Salary"], ["ada", "1"]]
    server.type_in("ledger", theirs)
    before = server.rows("ledger")

    with pytest.raises(SheetUnavailable, match="first row is not the ledger's"):
        await sheet.append(a_row())
    with pytest.raises(SheetUnavailable, match="GOOGLE_SHEET_TAB"):
        await sheet.newest(10)

    assert server.rows("ledger") == before


async def test_a_sheet_with_cells_but_no_header_is_not_taken_over(server, sheet):
    server.type_in("ledger", [[], ["", "", "something"]])

    with pytest.raises(SheetUnavailable, match="nothing was written"):
        await sheet.append(a_row())


async def test_rows_that_people_broke_are_left_out_and_counted(server, sheet, caplog):
    good = [str(cell) if at < 3 else cell for at, cell in enumerate(cells_of(a_row()))]
    server.type_in(
        "ledger",
        [list(HEADER), ["a note"], [], [45000.5, *good[1:]], [*good[:4], "a lot", "EUR"]],
    )
    await sheet.append(a_row(5))

    with caplog.at_level(logging.WARNING):
        assert await sheet.newest(10) == [a_row(5)]

    assert "4 rows" in caplog.text


async def test_a_sheet_that_people_sorted_still_shows_the_newest_first(server, sheet):
    for number in (2, 1, 3):
        await sheet.append(a_row(number))
    header, *rows = server.rows("ledger")
    server._state.spreadsheets["ledger"].tabs["Sheet1"] = [header, *reversed(rows)]

    assert [row.message_id - FIRST for row in await sheet.newest(10)] == [3, 2, 1]


async def test_a_row_that_stands_twice_is_shown_once(server, sheet):
    await sheet.append(a_row())
    server._state.spreadsheets["ledger"].tabs["Sheet1"].append(cells_of(a_row()))

    assert await sheet.newest(10) == [a_row()]


async def test_a_lost_answer_is_looked_up_and_the_row_is_there_once(server, sheet):
    await sheet.append(a_row(1))
    server.faults.add(Fault(method="POST", path=APPEND, drop="after"))

    assert await sheet.append(a_row(2)) is True

    assert [row[2] for row in server.rows("ledger")[1:]] == [str(FIRST + 1), str(FIRST + 2)]


async def test_a_lost_request_is_told_as_not_known(server, sheet):
    await sheet.append(a_row(1))
    server.faults.add(Fault(method="POST", path=APPEND, drop="before"))

    with pytest.raises(SheetUnavailable, match="not known whether the expense was kept"):
        await sheet.append(a_row(2))

    assert await sheet.append(a_row(2)) is True


async def test_a_look_that_fails_wrote_nothing_and_says_so(server, sheet):
    server.faults.add(fault(500))

    with pytest.raises(SheetUnavailable, match="could not be kept"):
        await sheet.append(a_row())

    assert server.rows("ledger") == []


async def test_quota_and_permission_are_different_sentences(server, sheet):
    server.faults.add(quota_fault())
    with pytest.raises(SheetUnavailable) as quota:
        await sheet.append(a_row())
    server.faults.add(fault(403))
    with pytest.raises(SheetUnavailable) as shared:
        await sheet.append(a_row())

    assert "try again in a minute" in str(quota.value)
    assert f"share the sheet with {EMAIL}" in str(shared.value)


async def test_an_amount_beyond_a_spreadsheets_digits_keeps_them_all_as_text():
    assert cells_of(a_row(amount="0.1"))[4] == 0.1
    assert cells_of(a_row(amount="12345678901234567.89"))[4] == "12345678901234567.89"
