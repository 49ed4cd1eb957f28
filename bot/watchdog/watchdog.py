"""The watchdog: looks at its files, its resources and its addresses, each at its pace, and publishes what it finds."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bot.events.event import Event
from bot.watchdog.latency import LatencyWatch
from bot.watchdog.log_tail import LogTail
from bot.watchdog.matching import Matcher
from bot.watchdog.patterns import PatternsRefused, read_patterns
from bot.watchdog.resources import LoopLag, ResourceWatch, sampled

Publish = Callable[..., Awaitable[None]]

log = logging.getLogger(__name__)


@dataclass
class PatternFile:
    """The file of patterns; read anew when it changed. What cannot be used leaves the patterns as they are."""

    path: Path
    matchers: list[Matcher]
    own: Matcher = field(default_factory=lambda: Matcher([]))
    """The matcher of the bot's own log."""
    seen_at: int | None = None

    @classmethod
    def opened(cls, path: Path) -> "PatternFile":
        """The file's patterns as they are now. Raises PatternsRefused."""
        changed, patterns = changed_at(path), read_patterns(path)
        own = Matcher([each for each in patterns if each.pattern.own_log])
        log.info("%s patterns of %s", len(patterns), path.name, extra={"action": "patterns_read"})
        return cls(path, [Matcher(patterns)], own, changed)

    def reload(self, *, anyway: bool = False) -> None:
        """Take the patterns, if the file changed (or `anyway`)."""
        changed = changed_at(self.path)
        if changed == self.seen_at and not anyway:
            return
        self.seen_at = changed
        try:
            patterns = read_patterns(self.path)
        except PatternsRefused as error:
            log.warning("the patterns stay as they were: %s", error, extra={"action": "patterns_refused"})
            return
        for matcher in self.matchers:
            matcher.use(patterns)
        self.own.use([each for each in patterns if each.pattern.own_log])
        log.info("%s patterns of %s", len(patterns), self.path.name, extra={"action": "patterns_read"})


def changed_at(path: Path) -> int | None:
    """When the file was last written, in ns; None when it cannot be looked at."""
    with suppress(OSError):
        return path.stat().st_mtime_ns
    return None


@dataclass
class Watchdog:
    """Everything that is watched, and how often, in seconds."""

    publish: Publish
    patterns: PatternFile
    tail: LogTail
    matcher: Matcher
    resources: ResourceWatch
    latency: LatencyWatch
    disk: Path
    look: float = 1.0
    check: float = 10.0
    probe: float = 60.0
    lag: LoopLag = field(default_factory=LoopLag)
    _troubled: str = ""

    async def run(self) -> None:
        """Watch until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.lag.run())
            tasks.create_task(self._paced(self.look, self.look_at_files))
            tasks.create_task(self._paced(self.check, self.check_resources))
            if self.latency.addresses:
                tasks.create_task(self._paced(self.probe, self.ask_addresses))

    async def _paced(self, seconds: float, look: Callable[[], Awaitable[None]]) -> None:
        while True:
            began = time.monotonic()
            await look()
            await asyncio.sleep(max(seconds - (time.monotonic() - began), seconds / 10))

    async def look_at_files(self) -> None:
        """Publish what the new lines of the files make."""
        await self._tell(await asyncio.to_thread(self._read))

    def _read(self) -> list[Event]:
        self.patterns.reload()
        try:
            lines = self.tail.read()
        except OSError as error:
            if self._troubled != str(error):
                log.warning("logs are not watched: %s", error, extra={"action": "watchdog_blind"})
            self._troubled = str(error)
            return []
        self._troubled = ""
        return self.matcher.met(lines)

    async def check_resources(self) -> None:
        """Publish what the samples of this moment say."""
        samples = await asyncio.to_thread(sampled, self.disk)
        await self._tell(self.resources.judge({**samples, "loop": self.lag.take()}))

    async def ask_addresses(self) -> None:
        """Publish what the addresses answer."""
        await self._tell(await self.latency.round())

    async def _tell(self, events: list[Event]) -> None:
        if events:
            await self.publish(*events)
