"""The audit is only added to, and every other change of it is seen; on every database."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.records.audit import Decision, Head, broken_links
from bot.records.database import engine_of
from bot.records.sql_store import open_store, sqlite_in
from bot.records.store import Store, StoreUnavailable
from tests.factories import NOW

Opener = Callable[[], AbstractAsyncContextManager[Store]]


def a_decision(number: int = 1) -> Decision:
    return Decision(at=NOW, actor="1001", action="approve", subject=f"wo_20260105_{number:04}",
                    details={"diff_sha256": "d" * 64, "said": "\x00 \N{PILE OF POO}"})  # fmt: skip


async def test_decisions_come_back_in_their_order_and_the_chain_is_whole(store: Store) -> None:
    written = [await store.audit.append(a_decision(number)) for number in range(1, 6)]

    entries = await store.audit.entries()

    assert entries == written
    assert [entry.decision for entry in entries] == [a_decision(number) for number in range(1, 6)]
    assert broken_links(entries, [await store.audit.head()]) == []
    assert await store.audit.entries(after=3, limit=1) == written[3:4]


async def test_decisions_of_several_processes_at_once_make_one_chain(opener: Opener) -> None:
    async with opener() as one, opener() as two:
        await asyncio.gather(*((one, two)[n % 2].audit.append(a_decision(n)) for n in range(20)))
        entries, head = await two.audit.entries(), await one.audit.head()

    assert len(entries) == 20
    assert broken_links(entries, [head]) == []


TAMPERINGS = {
    "an edited decision": "UPDATE audit SET body = replace(body, '1001', '6666') WHERE seq = 3",
    "an edited last decision": "UPDATE audit SET body = replace(body, 'approve', 'reject') WHERE seq = 6",
    "a body that is no JSON": "UPDATE audit SET body = 'gone' WHERE seq = 2",
    "an edited digest": "UPDATE audit SET digest = previous WHERE seq = 4",
    "an edited link": "UPDATE audit SET previous = digest WHERE seq = 1",
    "a removed entry": "DELETE FROM audit WHERE seq = 3",
    "a removed first entry": "DELETE FROM audit WHERE seq = 1",
    "a removed end": "DELETE FROM audit WHERE seq = 6",
    "everything removed": "DELETE FROM audit",
    "two entries swapped": "UPDATE audit SET seq = CASE seq WHEN 2 THEN -3 WHEN 3 THEN -2 ELSE seq END;"
    "UPDATE audit SET seq = -seq WHERE seq < 0",
    "an inserted entry": "INSERT INTO audit SELECT 7, body, digest, digest FROM audit WHERE seq = 6",
    "an end that was cut off together with the store's own memory of it": "DELETE FROM audit WHERE seq = 6;"
    "UPDATE audit_head SET seq = 5, digest = (SELECT digest FROM audit WHERE seq = 5)",
}


@pytest.mark.parametrize("tampering", TAMPERINGS.values(), ids=TAMPERINGS)
async def test_whatever_is_changed_in_the_database_is_seen(tmp_path: Path, tampering: str) -> None:
    async with open_store(tmp_path) as store:
        for number in range(1, 7):
            await store.audit.append(a_decision(number))
        kept_outside = await store.audit.head()
        engine = engine_of(sqlite_in(tmp_path))
        with engine.begin() as connection:
            for statement in tampering.split(";"):
                connection.execute(sa.text(statement))
        engine.dispose()

        assert broken_links(await store.audit.entries(), [await store.audit.head(), kept_outside])


async def test_a_chain_that_somebody_wrote_anew_is_seen_by_a_head_that_was_kept(store: Store) -> None:
    for number in range(1, 4):
        await store.audit.append(a_decision(number))
    kept = Head(seq=2, digest="e" * 64)

    assert broken_links(await store.audit.entries(), [await store.audit.head(), kept]) == [
        "The end that was remembered (2:eeeeeeeeeeee…) is not in the chain."
    ]


async def test_a_decision_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        engine = engine_of(sqlite_in(tmp_path))
        with engine.begin() as connection:
            connection.execute(sa.text("DROP TABLE audit"))
        engine.dispose()

        with pytest.raises(StoreUnavailable):
            await store.audit.append(a_decision())
        assert (await store.audit.head()).seq == 0
