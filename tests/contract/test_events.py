"""The event log keeps what was published in order, resumes at any cursor, and stays bounded; on every database."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

from bot.events.bus import Entry
from bot.events.catalog import IncidentUpdated, IngestionFailed
from bot.records.sql_events import LONGEST, MOST
from bot.records.store import Store
from tests.factories import INCIDENT_ID, NOW

Opener = Callable[[], AbstractAsyncContextManager[Store]]


def an_entry(number: int = 1) -> Entry:
    event = IncidentUpdated(incident_id=INCIDENT_ID, fingerprint="f" * 16, severity="high", count=number)
    return Entry(event=event, at=NOW)


async def test_events_are_read_after_a_cursor_in_their_order(store: Store) -> None:
    cursors = await store.events.append([an_entry(number) for number in range(5)])

    after = await store.events.after(cursors[1])

    assert [each.cursor for each in after] == cursors[2:]
    assert [each.payload["count"] for each in after] == [2, 3, 4]
    assert after[0].at == NOW


async def test_events_are_found_by_their_names(store: Store) -> None:
    failed = Entry(event=IngestionFailed(file_path="a.csv", error="no\x00such"), at=NOW, cause=1, chain=("x.y",))
    await store.events.append([an_entry(), failed, an_entry(2)])

    (found,) = await store.events.newest({"ingestion.failed"})

    assert found.payload == {"file_path": "a.csv", "error": "no\x00such"}
    assert (found.cause, found.depth) == (1, 1)
    assert await store.events.counts() == {"incident.updated": 2, "ingestion.failed": 1}


async def test_several_processes_share_one_order(opener: Opener) -> None:
    async with opener() as one, opener() as two:
        taken = await asyncio.gather(*((one, two)[n % 2].events.append([an_entry(n)] * 3) for n in range(10)))
        kept = [each.cursor for each in await one.events.after(0)]

    assert kept == sorted(cursor for cursors in taken for cursor in cursors)
    assert len(set(kept)) == 30


async def test_only_the_newest_are_kept(store: Store) -> None:
    first = await store.events.append([an_entry()])
    for _ in range(MOST // 1000 + 1):
        await store.events.append([an_entry()] * 1000)

    assert sum((await store.events.counts()).values()) < MOST + 1000
    assert (await store.events.after(0, limit=1))[0].cursor > first[0]


async def test_what_is_too_old_goes(store: Store) -> None:
    await store.events.append([an_entry()])
    later = Entry(event=an_entry(2).event, at=NOW + LONGEST + timedelta(days=1))
    await store.events.append([later] * 300)

    assert {each.payload["count"] for each in await store.events.after(0)} == {2}
