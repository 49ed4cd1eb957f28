"""The stream of events: one reader of the store for all browsers, each with a bounded queue of its own."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field

from bot.events.bus import Bus, Entry
from bot.records.event_log import RecordedEvent
from bot.records.store import Store, StoreUnavailable

MOST_QUEUED = 1000
"""Events that wait for one reader; one that falls further behind is let go and may come back with its last id."""
LOOK_SECONDS = 1.0
"""How often other processes' events are looked for."""
BEAT_SECONDS = 15.0
MOST_READERS = 200


@dataclass(eq=False)
class Reader:
    """One browser."""

    queue: asyncio.Queue[RecordedEvent] = field(default_factory=lambda: asyncio.Queue(MOST_QUEUED))
    task: "asyncio.Task[object] | None" = None


class Feed:
    """Reads the event log on, and hands each event to every reader."""

    def __init__(self, store: Store, bus: Bus) -> None:
        self._store = store
        self._bus = bus
        self._readers: set[Reader] = set()
        self._some = asyncio.Event()
        self.evicted = 0

    @property
    def readers(self) -> int:
        """How many read."""
        return len(self._readers)

    async def run(self) -> None:
        """Read on, until cancelled."""
        subscription = self._bus.subscribe("event stream", ["*"], self._wake)
        newest = await self._newest()
        try:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await self._some.wait()
                self._some.clear()
                newest = await self._pass_on(newest)
        finally:
            self._bus.unsubscribe(subscription)

    async def follow(self, after: int | None) -> AsyncIterator[str]:
        """Server-sent events from this cursor on (None: from now on), and a sign of life now and then."""
        reader = Reader(task=asyncio.current_task())
        self._readers.add(reader)
        try:
            yield "retry: 2000\n\n"
            last = after or 0
            if after is not None:
                for event in await self._store.events.after(after, limit=MOST_QUEUED):
                    last = event.cursor
                    yield as_text(event)
            while True:
                try:
                    async with asyncio.timeout(BEAT_SECONDS):
                        event = await reader.queue.get()
                except TimeoutError:
                    yield ": alive\n\n"
                    continue
                if event.cursor > last:
                    last = event.cursor
                    yield as_text(event)
        finally:
            self._readers.discard(reader)

    async def _wake(self, entry: Entry) -> None:
        self._some.set()

    async def _newest(self) -> int:
        try:
            newest = await self._store.events.newest(limit=1)
        except StoreUnavailable:
            return 0
        return newest[0].cursor if newest else 0

    async def _pass_on(self, newest: int) -> int:
        try:
            events = await self._store.events.after(newest, limit=MOST_QUEUED)
        except StoreUnavailable:
            return newest
        for event in events:
            for reader in tuple(self._readers):
                self._offer(reader, event)
            newest = event.cursor
        return newest

    def _offer(self, reader: Reader, event: RecordedEvent) -> None:
        try:
            reader.queue.put_nowait(event)
        except asyncio.QueueFull:
            self._readers.discard(reader)
            self.evicted += 1
            if reader.task:
                reader.task.cancel()


def as_text(event: RecordedEvent) -> str:
    """One event as the stream carries it; JSON has no line break that could end it."""
    body = {"type": event.name, "payload": event.payload, "timestamp": event.at.isoformat()}
    return f"id: {event.cursor}\nevent: message\ndata: {json.dumps(body)}\n\n"
