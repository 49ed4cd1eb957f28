"""One log record as one redacted JSON line."""

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Final

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from bot.logging.context import RECORD_KEY, current
from bot.logging.guard import attempt
from bot.logging.json_line import to_json
from bot.logging.line_limits import clip, fit_fields
from bot.logging.plain_values import Flattener
from bot.logging.redaction import is_suspect, redact, redact_plain

MAX_LINE_BYTES: Final = 8_192

_ORDER: Final = ("user", "user_id", "channel", "intent", "entities", "exception", "incident_id", "action")
_OWN: Final = frozenset({"ts", "level", "logger", "msg"})
_RESERVED: Final = frozenset({*RESERVED_ATTRS, "taskName", RECORD_KEY})

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
        return self.format_fields(record)[0]

    def format_fields(self, record: logging.LogRecord) -> tuple[str, Fields]:
        """Return the record's line and the redacted fields it was made of, before any cut."""
        fields = self._fields(record)
        line = to_json(fields)
        if is_suspect(line):
            redacted = self._redact_fields(fields)
            if not isinstance(redacted, dict):
                raise TypeError("The redactor returned something else than the fields: it has to return a dict.")
            fields = {**redacted, "ts": fields["ts"], "level": fields["level"]}
            line = to_json(fields)
        if len(line) * 4 > self._max_bytes and len(line.encode()) > self._max_bytes:
            line = to_json(fit_fields(fields, self._max_bytes))
        return line, fields

    def _fields(self, record: logging.LogRecord) -> Fields:
        short = partial(clip, redact=redact)
        fields: Fields = {
            "ts": timestamp(record.created),
            "level": short(str(record.levelname)),
            "logger": short(str(record.name)),
            "msg": short(_message(record)),
        }
        found = _extras(record)
        exception = self._exception(record) if record.exc_info or record.exc_text else ""
        if exception:
            found["exception"] = short(exception)
        if record.stack_info:
            found.setdefault("stack_info", short(str(record.stack_info)))
        if found:
            flattener = Flattener(short)
            for name in _ORDER:
                value = found.pop(name, None)
                if value is not None:
                    fields[name] = flattener.flatten(value)
            for name, value in found.items():
                fields[flattener.name(name)] = flattener.flatten(value)
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


class _Second:
    """The last second that was formatted; most records share it with the one before."""

    text: tuple[int, str] = (-1, "")


def timestamp(created: float) -> str:
    """Return a time as ISO-8601 in UTC with milliseconds and Z."""
    second = int(created // 1)
    known, text = _Second.text
    if known != second:
        text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        _Second.text = (second, text)
    return f"{text}.{int((created - second) * 1000):03d}Z"


def _message(record: logging.LogRecord) -> str:
    return attempt(record.getMessage, lambda _: f"{_shown(record.msg)} <bad arguments: {_shown(record.args)}>")


def _shown(value: object) -> str:
    return attempt(lambda: value if type(value) is str else repr(value), lambda _: "<repr failed>")


def _extras(record: logging.LogRecord) -> dict[str, object]:
    """Return context and extras; an explicit extra wins, and one of our own fields' names gets a prefix."""
    attributes = record.__dict__
    found = dict(attributes.get(RECORD_KEY) or current())
    names = attributes.keys() - _RESERVED
    if names:
        found.update((name, attributes[name]) for name in attributes if name in names)
    for name in _OWN & found.keys():
        found[f"extra_{name}"] = found.pop(name)
    return found
