"""An event is recorded, then told; whoever fails on it, hangs or is slow hurts nobody else."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import pytest

from bot.events.bus import DEEPEST, Bus, Entry, NotRecorded, open_bus
from bot.events.catalog import IncidentUpdated, IngestionFailed, PipelineTimeout
from bot.events.names import NotAnEvent
from bot.logging.redaction import redact_plain
from tests.factories import INCIDENT_ID, NOW


@dataclass
class EventsInMemory:
    """An event log that can be away."""

    kept: list[Entry] = field(default_factory=list)
    away: bool = False

    async def append(self, entries: Sequence[Entry]) -> list[int]:
        if self.away:
            raise NotRecorded("The disk is full.")
        first = len(self.kept) + 1
        self.kept += entries
        return list(range(first, first + len(entries)))


@dataclass
class Listener:
    """Notes what it is told."""

    heard: list[Entry] = field(default_factory=list)

    async def __call__(self, entry: Entry) -> None:
        self.heard.append(entry)

    @property
    def counts(self) -> list[int]:
        return [entry.event.count for entry in self.heard if isinstance(entry.event, IncidentUpdated)]


@pytest.fixture
def record() -> EventsInMemory:
    return EventsInMemory()


@pytest.fixture
async def bus(record: EventsInMemory) -> AsyncIterator[Bus]:
    async with open_bus(record, redact_plain, lambda: NOW) as opened:
        yield opened


def updated(count: int = 1) -> IncidentUpdated:
    return IncidentUpdated(incident_id=INCIDENT_ID, fingerprint="f" * 16, severity="high", count=count)


async def test_an_event_is_recorded_before_it_is_told(bus: Bus, record: EventsInMemory) -> None:
    recorded_by_then = []

    async def look(entry: Entry) -> None:
        recorded_by_then.append((entry.cursor, len(record.kept)))

    bus.subscribe("look", ["incident.updated"], look)
    await bus.publish(updated())
    await bus.settle()

    assert recorded_by_then == [(1, 1)]


async def test_an_event_log_that_is_away_holds_nothing_up(bus: Bus, record: EventsInMemory) -> None:
    listener = Listener()
    bus.subscribe("listener", ["*"], listener)
    record.away = True

    await bus.publish(updated(), updated())
    await bus.settle()

    assert [entry.cursor for entry in listener.heard] == [None, None]
    assert bus.counts["unrecorded"] == 2


async def test_a_secret_in_an_event_reaches_neither_the_log_nor_a_subscriber(bus: Bus, record: EventsInMemory) -> None:
    listener = Listener()
    bus.subscribe("listener", ["*"], listener)
    secret = "ghp" + "_" + "aB3dE5gH7jK9mN1pQ3rS5tU7vW9xY1zA3bC5"

    await bus.publish(IngestionFailed(file_path="a.csv", error=f"refused for {secret}"))
    await bus.settle()

    assert "refused for [redacted:" in str(record.kept)
    assert secret not in str(record.kept) + str(listener.heard)


async def test_subscribers_hear_what_their_patterns_mean(bus: Bus) -> None:
    all_of_it, family, one = Listener(), Listener(), Listener()
    bus.subscribe("all", ["*"], all_of_it)
    bus.subscribe("family", ["incident.*"], family)
    bus.subscribe("one", ["ingestion.failed", "pipeline.timeout"], one)

    await bus.publish(updated(), PipelineTimeout(pipeline="sheet", seconds=5))
    await bus.settle()

    assert [len(each.heard) for each in (all_of_it, family, one)] == [2, 1, 1]


@pytest.mark.parametrize("pattern", ["incidents.*", "incident.closed", "inc*", ""])
async def test_a_pattern_that_means_nothing_is_refused(bus: Bus, pattern: str) -> None:
    with pytest.raises(NotAnEvent):
        bus.subscribe("listener", [pattern], Listener())


async def test_one_that_raises_or_hangs_hurts_nobody(bus: Bus) -> None:
    async def broken(entry: Entry) -> None:
        raise ValueError("broken")

    async def hanging(entry: Entry) -> None:
        await asyncio.Event().wait()

    listener = Listener()
    raises = bus.subscribe("broken", ["*"], broken)
    hangs = bus.subscribe("hanging", ["*"], hanging, seconds=0.01)
    bus.subscribe("listener", ["*"], listener)

    await bus.publish(*(updated(n) for n in range(5)))
    await bus.settle()

    assert listener.counts == [0, 1, 2, 3, 4]
    assert (raises.counts["failed"], hangs.counts["cut"]) == (5, 5)


async def test_a_failure_is_logged_once_per_kind(bus: Bus, caplog: pytest.LogCaptureFixture) -> None:
    async def broken(entry: Entry) -> None:
        raise ValueError("broken")

    bus.subscribe("broken", ["*"], broken)
    with caplog.at_level(logging.ERROR):
        await bus.publish(*(updated(n) for n in range(20)))
        await bus.settle()

    assert [record.getMessage() for record in caplog.records] == ["broken failed on incident.updated"]


async def test_a_slow_one_loses_events_that_are_counted_and_others_lose_none(bus: Bus) -> None:
    free = asyncio.Event()

    async def slow(entry: Entry) -> None:
        await free.wait()

    listener = Listener()
    too_slow = bus.subscribe("slow", ["*"], slow, capacity=10)
    bus.subscribe("listener", ["*"], listener, capacity=10_000)

    for start in range(0, 10_000, 500):
        await bus.publish(*(updated(n) for n in range(start, start + 500)))
    free.set()
    await bus.settle()

    assert listener.counts == list(range(10_000))
    assert too_slow.counts["dropped"] + too_slow.counts["delivered"] == 10_000
    assert too_slow.counts["delivered"] <= 11


async def test_what_answers_itself_is_stopped(bus: Bus) -> None:
    async def echo(entry: Entry) -> None:
        await bus.publish(entry.event)

    listener = Listener()
    bus.subscribe("echo", ["*"], echo)
    bus.subscribe("listener", ["*"], listener)

    await bus.publish(updated())
    await bus.settle()

    assert len(listener.heard) == DEEPEST + 1
    assert [entry.cause for entry in listener.heard] == [None, *range(1, DEEPEST + 1)]
    assert bus.counts["echo"] == 1


async def test_the_cause_of_an_event_follows_into_tasks(bus: Bus) -> None:
    listener, tasks = Listener(), []

    async def start(entry: Entry) -> None:
        tasks.append(asyncio.create_task(bus.publish(PipelineTimeout(pipeline="sheet", seconds=5))))

    bus.subscribe("start", ["incident.*"], start)
    bus.subscribe("listener", ["pipeline.*"], listener)
    await bus.publish(updated())
    await bus.settle()
    await asyncio.gather(*tasks)
    await bus.settle()

    assert listener.heard[0].chain == ("incident.updated",)


async def test_one_may_leave_while_it_is_told(bus: Bus) -> None:
    heard = []

    async def once(entry: Entry) -> None:
        heard.append(entry)
        bus.unsubscribe(subscription)

    subscription = bus.subscribe("once", ["*"], once)
    await bus.publish(updated(), updated())
    await bus.settle()
    await bus.publish(updated())
    await bus.settle()

    assert len(heard) == 1
    assert bus.subscriptions == ()


async def test_events_come_from_other_threads(bus: Bus) -> None:
    listener = Listener()
    bus.subscribe("listener", ["*"], listener)

    await asyncio.to_thread(bus.publish_soon, updated(1), updated(2))
    await asyncio.sleep(0)
    await bus.settle()

    assert listener.counts == [1, 2]
