"""Has threads that log without end rest now and then: else an event loop beside them would hardly get a turn."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

TURN_SECONDS: Final = 0.0005
REST_SECONDS: Final = 0.001
"""How long a thread logs on end, and rests, while others log as well."""

_BESIDE_SECONDS: Final = 0.1
"""How long ago another thread's line still says that there is a storm."""


def rest() -> None:
    """Pause this thread for a moment, unless an event loop runs in it."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        time.sleep(REST_SECONDS)


class StormBrake:
    """Notices that several threads log as fast as they can: each would run for five milliseconds at a time.

    Nothing is locked: when two threads count at once, one of them rests a little later.
    """

    def __init__(self, rest: Callable[[], None] = rest) -> None:
        self._rest = rest
        self._thread: int | None = None
        self._changed_at = 0.0
        self._turn_began = 0.0

    def count(self, thread: int | None, at: float) -> None:
        """Count a line that this thread made at this time in seconds; in a storm, the thread rests after its turn."""
        if thread != self._thread:
            self._thread, self._changed_at, self._turn_began = thread, at, at
        elif at - self._turn_began > TURN_SECONDS:
            self._turn_began = at
            if at - self._changed_at < _BESIDE_SECONDS:
                self._rest()
