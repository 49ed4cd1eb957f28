"""When people are told: at once, but never a flood; grouped by what it is about, and quiet when they want it."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta, tzinfo

from bot.notify.alert import GRAVITY, Alert, Channel, ChannelBusy, ChannelGone, Level

MOST_SENT = 3
"""Messages in one channel within `WINDOW`; critical ones are sent beyond it."""
MOST_CRITICAL = 10
"""The same for critical ones."""
WINDOW = timedelta(minutes=5)
REMINDER = timedelta(minutes=30)
"""How long what was told is not told again, however often it happens; then with its count."""
MOST_WAITING = 100
MOST_TOLD = 1_000
"""Things of which it is remembered that they were told, until they end."""
LONGEST_WAIT = 3_600.0
"""Seconds for which a busy channel is left alone."""
TRIES = 5
IDLE_SECONDS = 5.0
FIRST_WAIT = 2.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Telling:
    """What was told last of one thing, and when."""

    at: datetime
    level: Level
    news: str


@dataclass
class Outbox:
    """What one channel was told, and what waits to be."""

    channel: Channel
    clock: Callable[[], datetime]
    is_quiet: Callable[[datetime], bool]
    waiting: dict[str, Alert] = field(default_factory=dict)
    told: dict[str, Telling] = field(default_factory=dict)
    """What is known to be wrong there."""
    sent: deque[datetime] = field(default_factory=deque)
    not_before: datetime | None = None
    tries: int = 0
    dropped: int = 0
    off: str | None = None
    """Why nothing is sent any more: a sentence."""
    _on_its_way: frozenset[str] = frozenset()

    def put(self, alert: Alert) -> None:
        """Keep the alert until its time comes; a recovery takes back what was not told yet."""
        before = self.waiting.pop(alert.key, None)
        if alert.level == "recovered" and alert.key not in self.told and alert.key not in self._on_its_way:
            return
        self.waiting[alert.key] = before.and_again(alert) if before else alert
        if len(self.waiting) > MOST_WAITING:
            self.dropped += 1
            least = min(reversed(self.waiting.values()), key=lambda one: GRAVITY.index(one.level))
            del self.waiting[least.key]

    def take(self) -> Alert | None:
        """The alert that may be sent now; when it is the last for a while, with all that waits."""
        now = self.clock()
        if self.off or (self.not_before and ahead(now, self.not_before, timedelta(seconds=LONGEST_WAIT))):
            return None
        self.sent = deque(at for at in self.sent if ahead(now, at + WINDOW, WINDOW))
        due = sorted(
            (one for one in self.waiting.values() if self._is_due(one, now)),
            key=lambda one: GRAVITY.index(one.level),
            reverse=True,
        )
        if not due or len(self.sent) >= (MOST_CRITICAL if due[0].level == "critical" else MOST_SENT):
            return None
        is_last = len(self.sent) >= MOST_SENT - 1
        taken = due if is_last else due[:1]
        for one in taken:
            del self.waiting[one.key]
        self._on_its_way = frozenset(one.key for one in taken)
        return replace(taken[0], others=tuple(taken[1:]))

    def _is_due(self, alert: Alert, now: datetime) -> bool:
        if alert.level != "critical" and self.is_quiet(now):
            return False
        last = self.told.get(alert.key)
        if last is None or alert.level == "recovered" or alert.news != last.news:
            return True
        is_graver = GRAVITY.index(alert.level) > GRAVITY.index(last.level)
        return is_graver or not ahead(now, last.at + REMINDER, REMINDER)

    def settle(self, alert: Alert, outcome: ChannelBusy | ChannelGone | None) -> None:
        """What became of an alert that was taken."""
        match outcome:
            case None:
                self.was_sent(alert)
            case ChannelBusy():
                self.was_busy(alert, outcome)
            case ChannelGone():
                self.off = str(outcome)
                log.warning("alerts there are off: %s", outcome, extra={"action": "alerts_off"})

    def was_sent(self, alert: Alert) -> None:
        """It was told, with what it carried."""
        now = self.clock()
        self.sent.append(now)
        self.tries, self.not_before, self._on_its_way = 0, None, frozenset()
        for one in (alert, *alert.others):
            self.told.pop(one.key, None)
            if one.level != "recovered":
                self.told[one.key] = Telling(now, one.level, one.news)
        for key in list(self.told)[:-MOST_TOLD]:
            del self.told[key]

    def was_busy(self, alert: Alert, busy: ChannelBusy) -> None:
        """It was not taken: later, each time later still; after some tries it is given up."""
        self.tries += 1
        self._on_its_way = frozenset()
        is_given_up = self.tries >= TRIES
        for one in (replace(alert, others=()), *alert.others):
            later = self.waiting.pop(one.key, None)
            if not is_given_up:
                self.put(one)
            if later:  # a recovery of what was not told is none to tell
                self.put(later)
        if is_given_up:
            self.tries = 0
            self.dropped += 1 + len(alert.others)
        wait = max(busy.seconds, FIRST_WAIT**self.tries)
        self.not_before = self.clock() + timedelta(seconds=min(wait, LONGEST_WAIT))


def ahead(now: datetime, then: datetime, most: timedelta) -> bool:
    """Whether that is still to come; what is further ahead than it can be was told by a wrong clock."""
    return timedelta() < then - now <= most


def never_quiet(moment: datetime) -> bool:
    """No quiet hours."""
    return False


def quiet_between(start: time, end: time, zone: tzinfo) -> Callable[[datetime], bool]:
    """Whether a moment is within these hours of the day, which may go over midnight."""

    def is_quiet(moment: datetime) -> bool:
        now = moment.astimezone(zone).time()
        return start <= now < end if start <= end else now >= start or now < end

    return is_quiet


async def as_it_is(alert: Alert) -> Alert:
    """Nothing is known beyond the alert."""
    return alert


class Notifier:
    """Tells every channel, each in its own time."""

    def __init__(
        self,
        channels: Sequence[Channel],
        clock: Callable[[], datetime],
        is_quiet: Callable[[datetime], bool] = never_quiet,
        enriched: Callable[[Alert], Awaitable[Alert]] = as_it_is,
    ) -> None:
        """`enriched` adds what is known to an alert that is about to be sent: it may cost, and most are never sent."""
        self.outboxes = [Outbox(channel, clock, is_quiet) for channel in channels]
        self._enriched = enriched
        self._came = asyncio.Event()

    def tell(self, alert: Alert) -> None:
        """Tell it in every channel, when its time comes. Never waits, never raises."""
        for outbox in self.outboxes:
            outbox.put(alert)
        self._came.set()

    async def run(self) -> None:
        """Send what waits, until cancelled."""
        while True:
            self._came.clear()
            while await self.send_due():
                pass
            try:
                async with asyncio.timeout(IDLE_SECONDS):
                    await self._came.wait()
            except TimeoutError:
                continue

    async def send_due(self) -> int:
        """Send to every channel at most one alert that is due now; returns how many were told."""
        return sum(await asyncio.gather(*(self._send_next(outbox) for outbox in self.outboxes)))

    async def _send_next(self, outbox: Outbox) -> bool:
        alert = outbox.take()
        if alert is None:
            return False
        outcome: ChannelBusy | ChannelGone | None = ChannelBusy("Sending it broke.", FIRST_WAIT)
        try:
            await outbox.channel.send(await self._enriched(alert))
            outcome = None
        except (ChannelBusy, ChannelGone) as error:
            outcome = error
        finally:  # whatever else it broke on: it is tried again, as often as with a busy channel
            outbox.settle(alert, outcome)
        return outcome is None

    def troubles(self) -> list[str]:
        """Why a channel is told nothing any more, a sentence each."""
        return [outbox.off for outbox in self.outboxes if outbox.off]

    def states(self) -> list[str]:
        """How each channel is, a sentence each."""
        return [
            outbox.off or f"{outbox.channel.name}: {len(outbox.waiting)} waiting, {outbox.dropped} dropped"
            for outbox in self.outboxes
        ]
