"""The newest log lines of this process, in memory and bounded; the same lines go to a stream and to the spool."""

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Final, TextIO

from bot.logging.guard import attempt
from bot.logging.json_formatter import MAX_LINE_BYTES, Fields, JsonLineFormatter
from bot.logging.json_line import to_json_bytes
from bot.logging.line_form import timestamp
from bot.logging.line_ring import ALWAYS, MOST_ARRIVED, NEVER, LineRing
from bot.logging.line_search import Search
from bot.logging.line_writer import LineWriter, StreamSink
from bot.logging.logged_error import LoggedError, logged_error
from bot.logging.redaction import add_known_secrets
from bot.logging.storm_brake import StormBrake, rest

MAX_LINES: Final = 2_000
MAX_BYTES: Final = 4 * 1024 * 1024
"""Of all kept lines, Python's own overhead included."""

_DEFAULT_FORMATTER: Final = JsonLineFormatter()


@dataclass(frozen=True, kw_only=True)
class LogCounts:
    """What became of the records since the start: each was either accepted or dropped."""

    accepted: int
    dropped: Mapping[str, int]
    internal_errors: Mapping[str, int]
    by_level: Mapping[str, int]
    unwritten: Mapping[str, int]
    """Accepted lines that did not reach the stream, by reason."""
    unspooled: Mapping[str, int]
    """Accepted lines that did not reach the spool, by reason."""
    last_error_at: datetime | None


class _Inside(threading.local):
    """Whether this thread is inside the handler."""

    busy = False


