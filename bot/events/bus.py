"""The bus: each event is recorded first, then delivered; no subscriber can hurt the publisher or another one."""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from bot.events.event import Event
from bot.events.names import names_of

DEEPEST = 8
"""An event that was published because of an event … so many times over is an echo and goes no further."""
MOST_QUEUED = 1_000
LONGEST_DELIVERY = 5.0
"""Seconds that a subscriber may take for one event; what takes longer belongs in a task of its own."""
MOST_AT_ONCE = 500
"""Events that are recorded in one go."""
CLOSE_SECONDS = 3.0

log = logging.getLogger(__name__)


class NotRecorded(Exception):
    """The event log cannot be written now; the sentence says why."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An event as it was published, and as subscribers get it."""

    event: Event
    at: datetime
    chain: tuple[str, ...] = ()
    """The wire names of the events that led here, the first one first."""
    cause: int | None = None
    """The cursor of the event that this one was published on."""
    cursor: int | None = None
    """Its place in the event log; None: it could not be recorded."""
    run_id: str = ""
    """The playbook's run in whose course it was published, directly or by what it led to."""

    @property
    def name(self) -> str:
        """The event's wire name."""
        return self.event.wire


class EventLog(Protocol):
    """Where events are recorded."""

    async def append(self, entries: Sequence[Entry]) -> list[int]:
        """Keep these events; returns their cursors, which only ever grow. Raises NotRecorded."""
        ...


Handler = Callable[[Entry], Awaitable[None]]
Redact = Callable[[object], object]

_cause: ContextVar[Entry | None] = ContextVar("event_cause", default=None)
_run: ContextVar[str] = ContextVar("event_run", default="")


@contextmanager
def in_run(run_id: str) -> Iterator[None]:
    """What is published inside the block, and what that leads to, is known as caused by this run."""
    token = _run.set(run_id)
    try:
        yield
    finally:
        _run.reset(token)


class Subscription:
    """One subscriber: its queue, and the task that hands it one event after the other."""

    def __init__(self, name: str, names: frozenset[str], handler: Handler, *, capacity: int, seconds: float) -> None:
        self.name = name
        self.names = names
        self.counts: Counter[str] = Counter()
        """How many events it took (`delivered`), lost (`dropped`), broke on (`failed`) or was cut off from (`cut`)."""
        self._handler = handler
        self._seconds = seconds
        self._queue: asyncio.Queue[Entry] = asyncio.Queue(capacity)
        self._told: set[str] = set()
        self._closed = False
        self._task = asyncio.create_task(self._run(), name=f"events for {name}")

    def offer(self, entry: Entry) -> None:
        """Queue the event; when too many wait, it is dropped and counted."""
        if self._closed or entry.name not in self.names:
            return
        try:
            self._queue.put_nowait(entry)
        except asyncio.QueueFull:
            self.counts["dropped"] += 1
            self._tell("dropped", f"{self.name} is too slow: events for it are dropped and counted")

    def close(self) -> None:
        """Take no more; may be called from the handler itself, which then ends its work on this event."""
        self._closed = True
        if asyncio.current_task() is not self._task:
            self._task.cancel()

    async def drained(self) -> None:
        """Wait until everything that is queued was handled."""
        if not self._closed:
            await self._queue.join()

    async def _run(self) -> None:
        while not self._closed:
            entry = await self._queue.get()
            _cause.set(entry)
            try:
                await self._deliver(entry)
            finally:
                self._queue.task_done()
        while not self._queue.empty():
            self._queue.get_nowait()
            self._queue.task_done()

    async def _deliver(self, entry: Entry) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await self._handler(entry)
        except TimeoutError:
            self.counts["cut"] += 1
            self._tell(entry.name, f"{self.name} took more than {self._seconds:g} s for {entry.name} and was cut off")
        except Exception as error:
            self.counts["failed"] += 1
            self._tell(f"{entry.name} {type(error).__name__}", f"{self.name} failed on {entry.name}", error)
        else:
            self.counts["delivered"] += 1

    def _tell(self, what: str, sentence: str, error: Exception | None = None) -> None:
        """Log it once per kind of failure: a line for each would come back as an event, and fail again."""
        if what in self._told:
            return
        self._told.add(what)
        log.error("%s", sentence, exc_info=error, extra={"action": "subscriber_failed", "subscriber": self.name})


