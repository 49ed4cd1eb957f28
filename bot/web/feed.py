"""The stream of events: one reader of the store for all browsers, each with a bounded queue of its own."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from bot.events.bus import Bus, Entry
from bot.logging.redaction import redact_plain
from bot.records.event_log import RecordedEvent
from bot.records.store import Store, StoreUnavailable

MOST_QUEUED = 1000
"""Events that wait for one reader; one that falls further behind is let go and may come back with its last id."""
PAGE = 250
"""Events that are read at once, and handed on in one turn of the loop: far fewer than a queue holds, so that who keeps
up stays."""
LOOK_SECONDS = 1.0
"""How often other processes' events are looked for."""
BEAT_SECONDS = 15.0
MOST_READERS = 200
Welcome = Callable[[], Awaitable[bool]]
"""May the reader still see this?"""


@dataclass(frozen=True)
class Told:
    """An event as the stream carries it, made once for all readers."""

    cursor: int
    text: str


@dataclass(eq=False)
class Reader:
    """One browser."""

    queue: asyncio.Queue[Told | None] = field(default_factory=lambda: asyncio.Queue(MOST_QUEUED))
    task: "asyncio.Task[object] | None" = None

    def end(self) -> None:
        """Let it go: in order when it keeps up, by force when it does not take what it is sent."""
        try:
            self.queue.put_nowait(None)
        except asyncio.QueueFull:
            if self.task:
                self.task.cancel()


class Feed:
    """Reads the event log on, and hands each event to every reader."""

    def __init__(self, store: Store, bus: Bus, most_readers: int = MOST_READERS) -> None:
        self._store = store
        self._bus = bus
        self._readers: set[Reader] = set()
        self._some = asyncio.Event()
        self.evicted = 0
        self.most_readers = most_readers

    @property
    def readers(self) -> int:
        """How many read."""
        return len(self._readers)

    async def run(self) -> None:
        """Read on, until cancelled."""
        subscription = self._bus.subscribe("event stream", ["*"], self._wake)
        newest = await self._pass_on(None)
        try:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await self._some.wait()
                self._some.clear()
                newest = await self._pass_on(newest)
        finally:
            self._bus.unsubscribe(subscription)

    async def follow(self, after: int | None, is_welcome: Welcome) -> AsyncIterator[str]:
        """Server-sent events from this cursor on (None: from now on), and a sign of life now and then.

        It ends where the reader is not welcome any more, where the store cannot be read, and when the process leaves.
        """
        reader = Reader(task=asyncio.current_task())
        self._readers.add(reader)
        try:
            yield "retry: 2000\n\n"
            async for event in self._from(reader, after):
                if event is not None:
                    yield event.text
                elif await is_welcome():
                    yield "event: alive\ndata: {}\n\n"
                else:
                    return
        except StoreUnavailable:
            return
        finally:
            self._readers.discard(reader)

    def leave(self) -> None:
        """End every stream."""
        for reader in tuple(self._readers):
            self._readers.discard(reader)
            reader.end()

    async def _from(self, reader: Reader, after: int | None) -> AsyncIterator[Told | None]:
        """What was missed, then what comes; None in between when it is time for a sign of life."""
        last = 0 if after is None else min(after, await self._newest())  # an id of an earlier store may be ahead
        missed = await self._store.events.after(last, limit=PAGE) if after is not None else []
        while missed:
            for event in missed:
                yield told_of(event)
            last = missed[-1].cursor
            missed = await self._store.events.after(last, limit=PAGE)
        clock = asyncio.get_running_loop().time
        beat_at = clock() + BEAT_SECONDS
        while True:
            if clock() >= beat_at:
                beat_at = clock() + BEAT_SECONDS
                yield None
            try:
                async with asyncio.timeout_at(beat_at):
                    came = await reader.queue.get()
            except TimeoutError:
                continue
            if came is None:
                return
            if came.cursor > last:
                last = came.cursor
                yield came

    async def _wake(self, entry: Entry) -> None:
        self._some.set()

    async def _newest(self) -> int:
        newest = await self._store.events.newest(limit=1)
        return newest[0].cursor if newest else 0

    async def _pass_on(self, newest: int | None) -> int | None:
        """Hand on what came after this cursor; the cursor from which to go on. None: nothing was read yet."""
        try:
            if newest is None:
                return await self._newest()
            events = await self._store.events.after(newest, limit=PAGE)
        except StoreUnavailable:
            return newest
        if len(events) == PAGE:
            self._some.set()
        for event in events:
            if self._readers:
                told = told_of(event)
                for reader in tuple(self._readers):
                    self._offer(reader, told)
            newest = event.cursor
        return newest

    def _offer(self, reader: Reader, event: Told) -> None:
        try:
            reader.queue.put_nowait(event)
        except asyncio.QueueFull:
            self._readers.discard(reader)
            self.evicted += 1
            reader.end()


def told_of(event: RecordedEvent) -> Told:
    """One event as the stream carries it; JSON has no line break that could end it."""
    body = {"type": event.name, "payload": redact_plain(event.payload), "timestamp": event.at.isoformat()}
    return Told(event.cursor, f"id: {event.cursor}\nevent: message\ndata: {json.dumps(body)}\n\n")
