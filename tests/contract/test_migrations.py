"""A database of an earlier version becomes one of this version, and every order in it goes on."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.records.database import engine_of
from bot.records.migrations import STEPS
from bot.records.sql_store import open_store, sqlite_in
from bot.records.sql_tables import schema
from bot.records.store import StoreUnavailable
from bot.records.work_order import NEXT
from tests.databases import an_empty_postgresql

FIRST = Path(__file__).parent / "store_of_0.1.sql"
"""What version 0.1 wrote: an order in each status that it had, a row, a note."""


def of_first_version(state: Path) -> Path:
    state.mkdir()
    database = sqlite3.connect(state / "suture.db")
    database.executescript(FIRST.read_text(encoding="utf-8"))
    database.close()
    return state


async def test_every_order_of_the_first_version_can_be_read_and_saved(tmp_path: Path) -> None:
    async with open_store(of_first_version(tmp_path / "state")) as store:
        orders = await store.orders.newest()
        saved = [await store.orders.save(order.evolve(progress="goes on")) for order in orders]
        proposal = await store.proposals.get("wo_20260105_0004")

        assert len(orders) == 9
        assert {order.status for order in orders} <= set(NEXT)
        assert [order.version for order in saved] == [order.version + 1 for order in orders]
        assert proposal.diff_sha256 == (await store.orders.get("wo_20260105_0004")).diff_sha256
        assert (await store.incidents.get(orders[0].incident_id)).id == orders[0].incident_id
        assert [row.item for row in await store.ledger.newest()] == ["lunch"]
        assert await store.notes.read("card:wo_20260105_0004") == "3001/4001/2"


async def test_steps_are_taken_once_even_by_processes_that_start_together(tmp_path: Path) -> None:
    state = of_first_version(tmp_path / "state")

    async def start() -> int:
        async with open_store(state) as store:
            return len(await store.orders.newest())

    assert await asyncio.gather(*(start() for _ in range(6))) == [9] * 6


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_the_steps_make_the_tables_that_queries_name(tmp_path: Path, kind: str) -> None:
    async def columns(url: str | sa.URL) -> dict[str, set[str]]:
        async with open_store(tmp_path, str(url) if isinstance(url, str) else None):
            engine = engine_of(url)
            found = sa.inspect(engine)
            made = {name: {each["name"] for each in found.get_columns(name)} for name in found.get_table_names()}
            engine.dispose()
        return made

    if kind == "sqlite":
        made = await columns(sqlite_in(tmp_path))
    else:
        with an_empty_postgresql() as url:
            made = await columns(url)

    named = {table.name: {column.name for column in table.columns} for table in schema.sorted_tables}
    assert made == named | {"schema_version": {"version"}}


async def test_a_database_of_a_later_version_is_left_alone_with_a_sentence(tmp_path: Path) -> None:
    async with open_store(tmp_path):
        pass
    database = sqlite3.connect(tmp_path / "suture.db")
    database.execute(f"INSERT INTO schema_version VALUES ({len(STEPS) + 1})")
    database.commit()
    database.close()

    async def use() -> None:
        async with open_store(tmp_path):
            pass

    with pytest.raises(StoreUnavailable, match="of a later version"):
        await use()
