"""The newest log lines of this process, in memory and bounded; the same lines go to a stream."""

import json
import logging
import threading
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Final, NamedTuple, TextIO

from bot.logging.guard import attempt
from bot.logging.json_formatter import MAX_LINE_BYTES, Fields, JsonLineFormatter, timestamp
from bot.logging.json_line import to_json
from bot.logging.line_writer import LineWriter
from bot.logging.logged_error import LoggedError, logged_error
from bot.logging.redaction import add_known_secrets

MAX_LINES: Final = 2_000
MAX_BYTES: Final = 4 * 1024 * 1024

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
    last_error_at: datetime | None


class UnknownLevel(ValueError):
    """There is no log level of this name; the sentence lists them."""


class _Line(NamedTuple):
    """One kept line, as UTF-8."""

    levelno: int
    text: bytes


class RingBufferHandler(logging.Handler):
    """Keeps the newest lines within a number of lines and of bytes; it never raises, blocks or recurses."""

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
        self._max_bytes = max_bytes
        self._lines: deque[_Line] = deque()
        self._max_lines = max_lines
        self._bytes = 0
        self._accepted = 0
        self._dropped: Counter[str] = Counter()
        self._internal_errors: Counter[str] = Counter()
        self._by_level: Counter[str] = Counter()
        self._last_error_at: float | None = None
        self._last_error: LoggedError | None = None
        self._mutex = self.lock or threading.RLock()  # the handler's own lock is made new after a fork
        self._lost = 0
        self._inside = threading.local()
        self._writer = LineWriter(stream) if stream is not None else None
        if secrets:
            add_known_secrets(secrets)

    def write_to(self, stream: TextIO | None) -> None:
        """Send every line to this stream from now on, or to none."""
        before = self._writer
        if before is not None and before.stream is stream:
            return
        self._writer = LineWriter(stream) if stream is not None else None
        if before is not None:
            before.close()

    def handle(self, record: logging.LogRecord) -> bool:
        """Emit without holding a lock: formatting is the slow part, and it shares nothing."""
        self.emit(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the record's line; one that cannot be formatted or redacted is replaced by a notice."""
        if getattr(self._inside, "busy", False):
            self._count(self._dropped, "recursion")
            return
        self._inside.busy = True
        try:
            self._accept(record)
        except Exception as error:  # noqa: BLE001 - a log call never raises in its caller, whatever the record holds
            try:
                self._withhold(record, error)
            except Exception:  # noqa: BLE001 - as above; and no call here: the stack may be used up
                self._lost += 1
        finally:
            self._inside.busy = False

    def _accept(self, record: logging.LogRecord) -> None:
        if self.filters and not self.filter(record):
            self._count(self._dropped, "filtered")
            return
        formatter = self.formatter if isinstance(self.formatter, JsonLineFormatter) else _DEFAULT_FORMATTER
        line, fields = formatter.format_fields(record)
        error = None
        if record.exc_info and record.levelno >= logging.ERROR:
            error = attempt(partial(logged_error, record, fields), self._note_error)
        self._keep(record, line, error)

    def _withhold(self, record: logging.LogRecord, error: Exception) -> None:
        self._note_error(error)
        self._keep(record, _notice(record, error), None)

    def _note_error(self, error: Exception) -> None:
        self._count(self._internal_errors, type(error).__name__)

    def _keep(self, record: logging.LogRecord, line: str, error: LoggedError | None) -> None:
        text, level, is_error = line.encode(), str(record.levelname), record.levelno >= logging.ERROR
        with self._mutex:  # nothing in here can fail: a line is kept and counted, or neither
            self._lines.append(_Line(record.levelno, text))
            self._bytes += len(text)
            while len(self._lines) > self._max_lines or self._bytes > self._max_bytes:
                self._bytes -= len(self._lines.popleft().text)
            self._accepted += 1
            self._by_level[level] += 1
            if is_error:
                self._last_error_at = record.created
                self._last_error = error or self._last_error
        if self._writer is not None:
            self._writer.write(text, record.levelno)

    def lines(self, last: int | None = None, level: str | None = None, contains: str | None = None) -> list[str]:
        """Return kept lines, oldest first: the `last` ones of at least `level` that hold `contains` in any case.

        Raises UnknownLevel.
        """
        least = level_number(level) if level is not None else None
        needles = _needles(contains) if contains else ()
        wanted = self._max_lines if last is None else max(last, 0)
        with self._mutex:
            snapshot = list(self._lines)
        found: list[str] = []
        for line in reversed(snapshot):
            if len(found) >= wanted:
                break
            if least is not None and line.levelno < least:
                continue
            text = line.text.decode()
            if needles and not any(needle in text.casefold() for needle in needles):
                continue
            found.append(text)
        found.reverse()
        return found

    def last_error(self) -> LoggedError | None:
        """Return the newest line of level ERROR or above that carries an exception."""
        return self._last_error

    @property
    def counts(self) -> LogCounts:
        """What became of the records since the start."""
        writer = self._writer
        with self._mutex:
            return LogCounts(
                accepted=self._accepted,
                dropped={**self._dropped, "failed": self._lost} if self._lost else dict(self._dropped),
                internal_errors=dict(self._internal_errors),
                by_level=dict(self._by_level),
                unwritten=writer.unwritten() if writer is not None else {},
                last_error_at=None if self._last_error_at is None else datetime.fromtimestamp(self._last_error_at, UTC),
            )

    def flush(self) -> None:
        """Wait until the stream has every line so far; at most two seconds."""
        if self._writer is not None:
            self._writer.flush()

    def close(self) -> None:
        """Write what is waiting and take no more."""
        self.write_to(None)
        super().close()

    def _count(self, counter: Counter[str], reason: str) -> None:
        with self._mutex:
            counter[reason] += 1


def level_number(level: str) -> int:
    """Return the number of a level's name, in any case. Raises UnknownLevel."""
    numbers = logging.getLevelNamesMapping()
    number = numbers.get(level.strip().upper())
    if number is None:
        names = ", ".join(sorted(numbers, key=lambda name: (numbers[name], name)))
        raise UnknownLevel(f"Unknown log level {level!r}: use one of {names}.")
    return number


def _needles(contains: str) -> tuple[str, ...]:
    """Return the text as typed and as it stands inside a JSON line, both without case."""
    return tuple({contains.casefold(), to_json(contains)[1:-1].casefold(), json.dumps(contains)[1:-1].casefold()})


def _notice(record: logging.LogRecord, error: Exception) -> str:
    fields: Fields = {
        "ts": timestamp(record.created),
        "level": str(record.levelname)[:40],
        "logger": str(record.name)[:200],
        "msg": f"[line withheld: it could not be formatted or redacted ({type(error).__name__})]",
    }
    return to_json(fields)