class RingBufferHandler(logging.Handler):
    """Keeps the newest lines within a number of lines and of bytes; it never raises, blocks or recurses.

    In a storm, threads that run no event loop rest for a millisecond now and then: see StormBrake.
    """

    def __init__(
        self,
        *,
        max_lines: int = MAX_LINES,
        max_line_bytes: int = MAX_LINE_BYTES,
        max_bytes: int = MAX_BYTES,
        secrets: Iterable[str] = (),
        stream: TextIO | None = None,
    ) -> None:
        super().__init__()
        self.formatter = JsonLineFormatter(max_line_bytes)
        self._ring = LineRing(max_lines, max_bytes, self._pass_on)
        self._brake = StormBrake()
        self.on_error: Callable[[LoggedError], None] | None = None
        """Told of each line of ERROR and above, in the thread that logged it."""
        self._dropped: Counter[str] = Counter()
        self._internal_errors: Counter[str] = Counter()
        self._mutex = self.lock or threading.RLock()  # the handler's own lock is made new after a fork
        self._lost = 0
        self._inside = _Inside()
        self._writer: LineWriter | None = None
        self._spool: LineWriter | None = None
        self._watched: LineWriter | None = None
        self.write_to(stream)
        if secrets:
            add_known_secrets(secrets)

    def write_to(self, stream: TextIO | None) -> None:
        """Send every line to this stream from now on, or to none."""
        before = self._writer
        if before is not None and isinstance(before.sink, StreamSink) and before.sink.stream is stream:
            return
        self._ring.settle()
        self._writer = LineWriter(StreamSink(stream)) if stream is not None else None
        self._await_lines()
        if before is not None:
            before.close()

    @property
    def spool(self) -> LineWriter | None:
        """The flight recorder's queue, when there is one."""
        return self._spool

    @spool.setter
    def spool(self, spool: LineWriter | None) -> None:
        """Record every line from now on."""
        self._ring.settle()
        self._spool = spool
        self._await_lines()

    @property
    def watched(self) -> LineWriter | None:
        """The watchdog's queue of lines from WARNING on, when there is one."""
        return self._watched

    @watched.setter
    def watched(self, watched: LineWriter | None) -> None:
        """Show the watchdog every warning from now on."""
        self._ring.settle()
        self._watched = watched
        self._await_lines()

    def _await_lines(self) -> None:
        """Have each line passed on at once while anybody waits for it."""
        if self._writer is not None or self._spool is not None:
            self._ring.awaited_from = ALWAYS
        else:
            self._ring.awaited_from = logging.WARNING if self._watched is not None else NEVER

    def handle(self, record: logging.LogRecord) -> bool:
        """Keep the record's line, or a notice for one that cannot be formatted or redacted.

        No lock is held: nothing on the way to the ring waits for anything.
        """
        inside = self._inside
        if inside.busy:
            self._count(self._dropped, "recursion")
            return True
        inside.busy = True
        try:
            self._accept(record)
            self._brake.count(record.thread, record.created)
        except Exception as error:  # noqa: BLE001 - a log call never raises in its caller, whatever the record holds
            try:
                self._withhold(record, error)
            except Exception:  # noqa: BLE001 - as above; and no call here: the stack may be used up
                self._lost += 1
        finally:
            inside.busy = False
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """Do the same."""
        self.handle(record)

    def _accept(self, record: logging.LogRecord) -> None:
        if self.filters and not self.filter(record):
            self._count(self._dropped, "filtered")
            return
        levelno = record.levelno
        if len(self._ring.arrived) >= MOST_ARRIVED and levelno < logging.ERROR:
            self._count(self._dropped, "crowded")
            self._ring.settle()
            rest()
            return
        formatter = self.formatter
        if not isinstance(formatter, JsonLineFormatter):
            formatter = _DEFAULT_FORMATTER
        if levelno < logging.ERROR:
            self._ring.put((levelno, formatter.line(record), record.levelname, None, None))
            return
        line, fields, frames = formatter.line_and_facts(record)
        told = record.exc_info or self.on_error is not None
        error = attempt(partial(logged_error, record, fields, frames), self._note_error) if told else None
        raised = error if error is not None and error.type_name else None
        self._ring.put((levelno, line, record.levelname, record.created, raised))
        if error is not None and self.on_error is not None:
            attempt(partial(self.on_error, error), self._note_error)

    def _withhold(self, record: logging.LogRecord, error: Exception) -> None:
        self._note_error(error)
        error_at = record.created if record.levelno >= logging.ERROR else None
        self._ring.put((record.levelno, _notice(record, error), record.levelname, error_at, None))

    def _note_error(self, error: Exception) -> None:
        self._count(self._internal_errors, type(error).__name__)

    def _pass_on(self, text: bytes, levelno: int) -> None:
        """Queue a kept line for the stream and the spool; the ring calls it from one thread at a time."""
        if self._writer is not None:
            self._writer.write(text, levelno)
        if self._spool is not None:
            self._spool.write(text, levelno)
        if self._watched is not None and levelno >= logging.WARNING:
            self._watched.write(text, logging.WARNING)  # an error wakes nobody: the next look is soon enough

    def lines(self, last: int | None = None, level: str | None = None, contains: str | None = None) -> list[str]:
        """Return kept lines, oldest first: the `last` ones of at least `level` that hold `contains` in any case.

        On an event loop, `find` is the one to await. Raises UnknownLevel.
        """
        found: list[str] = []
        for portion in Search(level, contains).newest(self._ring.lines(), self._wanted(last)):
            found += portion
        found.reverse()
        return found

    async def find(self, last: int | None = None, level: str | None = None, contains: str | None = None) -> list[str]:
        """Do the same in portions, so that the event loop is never held for long. Raises UnknownLevel."""
        found: list[str] = []
        for portion in Search(level, contains).newest(self._ring.lines(), self._wanted(last)):
            found += portion
            await asyncio.sleep(0)
        found.reverse()
        return found

    def _wanted(self, last: int | None) -> int:
        return self._ring.max_lines if last is None else max(last, 0)

    def last_error(self) -> LoggedError | None:
        """Return the newest line of level ERROR or above that carries an exception."""
        self._ring.settle()
        return self._ring.last_error

    @property
    def counts(self) -> LogCounts:
        """What became of the records since the start."""
        ring, writer, spool = self._ring, self._writer, self.spool
        ring.settle()
        at = ring.last_error_at
        with self._mutex:
            return LogCounts(
                accepted=ring.accepted,
                dropped={**self._dropped, "failed": self._lost} if self._lost else dict(self._dropped),
                internal_errors=dict(self._internal_errors),
                by_level=dict(ring.by_level),
                unwritten=writer.unwritten() if writer is not None else {},
                unspooled=spool.unwritten() if spool is not None else {},
                last_error_at=None if at is None else datetime.fromtimestamp(at, UTC),
            )

    def flush(self) -> None:
        """Wait until the stream and the spool have every line so far; at most two seconds each."""
        self._ring.settle()
        for writer in (self._writer, self.spool):
            if writer is not None:
                writer.flush()

    def close(self) -> None:
        """Write what is waiting and take no more."""
        self.write_to(None)
        if self.spool is not None:
            self.spool.close()
        super().close()

    def _count(self, counter: Counter[str], reason: str) -> None:
        with self._mutex:
            counter[reason] += 1


def _notice(record: logging.LogRecord, error: Exception) -> bytes:
    fields: Fields = {
        "ts": timestamp(record.created),
        "level": str(record.levelname)[:40],
        "logger": str(record.name)[:200],
        "msg": f"[line withheld: it could not be formatted or redacted ({type(error).__name__})]",
    }
    return to_json_bytes(fields)
