"""A blocked event loop is noticed from outside it, with every thread's stack, once per block."""

import asyncio
import io
import json
import threading

import pytest

from bot.logging import setup_logging, teardown
from bot.logging.loop_watch import watched_loop


@pytest.fixture
def handler():
    yield setup_logging("INFO", ["known-secret-9"], io.StringIO())
    teardown()


class Ears:
    """What the watch told, and a way to wait for it in any thread."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.heard = threading.Event()

    def __call__(self, sentence: str) -> None:
        self.told.append(sentence)
        self.heard.set()

    def wait(self) -> None:
        assert self.heard.wait(20), "nothing was told"
        self.heard.clear()


async def test_a_blocked_loop_is_told_once_with_all_stacks_and_told_again_when_it_runs(handler):
    ears = Ears()
    parked, release = threading.Event(), threading.Event()

    def sleep_with_known_secret_9() -> None:
        parked.set()
        release.wait(30)

    sleeper = threading.Thread(target=sleep_with_known_secret_9, name="sleeper known-secret-9")
    sleeper.start()
    parked.wait(10)

    async with watched_loop(ears, threshold=0.3):
        await asyncio.sleep(0)
        ears.wait()  # the loop stands still here until the watch has spoken
        blocked = list(ears.told)
        await asyncio.to_thread(ears.wait)
    release.set()
    sleeper.join()

    lines = [json.loads(line) for line in handler.lines()]
    stacks = [line for line in lines if line.get("action") == "thread_stack"]
    assert [sentence.partition(" for")[0] for sentence in blocked] == ["The event loop has been blocked"]
    assert "runs again" in ears.told[-1]
    assert len(ears.told) == 2
    assert "test_loop_watch.py" in stacks[0]["stack"]
    assert "MainThread" in stacks[0]["msg"]
    assert any("sleeper [redacted:known-secret]" in line["msg"] for line in stacks)
    assert [line["action"] for line in lines if line["action"].startswith("loop_")] == [
        "loop_blocked",
        "loop_unblocked",
    ]


async def test_a_loop_that_runs_is_left_in_peace(handler):
    ears = Ears()

    async with watched_loop(ears, threshold=0.5):
        for _ in range(20):
            await asyncio.sleep(0.05)

    assert ears.told == []
    assert handler.lines(level="warning") == []
