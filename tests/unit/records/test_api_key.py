"""Keys are forgotten only when they open nothing any more, however many are made."""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from itertools import repeat
from pathlib import Path

import pytest

from bot.records import api_key
from bot.records.api_key import KeyRing
from bot.records.sql_store import open_store
from bot.records.store import StaleRecord
from tests.factories import NOW

DAY = timedelta(days=1)


@pytest.fixture
async def ring(tmp_path: Path) -> AsyncIterator[KeyRing]:
    async with open_store(tmp_path) as store:
        yield KeyRing(store.documents, lambda: NOW)


async def test_a_key_that_works_is_kept_however_many_others_ended(
    ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_key, "MOST", 3)
    wall = await ring.make("wall", "read", DAY)

    for number in range(6):
        await ring.make(f"job {number}", "admin", -DAY)

    assert (await ring.holder(wall)) is not None
    assert [one.name for one in await ring.all()] == ["wall", "job 2", "job 3", "job 4", "job 5"]


async def test_more_keys_than_can_be_kept_are_refused_in_a_sentence(
    ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_key, "MOST", 2)
    for name in ("one", "two"):
        await ring.make(name, "admin", DAY)

    with pytest.raises(StaleRecord, match="revoke one first"):
        await ring.make("three", "admin", DAY)
    await ring.revoke("one")
    assert await ring.holder(await ring.make("three", "admin", DAY))


async def test_a_name_that_is_used_again_leaves_word_of_when_the_one_before_was_revoked(tmp_path: Path) -> None:
    days = [NOW, NOW + DAY]
    async with open_store(tmp_path) as store:
        early, late = (KeyRing(store.documents, partial(next, repeat(day))) for day in days)
        for ring in (early, late):
            await ring.make("wall", "read", 9 * DAY)
            await ring.revoke("wall")

        assert [one.revoked_at for one in await late.all()] == days