class Bus:
    """Publishes to subscribers in this process, and to the event log for everybody else."""

    def __init__(self, record: EventLog, redact: Redact, clock: Callable[[], datetime]) -> None:
        self._record = record
        self._redact = redact
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._subscriptions: list[Subscription] = []
        self._waiting: deque[tuple[Entry, asyncio.Future[None]]] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._soon: set[asyncio.Task[None]] = set()
        self.counts: Counter[str] = Counter()
        """How many events were `published`, `unrecorded`, or not taken on as an `echo`."""

    def subscribe(
        self,
        name: str,
        patterns: Iterable[str],
        handler: Handler,
        *,
        capacity: int = MOST_QUEUED,
        seconds: float = LONGEST_DELIVERY,
    ) -> Subscription:
        """Call `handler` with each event of these patterns (a wire name, `self_healing.*`, `*`). Raises NotAnEvent."""
        names = frozenset().union(*(names_of(pattern) for pattern in patterns))
        subscription = Subscription(name, names, handler, capacity=capacity, seconds=seconds)
        self._subscriptions.append(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Deliver nothing more to it."""
        subscription.close()
        if subscription in self._subscriptions:
            self._subscriptions.remove(subscription)

    @property
    def subscriptions(self) -> tuple[Subscription, ...]:
        """Who listens."""
        return tuple(self._subscriptions)

    async def publish(self, *events: Event) -> None:
        """Record these events, in this order, and queue them for who subscribed; waits for the first, not the second.

        An event log that cannot be written holds nothing up: the events are delivered without a cursor, and counted.
        """
        if not events or self._stops_echo(events):
            return
        recorded = [self._loop.create_future() for _ in events]
        self._waiting.extend(zip(map(self._entry, events), recorded, strict=True))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write(), name="events are recorded")
        await asyncio.wait(recorded)

    def publish_soon(self, *events: Event) -> None:
        """Publish from any thread, without waiting; after the loop ended nothing happens."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._publish_in_task, events)

    def _publish_in_task(self, events: tuple[Event, ...]) -> None:
        task = self._loop.create_task(self.publish(*events))
        self._soon.add(task)
        task.add_done_callback(self._soon.discard)

    async def settle(self) -> None:
        """Wait until everything published so far was handled, and what was published on that, too."""
        while True:
            busy = [*self._soon, *([self._writing] if self._writing else [])]
            if busy:
                await asyncio.gather(*busy)
            before = self.counts["published"]
            for subscription in self.subscriptions:
                await subscription.drained()
            if before == self.counts["published"] and not self._waiting and not self._soon:
                return

    async def close(self) -> None:
        """Deliver what waits, within a time, and end."""
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.settle()
        except TimeoutError:
            log.warning("not every event was delivered before the end", extra={"action": "events_undelivered"})
        for subscription in self.subscriptions:
            self.unsubscribe(subscription)

    def _stops_echo(self, events: Sequence[Event]) -> bool:
        """Whether too many events led here already; said once."""
        cause = _cause.get()
        if cause is None or len(cause.chain) < DEEPEST:
            return False
        if not self.counts["echo"]:
            led = " → ".join((*cause.chain, cause.name, events[0].wire))
            log.error("events go in circles and are stopped: %s", led, extra={"action": "events_echoed"})
        self.counts["echo"] += len(events)
        return True

    def _entry(self, event: Event) -> Entry:
        cause = _cause.get()
        clean = type(event).model_validate(self._redact(event.model_dump(mode="json")))
        run_id = _run.get() or (cause.run_id if cause else "")
        if cause is None:
            return Entry(event=clean, at=self._clock(), run_id=run_id)
        chain = (*cause.chain, cause.name)
        return Entry(event=clean, at=self._clock(), chain=chain, cause=cause.cursor, run_id=run_id)

    async def _write(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_AT_ONCE))]
            try:
                for entry in await self._recorded([entry for entry, _ in batch]):
                    self._offer(entry)
            finally:
                for _, future in batch:
                    if not future.done():  # a publisher that was cancelled waits no more
                        future.set_result(None)

    def _offer(self, entry: Entry) -> None:
        self.counts["published"] += 1
        for subscription in self._subscriptions:
            subscription.offer(entry)

    async def _recorded(self, entries: list[Entry]) -> list[Entry]:
        try:
            cursors = await self._record.append(entries)
        except NotRecorded as error:
            if not self.counts["unrecorded"]:
                log.warning("events are delivered unrecorded: %s", error, extra={"action": "events_unrecorded"})
            self.counts["unrecorded"] += len(entries)
            return entries
        return [replace(entry, cursor=cursor) for entry, cursor in zip(entries, cursors, strict=True)]


@asynccontextmanager
async def open_bus(record: EventLog, redact: Redact, clock: Callable[[], datetime]) -> AsyncIterator[Bus]:
    """A bus on the running loop, for as long as the context is open."""
    bus = Bus(record, redact, clock)
    try:
        yield bus
    finally:
        await bus.close()
