"""What this process handled and which faults it had since the last time that was written down."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from bot.incident.capture import identity_of
from bot.logging import LoggedError
from bot.records.store import Fault, StoreUnavailable, Tallies


class Tally:
    """Counts in memory, from any thread; `flush` adds the counts to the store's."""

    def __init__(self, tallies: Tallies, build: str, clock: Callable[[], datetime]) -> None:
        self._tallies = tallies
        self._build = build
        self._clock = clock
        self._lock = threading.Lock()
        self._faults: Counter[tuple[str, str]] = Counter()
        self._handled: Counter[str] = Counter()

    def handled(self, kind: str) -> None:
        """A request of this kind came: a command by its name, or `message`."""
        with self._lock:
            self._handled[kind[:100]] += 1

    def failed(self, error: LoggedError) -> None:
        """An error was logged."""
        identity = identity_of(error)
        with self._lock:
            self._faults[identity] += 1

    async def flush(self) -> None:
        """Add what came since the last time to the store. Raises StoreUnavailable; then nothing is lost."""
        with self._lock:
            faults, handled = self._faults, self._handled
            self._faults, self._handled = Counter(), Counter()
        if not faults and not handled:
            return
        try:
            await self._tallies.add(
                [self._fault(identity, count) for identity, count in faults.items()],
                {(self._build, kind): count for kind, count in handled.items()},
            )
        except StoreUnavailable:
            with self._lock:
                self._faults.update(faults)
                self._handled.update(handled)
            raise

    def _fault(self, identity: tuple[str, str], count: int) -> Fault:
        now = self._clock()
        name, kin = identity
        return Fault(fingerprint=name, kin=kin, build=self._build, count=count, first_seen=now, last_seen=now)
