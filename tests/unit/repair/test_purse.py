"""No more tokens a day than the cap, whoever asks."""

import asyncio
from pathlib import Path

from bot.records.sql_store import open_store
from bot.repair.purse import DailyPurse
from tests.factories import Clock


async def test_the_cap_is_reached_exactly_and_never_passed(tmp_path: Path) -> None:
    clock = Clock()
    async with open_store(tmp_path) as store:
        purses = [DailyPurse(store.documents, 1000, clock) for _ in range(2)]

        taken = await asyncio.gather(*(purses[number % 2].take(250) for number in range(6)))

        assert sum(taken) == 4
        assert await purses[0].spent() == 1000
        assert not await purses[0].take(1)
        clock.forward(86_400)
        assert await purses[0].take(1000)
