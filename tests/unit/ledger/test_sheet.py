import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from bot.ledger.intent import Intent, parse
from bot.ledger.sheet import Ledger, SheetUnavailable, StoreSheet
from bot.records.sql_store import open_store
from bot.records.store import LedgerRow, Store

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(tmp_path) as opened:
        yield opened


@pytest.fixture
def ledger(store: Store) -> Ledger:
    return Ledger(StoreSheet(store.ledger))


async def write(ledger: Ledger, text: str, *, message_id: int, user_id: int = 7) -> str:
    return await ledger.record(await ledger.understand(text), user_id=user_id, message_id=message_id, at=NOON)


async def test_a_sentence_becomes_a_row(ledger, store):
    assert await write(ledger, "lunch 12.50", message_id=1) == "Noted: lunch, 12.50 EUR."

    assert await store.ledger.newest() == [
        LedgerRow(at=NOON, user_id=7, message_id=1, item="lunch", amount=Decimal("12.50"), currency="EUR")
    ]


async def test_the_same_message_twice_is_one_row(ledger, store):
    await write(ledger, "lunch 12.50", message_id=1)

    assert "already" in await write(ledger, "lunch 12.50", message_id=1)
    assert len(await store.ledger.newest()) == 1


async def test_a_list_shows_ten_of_ones_own_newest_first(ledger):
    for number in range(1, 13):
        await write(ledger, f"coffee {number}", message_id=number)
    await write(ledger, "gift 99", message_id=13, user_id=8)

    lines = (await write(ledger, "list", message_id=14)).splitlines()

    assert lines[1] == "2026-03-01  coffee, 12.00 EUR"
    assert lines[-1] == "2026-03-01  coffee, 3.00 EUR"
    assert len(lines) == 11


async def test_an_empty_list_says_how_to_begin(ledger):
    assert "lunch 12.50" in await write(ledger, "list", message_id=1)


async def test_what_is_not_understood_is_answered_with_help_and_kept_nowhere(ledger, store):
    assert "did not understand" in await write(ledger, "good morning", message_id=1)
    assert "more than zero" in await write(ledger, "lunch 0", message_id=2)
    assert await store.ledger.newest() == []


@pytest.mark.parametrize("intent", [parse("lunch 12.50"), Intent("list_expenses")])
async def test_a_store_that_fails_is_told_as_an_unavailable_sheet(ledger, tmp_path, intent):
    database = sqlite3.connect(tmp_path / "suture.db")
    database.execute("DROP TABLE ledger_rows")
    database.close()

    with pytest.raises(SheetUnavailable, match="could not be"):
        await ledger.record(intent, user_id=7, message_id=1, at=NOON)
