"""Writes lines to a stream from a thread of its own, so that a slow or broken stream never holds up a log call."""

import io
import logging
import os
import threading
import time
import weakref
from collections import Counter
from queue import Empty, SimpleQueue
from typing import Final, TextIO

MAX_WAITING: Final = 4_096
"""Lines that may wait for the stream; below ERROR, a line is shed when three quarters of them wait."""

FLUSH_SECONDS: Final = 2.0
_BATCH: Final = 256


class LineWriter:
    """A bounded queue of lines and the thread that writes them."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self._unwritten: Counter[str] = Counter()
        self._begin()
        _writers.add(self)

    def _begin(self) -> None:
        """Start with an empty queue and no thread: at first, and in a child process, where threads do not follow."""
        self._waiting: SimpleQueue[bytes | threading.Event | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._counting = threading.RLock()

    def write(self, line: bytes, levelno: int) -> None:
        """Queue one line; when too many wait it is counted and shed, an ERROR last."""
        allowed = MAX_WAITING if levelno >= logging.ERROR else MAX_WAITING * 3 // 4
        if self._waiting.qsize() >= allowed:
            self._count("full", 1)
            return
        self._waiting.put(line)
        if self._thread is None or not self._thread.is_alive():
            self._start()

    def flush(self, seconds: float = FLUSH_SECONDS) -> None:
        """Wait until every line queued so far was written, or the time is over."""
        if self._thread is None:
            return
        written = threading.Event()
        self._waiting.put(written)
        if not self._thread.is_alive():
            self._start()
        written.wait(seconds)

    def close(self) -> None:
        """Write what waits, then end the thread; at most two seconds."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join(FLUSH_SECONDS)

    def unwritten(self) -> dict[str, int]:
        """Return how many lines did not reach the stream, by reason."""
        with self._counting:
            return dict(self._unwritten)

    def _count(self, reason: str, lines: int) -> None:
        with self._counting:
            self._unwritten[reason] += lines

    def _start(self) -> None:
        if not self._starting.acquire(blocking=False):
            return  # another thread starts it
        try:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
                self._thread.start()
        except RuntimeError:  # the interpreter is shutting down and starts no thread any more
            self._write_waiting([])
        finally:
            self._starting.release()

    def _run(self) -> None:
        while True:
            item = self._waiting.get()
            if item is None:
                return
            self._write_waiting([item])

    def _write_waiting(self, items: list[bytes | threading.Event | None]) -> None:
        while len(items) < _BATCH:
            try:
                items.append(self._waiting.get_nowait())
            except Empty:
                break
        lines = [item for item in items if isinstance(item, bytes)]
        try:
            if lines:
                self._write(b"\n".join((*lines, b"")))
        except (OSError, ValueError) as error:  # a broken pipe, a full disk, a closed stream
            self._count(type(error).__name__, len(lines))
        for item in items:
            if isinstance(item, threading.Event):
                item.set()
        if None in items:
            self._waiting.put(None)

    def _write(self, data: bytes) -> None:
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


_writers: Final[weakref.WeakSet[LineWriter]] = weakref.WeakSet()


def _begin_in_child() -> None:
    for writer in list(_writers):
        writer._begin()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_in_child)
