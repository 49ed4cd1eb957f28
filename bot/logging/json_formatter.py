"""One log record as one redacted JSON line."""

import logging
from functools import partial
from typing import Final

from pythonjsonlogger.json import JsonFormatter

from bot.logging.context import RECORD_KEY, current
from bot.logging.guard import attempt
from bot.logging.json_line import to_json_bytes
from bot.logging.line_form import ORDER, OWN, RESERVED, timestamp
from bot.logging.line_limits import MAX_TEXT, clip, cut_line, fit_fields
from bot.logging.plain_values import Flattener
from bot.logging.quick_line import Redactor, quick_line
from bot.logging.redaction import redact, redact_plain
from bot.logging.traceback_text import ExcInfo, Frame, TracebackText, TracebackTexts

MAX_LINE_BYTES: Final = 8_192

Fields = dict[str, object]


class JsonLineFormatter(JsonFormatter):
    """Formats `ts level logger msg`, the request's fields, the exception and any other extras, in this order."""

    def __init__(self, max_bytes: int = MAX_LINE_BYTES, redact_fields: Redactor = redact_plain) -> None:
        super().__init__()
        self._max_bytes = max_bytes
        self._redact_fields = redact_fields

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's line, without a line end."""
        return self.line(record).decode()

    def line(self, record: logging.LogRecord) -> bytes:
        """Return the record's line as UTF-8, without a line end."""
        message = record.msg if not record.args and type(record.msg) is str else attempt(record.getMessage, _nothing)
        if type(message) is not str:
            message = _message(record)
        told = _told(record.exc_info) if record.exc_info else None
        quick = quick_line(record, message, told.pieces if told else None, self._redact_fields)
        if quick is None:
            return self._in_full(record, message)[0]
        line, fields = quick
        return line if len(line) <= self._max_bytes else self._cut(line, _head(record) | fields)

    def line_and_facts(self, record: logging.LogRecord) -> tuple[bytes, Fields, tuple[Frame, ...] | None]:
        """Return the line, the redacted fields it was made of, before any cut, and its exception's frames if known.

        The frames are not redacted.
        """
        message = _message(record)
        told = _told(record.exc_info) if record.exc_info else None
        made = quick_line(record, message, told.pieces if told else None, self._redact_fields)
        if made is None:
            line, fields = self._in_full(record, message)
        else:
            line, fields = made[0], _head(record) | made[1]
            if len(line) > self._max_bytes:
                line = self._cut(line, fields)
        return line, fields, told.frames if told else None

    def _in_full(self, record: logging.LogRecord, message: str) -> tuple[bytes, Fields]:
        fields = self._fields(record, message)
        redacted = self._redact_fields(fields)
        if not isinstance(redacted, dict):
            raise TypeError("The redactor returned something else than the fields: it has to return a dict.")
        fields = {**redacted, "ts": fields["ts"], "level": fields["level"]}
        line = to_json_bytes(fields)
        return (line if len(line) <= self._max_bytes else self._fitted(fields)), fields

    def _cut(self, line: bytes, fields: Fields) -> bytes:
        return cut_line(line, fields, self._max_bytes) or self._fitted(fields)

    def _fitted(self, fields: Fields) -> bytes:
        return to_json_bytes(fit_fields(fields, self._max_bytes))

    def formatException(self, ei: ExcInfo) -> str:  # type: ignore[override] # noqa: N802 - the stdlib's name; only whole ones come here
        """Return the traceback's text."""
        return _tracebacks.format(ei)

    def _fields(self, record: logging.LogRecord, message: str) -> Fields:
        fields: Fields = {
            "ts": timestamp(record.created),
            "level": _short(record.levelname),
            "logger": _short(record.name),
            "msg": _short(message),
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


def _head(record: logging.LogRecord) -> Fields:
    return {"ts": timestamp(record.created), "level": record.levelname, "logger": record.name}


def _told(exc_info: object) -> TracebackText | None:
    """Return a traceback's text, or None for one that cannot be told by the usual means."""
    if not isinstance(exc_info, tuple) or exc_info[0] is None:
        return None
    return attempt(partial(_tracebacks.tell, exc_info), _nothing)


def _short(text: object) -> str:
    if type(text) is str and len(text) <= MAX_TEXT:
        return text
    return clip(str(text), redact)


def _add(fields: Fields, found: Fields) -> None:
    """Add context, exception and extras as plain values, the known ones first."""
    flattener = Flattener(_short)
    for name in ORDER:
        value = found.pop(name, None)
        if value is not None:
            fields[name] = flattener.flatten(value)
    for name, value in found.items():
        fields[flattener.name(name)] = flattener.flatten(value)


def _message(record: logging.LogRecord) -> str:
    if not record.args and type(record.msg) is str:
        return record.msg
    return attempt(record.getMessage, lambda _: f"{_shown(record.msg)} <bad arguments: {_shown(record.args)}>")


def _nothing(_: Exception) -> None:
    return None


def _shown(value: object) -> str:
    return attempt(lambda: value if type(value) is str else repr(value), lambda _: "<repr failed>")


def _extras(record: logging.LogRecord) -> Fields:
    """Return context and extras; an explicit extra wins, and one of our own fields' names gets a prefix."""
    attributes = record.__dict__
    context = attributes.get(RECORD_KEY)
    found: Fields = dict(context if context is not None else current())
    found.update([pair for pair in attributes.items() if pair[0] not in RESERVED])
    for name in OWN & found.keys():
        found[f"extra_{name}"] = found.pop(name)
    return found
