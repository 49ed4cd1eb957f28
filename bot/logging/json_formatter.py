"""One log record as one redacted JSON line."""

import logging
import time
from collections.abc import Callable
from itertools import islice
from typing import ClassVar, Final

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from bot.logging.context import RECORD_KEY, current
from bot.logging.guard import attempt
from bot.logging.json_line import to_json_bytes
from bot.logging.line_limits import MAX_TEXT, clip, fit_fields
from bot.logging.plain_values import INT64, MAX_VALUES, NOT_PLAIN, Flattener, plain_size
from bot.logging.redaction import may_hold_secret, redact, redact_plain
from bot.logging.traceback_text import ExcInfo, TracebackTexts

MAX_LINE_BYTES: Final = 8_192

_ORDER: Final = ("user", "user_id", "channel", "intent", "entities", "exception", "incident_id", "action")
_OWN: Final = frozenset({"ts", "level", "logger", "msg"})
_RESERVED: Final = frozenset({*RESERVED_ATTRS, "taskName", RECORD_KEY})

_RANKS: Final = {name: rank for rank, name in enumerate(_ORDER)}
_PLAIN_RECORD: Final = list(logging.makeLogRecord({}).__dict__)
_LAST_PLAIN: Final = len(_PLAIN_RECORD) - 1
_LAST_PLAIN_NAME: Final = _PLAIN_RECORD[-1]
"""Where a plain record's attributes end; context and extras come behind."""

_MILLISECONDS: Final = tuple(f"{number:03d}Z" for number in range(1000))

MAX_LAYOUTS: Final = 512
MAX_REMEMBERED_NAMES: Final = 32
MAX_NAME: Final = 200
"""What is remembered of field names, and how long one may be before it is looked at closely."""

Fields = dict[str, object]


class JsonLineFormatter(JsonFormatter):
    """Formats `ts level logger msg`, the request's fields, the exception and any other extras, in this order."""

    def __init__(
        self, max_bytes: int = MAX_LINE_BYTES, redact_fields: Callable[[object], object] = redact_plain
    ) -> None:
        super().__init__()
        self._max_bytes = max_bytes
        self._redact_fields = redact_fields

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's line, without a line end."""
        return self.encode(record)[0].decode()

    def encode(self, record: logging.LogRecord) -> tuple[bytes, Fields]:
        """Return the record's line as UTF-8, and the redacted fields it was made of, before any cut."""
        fields = self._fields(record)
        line = to_json_bytes(fields)
        if may_hold_secret(line):
            redacted = self._redact_fields(fields)
            if not isinstance(redacted, dict):
                raise TypeError("The redactor returned something else than the fields: it has to return a dict.")
            fields = {**redacted, "ts": fields["ts"], "level": fields["level"]}
            line = to_json_bytes(fields)
        if len(line) > self._max_bytes:
            line = to_json_bytes(fit_fields(fields, self._max_bytes))
        return line, fields

    def formatException(self, ei: ExcInfo) -> str:  # type: ignore[override] # noqa: N802 - the stdlib's name; only whole ones come here
        """Return the traceback's text."""
        return _tracebacks.format(ei)

    def _fields(self, record: logging.LogRecord) -> Fields:
        fields: Fields = {
            "ts": timestamp(record.created),
            "level": _short(record.levelname),
            "logger": _short(record.name),
            "msg": _short(_message(record)),
        }
        found = _extras(record)
        if record.exc_info or record.exc_text:
            exception = self._exception(record)
            if exception:
                found["exception"] = exception
        if record.stack_info:
            found.setdefault("stack_info", _short(record.stack_info))
        if found:
            _add(fields, found)
        return fields

    def _exception(self, record: logging.LogRecord) -> str:
        exc_info = record.exc_info
        if not isinstance(exc_info, tuple) or exc_info[0] is None:
            return _shown(record.exc_text or "")
        named = f"{exc_info[0].__qualname__}: {_shown(exc_info[1])}"
        return attempt(
            lambda: str(self.formatException(exc_info)),
            lambda error: f"{named} <traceback failed: {type(error).__name__}>",
        )


_tracebacks: Final = TracebackTexts()


def _short(text: object) -> str:
    if type(text) is str and len(text) <= MAX_TEXT:
        return text
    return clip(str(text), redact)


class _Layouts:
    """The orders in which sets of names are written, remembered: a call site has the same names each time."""

    known: ClassVar[dict[tuple[str, ...], tuple[str, ...]]] = {}


def _layout(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names in the order of a line: the known ones first."""
    layout = _Layouts.known.get(names)
    if layout is None:
        layout = tuple(sorted(names, key=lambda name: _RANKS.get(name, len(_ORDER))))
        if len(_Layouts.known) >= MAX_LAYOUTS:
            _Layouts.known.clear()
        if len(names) <= MAX_REMEMBERED_NAMES:
            _Layouts.known[names] = layout
    return layout


def _add(fields: Fields, found: Fields) -> None:
    """Add context, exception and extras as plain values, the known ones first."""
    left = MAX_VALUES
    flattener: Flattener | None = None
    for name in _layout(tuple(found)):
        value = found[name]
        kind = type(value)
        size = 1
        if value is None:
            if name in _RANKS:
                continue
        elif kind is str:
            size = len(value) <= MAX_TEXT or NOT_PLAIN  # type: ignore[arg-type] # it is a str
        elif kind is int:
            size = -INT64 <= value < INT64 or NOT_PLAIN  # type: ignore[operator] # it is an int
        elif kind is not bool:
            size = plain_size(value)
        left -= size
        if left >= 0 and type(name) is str and len(name) <= MAX_NAME:
            fields[name] = value
            continue
        if flattener is None:
            flattener = Flattener(_short, max(left + size, 1))
        fields[flattener.name(name)] = flattener.flatten(value)
        left = flattener.left


class _Second:
    """The last second that was formatted; most records share it with the one before."""

    text: tuple[int, str] = (-1, "")


def timestamp(created: float) -> str:
    """Return a time as ISO-8601 in UTC with milliseconds and Z."""
    second = int(created // 1)
    known, text = _Second.text
    if known != second:
        text = time.strftime("%Y-%m-%dT%H:%M:%S.", time.gmtime(second))
        _Second.text = (second, text)
    return text + _MILLISECONDS[int((created - second) * 1000)]


def _message(record: logging.LogRecord) -> str:
    if not record.args and type(record.msg) is str:
        return record.msg
    return attempt(record.getMessage, lambda _: f"{_shown(record.msg)} <bad arguments: {_shown(record.args)}>")


def _shown(value: object) -> str:
    return attempt(lambda: value if type(value) is str else repr(value), lambda _: "<repr failed>")


def _extras(record: logging.LogRecord) -> Fields:
    """Return context and extras; an explicit extra wins, and one of our own fields' names gets a prefix."""
    attributes = record.__dict__
    context = attributes.get(RECORD_KEY)
    found: Fields = dict(context if context is not None else current())
    added = list(islice(attributes.items(), _LAST_PLAIN, None))
    if not added or added[0][0] != _LAST_PLAIN_NAME:
        added = list(attributes.items())  # a record of another class, with its attributes in another order
    for name, value in added:
        if name not in _RESERVED:
            found[name] = value
    if not _OWN.isdisjoint(found):
        for name in _OWN & found.keys():
            found[f"extra_{name}"] = found.pop(name)
    return found
