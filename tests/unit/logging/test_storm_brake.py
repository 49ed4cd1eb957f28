"""Threads that log without end give way; all others are left alone."""

import asyncio
import time

import pytest

from bot.logging.storm_brake import REST_SECONDS, TURN_SECONDS, StormBrake, rest

A, B = 1, 2


@pytest.fixture
def rests() -> list[None]:
    return []


@pytest.fixture
def brake(rests) -> StormBrake:
    return StormBrake(lambda: rests.append(None))


def logs(brake: StormBrake, thread: int, since: float, seconds: float) -> float:
    """A line of the thread every ten microseconds; returns when the last one was made."""
    lines = round(seconds / 0.00001)
    for number in range(lines + 1):
        brake.count(thread, since + number * 0.00001)
    return since + lines * 0.00001


def test_a_thread_that_logs_alone_never_rests(brake, rests):
    logs(brake, A, 100.0, 0.05)
    rests.clear()

    logs(brake, A, 101.0, 0.2)

    assert rests == []


def test_in_a_storm_a_thread_rests_after_each_of_its_turns(brake, rests):
    at = logs(brake, B, 100.0, 0.0)

    logs(brake, A, at, 3.5 * TURN_SECONDS)

    assert len(rests) == 3


def test_short_bursts_of_many_threads_are_no_storm(brake, rests):
    at = 100.0
    for turn in range(1_000):
        at = logs(brake, turn % 8, at, TURN_SECONDS / 2)

    assert rests == []


def test_what_another_thread_said_long_ago_makes_no_storm(brake, rests):
    brake.count(B, 100.0)
    brake.count(A, 100.0)

    logs(brake, A, 100.2, 0.05)

    assert rests == []


async def test_a_thread_with_an_event_loop_never_rests(monkeypatch):
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)

    rest()
    assert slept == []

    await asyncio.to_thread(rest)
    assert slept == [REST_SECONDS]
