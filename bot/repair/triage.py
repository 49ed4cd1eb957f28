"""From signals to incidents: all signals of one fingerprint are one incident, however many there are."""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.events.bus import Bus, Entry
from bot.events.catalog import IncidentOpened, IncidentUpdated, Signal
from bot.incident.capture import Capture, Seen, identity_of
from bot.incident.payload import INCIDENT_ID, Context, Incident, new_incident_id
from bot.logging import LoggedError
from bot.records.sighting import Sighting, graver
from bot.records.store import Store, StoreUnavailable
from bot.repair.noticed_orders import NoticedOrders
from bot.repair.signals import NO_FAULTS, identity_of_signal, of_logged, signal_of

MOST_WAITING = 500
"""Different faults that may wait for the store; more are counted and let go."""
PAUSE = 1.0
"""Seconds between two writes of what came: the store hears of a storm once a second."""
MOST_FRESH, WHILE = 2_000, timedelta(hours=1)
"""So many incidents in such a time: faults whose every occurrence looks like a new one must not fill the disk."""
LINES = 200
"""Log lines that go into an incident."""
RECALL_SECONDS = 1.0
"""How long somebody who waits for an answer waits for the store: Discord gives three seconds."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Waiting:
    """What came of one fault since the last write."""

    signal: Signal
    """The first of them."""
    error: LoggedError | None
    seen: Sighting
    asked: bool = False
    """A person has opened an incident for it."""


class Triage:
    """Takes signals from any thread, and writes them down together."""

    def __init__(self, store: Store, capture: Capture, bus: Bus, orders: NoticedOrders) -> None:
        self._store = store
        self._capture = capture
        self._clock: Callable[[], datetime] = capture.clock
        self._bus = bus
        self.orders = orders
        self._lock = threading.Lock()
        self._waiting: dict[str, Waiting] = {}
        self._loop = asyncio.get_running_loop()
        self._some = asyncio.Event()
        orders.wake = self._some.set
        self._fresh: deque[datetime] = deque(maxlen=MOST_FRESH)
        """When the newest incidents were made."""
        self._is_flooded = False
        self.overflowed = 0
        """Faults that were let go because too many different ones waited, or became incidents lately."""

    def saw(self, error: LoggedError) -> None:
        """An ERROR line was logged; called by the log handler, in whatever thread."""
        if error.context.get("action") not in NO_FAULTS:
            identity = identity_of(error)[0]
            self._put(of_logged(error, identity, self._clock()), error)

    async def hear(self, entry: Entry) -> None:
        """A watcher's event came over the bus."""
        signal = signal_of(entry.event, entry.at)
        if signal is not None:
            self.take(signal)

    def take(self, signal: Signal) -> None:
        """Somebody observed a fault; from any thread."""
        self._put(signal, None)

    def _put(self, signal: Signal, error: LoggedError | None) -> None:
        identity = identity_of_signal(signal)
        told_id = signal.incident_id if INCIDENT_ID.fullmatch(signal.incident_id or "") else None
        seen = Sighting(
            fingerprint=identity,
            incident_id=told_id or new_incident_id(),
            title=signal.title[:500],
            severity=signal.severity,
            sources=frozenset({signal.source}),
            count=1,
            first_seen=signal.at,
            last_seen=signal.at,
        )
        with self._lock:
            was_empty = not self._waiting
            self._add(Waiting(signal, error, seen))
        if was_empty:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._some.set)

    def _add(self, new: Waiting) -> None:
        before = self._waiting.get(new.seen.fingerprint)
        if before is not None:
            new = replace(before, seen=added(before.seen, new.seen), error=before.error or new.error)
        elif len(self._waiting) >= MOST_WAITING:
            self.overflowed += 1
            return
        self._waiting[new.seen.fingerprint] = new

    async def recall(self, fingerprint: str) -> Sighting | None:
        """What is known of a fault by now, written down or not; None when it is new, or the store is away."""
        with self._lock:
            waiting = self._waiting.get(fingerprint)
        try:
            async with asyncio.timeout(RECALL_SECONDS):
                known = await self._store.sightings.get(fingerprint)
        except (StoreUnavailable, TimeoutError):
            known = None
        if known is None or waiting is None:
            return known or (waiting.seen if waiting else None)
        return added(known, waiting.seen)

    async def flush(self) -> None:
        """Write down what came. Raises StoreUnavailable; then it waits for the next time."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        try:
            kept, first = await self._keep(list(waiting.values()))
        except StoreUnavailable:
            with self._lock:
                newer, self._waiting = self._waiting, waiting
                for each in newer.values():
                    self._add(each)
            raise
        if kept:
            await self._bus.publish(*(told(each, waiting[each.fingerprint].signal, first) for each in kept))
        await self.orders.notice(kept)

    async def _keep(self, waiting: list[Waiting]) -> tuple[list[Sighting], frozenset[str]]:
        """What is known now of these faults, and the ids of the incidents that are new."""
        if not waiting:
            return [], frozenset()
        known = await self._store.sightings.known([each.seen.fingerprint for each in waiting])
        waiting = [each if each.seen.fingerprint in known else await self._of_order(each) for each in waiting]
        wanted = [each for each in waiting if each.seen.fingerprint not in known and not each.asked]
        new, let_go = wanted[: self._room()], wanted[self._room() :]
        incidents = await asyncio.to_thread(lambda: [self._incident(each) for each in new])
        gone = {each.seen.fingerprint for each in let_go}
        kept = await self._store.sightings.add(
            [each.seen for each in waiting if each.seen.fingerprint not in gone], incidents
        )
        self._count(len(new), len(let_go))
        return kept, frozenset(each.id for each in incidents)

    def _room(self) -> int:
        """How many incidents may be made now."""
        now = self._clock()
        return MOST_FRESH - sum(abs(now - at) < WHILE for at in self._fresh)

    def _count(self, made: int, let_go: int) -> None:
        self._fresh.extend([self._clock()] * made)
        if let_go and not self._is_flooded:
            hours = WHILE.total_seconds() / 3600
            told = f"{MOST_FRESH} different faults within {hours:g} h: further new ones are let go and counted"
            log.warning("%s", told, extra={"action": "faults_let_go"})
        self._is_flooded = let_go > 0
        self.overflowed += let_go

    async def _of_order(self, new: Waiting) -> Waiting:
        """As it is, or of the incident that a person opened for this fault first."""
        orders = await self._store.orders.newest(fingerprint=new.seen.fingerprint)
        if not orders:
            return new
        return replace(new, seen=replace(new.seen, incident_id=orders[0].incident_id), asked=True)

    def _incident(self, waiting: Waiting) -> Incident:
        signal, seen = waiting.signal, waiting.seen
        facts = Seen(
            summary=signal.title,
            severity=seen.severity,
            source=signal.source,
            fingerprint=seen.fingerprint,
            told_id=seen.incident_id,
        )
        incident = self._capture.noticed(facts, LINES, waiting.error, Context.of(signal.context))
        logs = (*signal.evidence, *incident.logs) if waiting.error is None else incident.logs
        return incident.model_copy(update={"id": seen.incident_id, "logs": logs})

    async def run(self, pause: float = PAUSE) -> None:
        """Write down what comes, at most once per pause, until cancelled."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._some.wait(), pause if self.orders.is_behind else None)
            self._some.clear()
            try:
                await self.flush()
            except StoreUnavailable as error:
                log.warning("signals wait for the store: %s", error, extra={"action": "triage_waits"})
                self._some.set()
            await asyncio.sleep(pause)


def added(before: Sighting, new: Sighting) -> Sighting:
    """Both as one."""
    return replace(
        before,
        count=before.count + new.count,
        severity=graver(before.severity, new.severity),
        sources=before.sources | new.sources,
        last_seen=max(before.last_seen, new.last_seen),
    )


def told(seen: Sighting, signal: Signal, first: frozenset[str]) -> IncidentOpened | IncidentUpdated:
    """What the bus hears of a fault that was written down."""
    if seen.incident_id not in first:
        return IncidentUpdated(
            incident_id=seen.incident_id, fingerprint=seen.fingerprint, severity=seen.severity, count=seen.count
        )
    return IncidentOpened(
        incident_id=seen.incident_id,
        fingerprint=seen.fingerprint,
        severity=seen.severity,
        title=seen.title,
        source=signal.source,
    )
