"""A bounded ring of lines that takes them without waiting for anything, and counts each exactly once."""

import os
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable
from typing import Final

from bot.logging.logged_error import LoggedError

OVERHEAD: Final = 160
"""Bytes that Python needs around a kept line: its bytes object, its tuple, its place in the ring."""

PORTION: Final = 8
"""Lines that are taken in together when none of them has to be passed on."""

ALWAYS: Final = -sys.maxsize
NEVER: Final = sys.maxsize
"""Levels that every line is above, and none."""

MOST_ARRIVED: Final = 1_024
"""Lines in front of the door from which on it is crowded: half of what the ring keeps."""

_MOST_LEVELS: Final = 32
"""Level names that are counted apart; whatever sets a name on a record cannot make the counts grow."""


Line = tuple[int, bytes]
"""A kept line: its level's number, and its text as UTF-8."""

Arrival = tuple[int, bytes, str, float | None, LoggedError | None]
"""A line on its way into the ring: number, text and name of its level; of an ERROR or above, also time and exception.

Plain tuples: making named ones would cost as much as all the rest of keeping a line."""


class LineRing:
    """Keeps the newest lines within a number of lines and of bytes, Python's own overhead included.

    A line is put in front of the door, which never waits; whoever finds the door free takes everything in. So each
    line is kept, counted and passed on by one thread at a time, in one order.
    """

    def __init__(self, max_lines: int, max_bytes: int, pass_on: Callable[[bytes, int], None]) -> None:
        self.max_lines = max_lines
        self._max_bytes = max_bytes
        self._pass_on = pass_on
        self.arrived: deque[Arrival] = deque()
        """Lines in front of the door; from MOST_ARRIVED on, what can be spared is better left out."""
        self._kept: deque[Line] = deque()
        self._bytes = 0
        self.awaited_from = NEVER
        """The number of the level from which on a line is to be passed on at once."""
        self.accepted = 0
        self.by_level: dict[str, int] = {}
        self.last_error_at: float | None = None
        self.last_error: LoggedError | None = None
        self._door = threading.Lock()
        _rings.add(self)

    def put(self, arrival: Arrival) -> None:
        """Keep a line; while nobody waits for it, it may stand in front of the door until some more are there."""
        self.arrived.append(arrival)
        if arrival[0] >= self.awaited_from or len(self.arrived) >= PORTION:
            self.settle()

    def settle(self) -> None:
        """Take in what has arrived, unless another thread is at it: it looks again before it goes."""
        arrived = self.arrived
        while arrived:
            if not self._door.acquire(False):
                return
            try:
                self._take_in(arrived)
            finally:
                self._door.release()

    def _take_in(self, arrived: deque[Arrival]) -> None:
        by_level, kept = self.by_level, self._kept
        while arrived:
            levelno, text, level, error_at, error = arrived.popleft()
            self.accepted += 1
            if level not in by_level and len(by_level) >= _MOST_LEVELS:
                level = "other"
            by_level[level] = by_level.get(level, 0) + 1
            kept.append((levelno, text))
            size = self._bytes + len(text) + OVERHEAD
            while size > self._max_bytes or len(kept) > self.max_lines:
                size -= len(kept.popleft()[1]) + OVERHEAD
            self._bytes = size
            if error_at is not None:
                self.last_error_at = error_at
                self.last_error = error or self.last_error
            if levelno >= self.awaited_from:
                self._pass_on(text, levelno)

    def lines(self) -> list[Line]:
        """Return what is kept, oldest first."""
        self.settle()
        return list(self._kept)

    def begin_in_child(self) -> None:
        """Free the door in a forked process: whoever held it did not come along."""
        self._door = threading.Lock()


_rings: Final[weakref.WeakSet[LineRing]] = weakref.WeakSet()


def _begin_in_child() -> None:
    for ring in list(_rings):
        ring.begin_in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_in_child)
