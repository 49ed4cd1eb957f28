"""What wakes the open chat pages: one counter that grows with everything that may have changed what they show."""

import asyncio
from contextlib import suppress


class Pulse:
    """Counts changes; whoever saw an older count is woken."""

    def __init__(self) -> None:
        self.count = 0
        self.is_over = False
        self._changed = asyncio.Event()

    def beat(self) -> None:
        """Something changed."""
        self.count += 1
        self._changed.set()
        self._changed = asyncio.Event()

    def end(self) -> None:
        """Let everybody who waits go home."""
        self.is_over = True
        self.beat()

    async def wait(self, seen: int, seconds: float) -> None:
        """Return at the first change after `seen`, or once the seconds are over."""
        if self.count != seen:
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), seconds)
