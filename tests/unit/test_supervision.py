"""What is kept running goes on after a round that broke, and ends with its context."""

import asyncio
import logging

import pytest

from bot.supervision import kept_running


async def test_what_breaks_starts_again_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    rounds, third = [], asyncio.Event()

    async def run() -> None:
        rounds.append(1)
        if len(rounds) < 3:
            raise ValueError("broken")
        third.set()
        await asyncio.Event().wait()

    with caplog.at_level(logging.ERROR):
        async with kept_running("the test", run, 0.0):
            await asyncio.wait_for(third.wait(), 5)

    assert len(rounds) == 3
    assert [record.getMessage() for record in caplog.records] == ["the test broke; it starts again"] * 2
