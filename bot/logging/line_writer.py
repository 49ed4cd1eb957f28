"""Passes lines to a sink from a thread of its own, so that a slow or broken sink never holds up a log call."""

import io
import logging
import os
import threading
import time
import weakref
from collections import Counter, deque
from contextlib import suppress
from typing import Final, Protocol, TextIO

from bot.logging.line_ring import OVERHEAD

MAX_WAITING: Final = 4_096
MAX_WAITING_BYTES: Final = 4 * 1024 * 1024
"""What may wait for the sink; below ERROR, a line is shed when three quarters of either are taken."""

FLUSH_SECONDS: Final = 2.0
_BATCH: Final = 256


class Sink(Protocol):
    """Where lines go."""

    def write(self, lines: list[bytes], *, urgent: bool) -> None:
        """Take these lines; `urgent` when an error is among them. Raises OSError or ValueError."""

    def rest(self) -> float | None:
        """Do what is due between lines; return in how many seconds something is due again. Raises OSError."""


class StreamSink:
    """Lines to a text stream, by its descriptor where it has one."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, lines: list[bytes], *, urgent: bool) -> None:
        """Write all of them; `urgent` makes no difference here."""
        data = b"\n".join((*lines, b""))
        try:
            descriptor = self.stream.fileno()
        except (io.UnsupportedOperation, AttributeError):
            self.stream.write(data.decode())
            self.stream.flush()
            return
        self.stream.flush()
        while data:
            try:
                data = data[os.write(descriptor, data) :]
            except BlockingIOError:  # somebody made the stream non-blocking
                time.sleep(0.01)

    def rest(self) -> float | None:
        """Nothing is ever due."""
        return None


class LineWriter:
    """A queue bounded in lines and bytes, and the thread that empties it into a sink.

    The thread wakes at most once in `delay` seconds, for lines of ERROR and above at once: a thread that woke for
    every line would cost each log call a change of threads.
    """

    def __init__(self, sink: Sink, *, name: str = "log-writer", delay: float = 0.02) -> None:
        self.sink = sink
        self._name = name
        self._delay = delay
        self._unwritten: Counter[str] = Counter()
        self._begin()
        _writers.add(self)

    def _begin(self) -> None:
        """Start with an empty queue and no thread: at first, and in a child process, where threads do not follow."""
        self._waiting: deque[tuple[bytes, bool]] = deque()
        self._put_bytes = 0
        self._taken_bytes = 0
        self._closing = False
        self._asleep = False
        self._some = threading.Event()
        self._urgent = threading.Event()
        self._flushes: deque[threading.Event] = deque()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._counting = threading.RLock()

    def write(self, line: bytes, levelno: int) -> None:
        """Queue one line; when too many wait it is counted and shed, an ERROR last. One thread at a time calls it."""
        urgent = levelno >= logging.ERROR
        taken = max(len(self._waiting) / MAX_WAITING, (self._put_bytes - self._taken_bytes) / MAX_WAITING_BYTES)
        if taken >= (1 if urgent else 0.75):
            self._count("full", 1)
            return
        self._put_bytes += len(line) + OVERHEAD
        self._waiting.append((line, urgent))
        if urgent:
            self._urgent.set()
        if self._asleep:
            self._asleep = False
            self._some.set()
        elif self._thread is None or not self._thread.is_alive():
            self._start()

    def flush(self, seconds: float = FLUSH_SECONDS) -> None:
        """Wait until every line queued so far was written, or the time is over."""
        if self._thread is None:
            return
        written = threading.Event()
        self._flushes.append(written)
        self._wake()
        written.wait(seconds)

    def close(self) -> None:
        """Write what waits, then end the thread; at most two seconds."""
        thread = self._thread
        if thread is not None:
            self._closing = True
            self._wake()
            thread.join(FLUSH_SECONDS)
            self._closing = False

    def unwritten(self) -> dict[str, int]:
        """Return how many lines did not reach the sink, by reason."""
        with self._counting:
            return dict(self._unwritten)

    def _wake(self) -> None:
        self._urgent.set()
        self._some.set()
        if self._thread is not None and not self._thread.is_alive():
            self._start()

    def _count(self, reason: str, lines: int) -> None:
        with self._counting:
            self._unwritten[reason] += lines

    def _start(self) -> None:
        if not self._starting.acquire(blocking=False):
            return  # another thread starts it
        try:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
        except RuntimeError:  # the interpreter is shutting down and starts no thread any more
            self._write_waiting()
        finally:
            self._starting.release()

    def _run(self) -> None:
        while True:
            due = self._rest()
            self._asleep = True
            if not (self._waiting or self._flushes or self._closing):
                self._some.wait(due)
            self._asleep = False
            self._some.clear()
            self._urgent.wait(self._delay)
            self._urgent.clear()
            self._write_waiting()
            if self._closing and not self._waiting:
                return

    def _rest(self) -> float | None:
        try:
            return self.sink.rest()
        except OSError as error:
            self._count(type(error).__name__, 0)
            return None

    def _write_waiting(self) -> None:
        flushes = [self._flushes.popleft() for _ in range(len(self._flushes))]
        for _ in range(-(-len(self._waiting) // _BATCH)):
            self._write_batch()
        for flush in flushes:
            flush.set()

    def _write_batch(self) -> None:
        batch: list[tuple[bytes, bool]] = []
        with suppress(IndexError):
            while len(batch) < _BATCH:
                batch.append(self._waiting.popleft())
        lines = [line for line, _ in batch]
        try:
            if lines:
                self.sink.write(lines, urgent=any(urgent for _, urgent in batch))
        except (OSError, ValueError) as error:  # a broken pipe, a full disk, a closed stream
            self._count(type(error).__name__, len(lines))
        self._taken_bytes += sum(len(line) + OVERHEAD for line in lines)


_writers: Final[weakref.WeakSet[LineWriter]] = weakref.WeakSet()


def _begin_in_child() -> None:
    for writer in list(_writers):
        writer._begin()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_in_child)
