"""The flight recorder: the last lines of a run on disk, within a bound, whatever ends the process."""

import errno
import json
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Final

from bot.logging.run_lock import hold
from bot.logging.spool_format import ABOUT, END, LINE, LOST, encoded

SEGMENT_BYTES: Final = 512 * 1024
SEGMENTS: Final = 4
"""A run keeps this many segments of this size at most; the oldest goes first."""

BEAT_SECONDS: Final = 10.0
"""How often a run without lines says that it still lives."""

SYNC_SECONDS: Final = 1.0
_PORTION: Final = 64 * 1024

log = logging.getLogger(__name__)


def nothing_lost() -> int:
    """Return 0."""
    return 0


class Spool:
    """One run's segments: appended to by one thread, never read by it. A sink of a LineWriter.

    It raises OSError where a disk does; what is wrong is in `trouble` until it works again.
    """

    def __init__(self, folder: Path, about: Mapping[str, object], clock: Callable[[], float] = time.time) -> None:
        self.folder = folder
        self.run = f"{int(clock() * 1000):013d}-{os.getpid()}-{token_hex(2)}"
        self.trouble: str | None = None
        self.lost = nothing_lost
        """How many lines did not get here so far."""
        self._about = json.dumps({**about, "started": clock(), "pid": os.getpid()}).encode()
        self._lock: int | None = None
        self._segment: int | None = None
        self._number = 0
        self._size = 0
        self._lost_written = 0
        self._unsynced = False
        self._synced_at = 0.0

    def begin(self) -> None:
        """Hold the run's lock and write its first frame; a disk that refuses is told, and tried again later."""
        with suppress(OSError):
            self.write([], urgent=False)

    def write(self, lines: list[bytes], *, urgent: bool) -> None:
        """Append lines; they survive the process from then on, and an `urgent` one the machine soon. Raises OSError."""
        try:
            for portion in _portions(lines):
                self._append(b"".join(encoded(LINE, line) for line in portion))
            lost = self.lost()
            if lost != self._lost_written:
                self._append(encoded(LOST, str(lost).encode()))
                self._lost_written = lost
            if not lines:
                self._append(b"")
        except OSError as error:
            self._failed(error)
            raise
        self._unsynced = self._unsynced or bool(lines)
        if urgent:
            self._sync()
        self._works()

    def rest(self) -> float:
        """Bring lines to the disk once a second, and show that this run lives. Raises OSError."""
        self._sync()
        if self._segment is not None:
            os.utime(self._segment)
        return SYNC_SECONDS if self._unsynced else BEAT_SECONDS

    def end(self, *, clean: bool) -> None:
        """Write the marker of an orderly end, and let go of the files."""
        with suppress(OSError):
            if clean:
                self._append(encoded(END))
            if self._segment is not None:
                os.fsync(self._segment)
        for descriptor in (self._segment, self._lock):
            if descriptor is not None:
                os.close(descriptor)
        self._segment = self._lock = None

    def _append(self, data: bytes) -> None:
        segment = self._open_segment(len(data))
        try:
            done = 0
            while done < len(data):
                done += os.write(segment, data[done:])
        except OSError:
            with suppress(OSError):  # what was written in part would hide all that comes behind it
                os.ftruncate(segment, self._size)
            raise
        self._size += len(data)

    def _open_segment(self, more: int) -> int:
        """Return the segment to write to: the open one, or a new one when it is full or somebody deleted it."""
        if self._segment is not None:
            is_there = os.fstat(self._segment).st_nlink > 0
            if is_there and self._size + more <= SEGMENT_BYTES:
                return self._segment
            os.close(self._segment)
            self._segment = None
            self._number += 1
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._hold_lock()
        path = self.folder / f"{self.run}.{self._number:06d}"
        segment = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_TRUNC, 0o600)
        head = encoded(ABOUT, self._about)
        if os.write(segment, head) < len(head):
            os.close(segment)
            raise OSError(errno.ENOSPC, "no room for a segment's first frame")
        self._segment, self._size = segment, len(head)
        oldest = self.folder / f"{self.run}.{self._number - SEGMENTS:06d}"
        oldest.unlink(missing_ok=True)
        return segment

    def _hold_lock(self) -> None:
        path = self.folder / f"{self.run}.lock"
        if self._lock is not None and path.exists():
            return
        if self._lock is not None:
            os.close(self._lock)
        self._lock = hold(path)

    def _sync(self) -> None:
        now = time.monotonic()
        if self._unsynced and self._segment is not None and now - self._synced_at >= SYNC_SECONDS:
            os.fsync(self._segment)
            self._unsynced, self._synced_at = False, now

    def _failed(self, error: OSError) -> None:
        said, self.trouble = self.trouble, f"the spool cannot be written: {error.strerror or type(error).__name__}"
        if said is None:
            log.warning("%s; its lines are counted and not kept", self.trouble, extra={"action": "spool_failed"})

    def _works(self) -> None:
        if self.trouble is not None:
            self.trouble = None
            log.info("the spool is written again", extra={"action": "spool_recovered"})


def _portions(lines: list[bytes]) -> Iterator[list[bytes]]:
    portion: list[bytes] = []
    size = 0
    for line in lines:
        portion.append(line)
        size += len(line)
        if size >= _PORTION:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion
