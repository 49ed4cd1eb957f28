"""The line of a plain record, which most are: encoded in one go, and only what was not seen before is looked at."""

import logging
from collections.abc import Callable
from itertools import islice
from json.encoder import encode_basestring
from typing import Final, NamedTuple

from bot.logging.context import RECORD_KEY, current
from bot.logging.json_line import dump_plain, without_breakers
from bot.logging.known_secrets import KnownSecrets
from bot.logging.line_form import OWN, PLAIN_RECORD, RANKS, RESERVED, line_start
from bot.logging.line_limits import MAX_TEXT
from bot.logging.plain_values import INT64, MAX_VALUES
from bot.logging.redaction import are_harmless, is_suspect, known_secrets
from bot.logging.unseen_texts import MAX_NAME, add_unseen, tells_nothing

MAX_REMEMBERED: Final = 512
MAX_NAMES: Final = 32
"""How many heads and layouts are remembered, and of what size at most."""

_LAST_PLAIN: Final = len(PLAIN_RECORD) - 1
_LAST_PLAIN_NAME: Final = PLAIN_RECORD[-1]
_NO_PAIR: Final = ("", None)
"""Where a plain record's attributes end; context and extras come behind."""

Fields = dict[str, object]
Redactor = Callable[[object], object]
"""Redacts all texts in a plain value."""


class _Head(NamedTuple):
    """What stands between a line's time and its message."""

    text: bytes
    secrets: KnownSecrets


class _Layout(NamedTuple):
    """Fields' names, told harmless; `names` gives their order in a line when it is another."""

    secrets: KnownSecrets
    names: tuple[str, ...] | None
    plain: bool
    """Whether a line of these fields can be made here at all."""


_heads: Final[dict[tuple[str, str], _Head]] = {}
_layouts: Final[dict[tuple[str, ...], _Layout]] = {}
"""What a call site writes alike each time: level and logger; and its fields' names in their order."""


def quick_line(  # noqa: C901, PLR0911 - every log call comes through here
    record: logging.LogRecord, message: str, exception: list[str] | None, redact: Redactor
) -> tuple[bytes, Fields] | None:
    """Return line and fields as the formatter would in full, or None when this record needs that care.

    `exception` are the pieces of the traceback's text; `redact` is asked when one of the line's own texts is suspect.
    Nothing is cut of a line, which has at most MAX_TEXT bytes.
    """
    if record.exc_text or record.stack_info or (record.exc_info and not exception):
        return None
    secrets = known_secrets()
    head = _heads.get((record.levelname, record.name))
    if head is None or head.secrets is not secrets:
        head = _new_head(record.levelname, record.name, secrets)
    fields = _fields(record, message)
    if head is None or fields is None:
        return None
    if exception:
        fields["exception"] = "".join(exception)
    names = tuple(fields)
    layout = _layouts.get(names)
    if layout is None or layout.secrets is not secrets:
        layout = _new_layout(names, secrets)
    if not layout.plain:
        return None
    if layout.names is not None:
        fields = {name: fields[name] for name in layout.names}
    unseen = _unseen(fields, exception, secrets)
    if unseen is None:
        return None
    suspect = unseen and not are_harmless(unseen)
    if suspect and (exception or not _redact_texts(fields, unseen, redact)):
        return None
    try:
        encoded = dump_plain(fields)
    except (TypeError, ValueError):  # another type, a lone surrogate, an integer beyond 64 bits
        return None
    line = line_start(record.created) + head.text + encoded[1:]
    if len(line) > MAX_TEXT:
        return None
    if suspect or not line.isascii():  # a harmless text in ASCII holds no control character
        line = without_breakers(line)
    return line, fields


def _fields(record: logging.LogRecord, message: str) -> Fields | None:
    """Return message, context and extras, or None for a record whose attributes are in another order."""
    attributes = record.__dict__
    added = islice(attributes.items(), _LAST_PLAIN, None)
    if next(added, _NO_PAIR)[0] != _LAST_PLAIN_NAME:
        return None
    fields: Fields = {"msg": message}
    if RECORD_KEY in attributes:
        fields.update(attributes[RECORD_KEY])
        fields.update(added)
        fields.pop(RECORD_KEY, None)
    else:
        if context := current():
            fields.update(context)
        fields.update(added)
    return fields if fields["msg"] is message else None


def _unseen(  # noqa: C901 - every log call comes through here, and a call per value would cost as much as the rest
    fields: Fields, exception: list[str] | None, secrets: KnownSecrets
) -> list[str] | None:
    """Return the texts that were not seen before, or None when a value is not plain; leave known ones out if None."""
    known = secrets.harmless.young
    unseen: list[str] = []
    left_out: list[str] = []
    checked = fields["exception"] if exception else None
    for name, value in fields.items():
        kind = type(value)
        if kind is str:
            if hash(value) not in known and value is not checked:
                unseen.append(value)  # type: ignore[arg-type] # it is a str
        elif kind is int:
            if not -INT64 <= value < INT64:  # type: ignore[operator] # it is an int
                return None
        elif value is None:
            if name in RANKS:
                left_out.append(name)
        elif kind is float:
            if value - value != 0.0:  # type: ignore[operator] # it is a float, and not a finite one
                return None
        elif kind is not bool and add_unseen(value, unseen, secrets) > MAX_VALUES:
            return None
    for name in left_out:
        del fields[name]
    if exception:
        unseen += [piece for piece in exception if hash(piece) not in known]
    return unseen


def _redact_texts(fields: Fields, unseen: list[str], redact: Redactor) -> bool:
    """Redact the fields' own texts; return False when one is too long, or a suspect one stands deeper."""
    deeper, own = list(unseen), Fields()
    for name, value in fields.items():
        if type(value) is str and value in deeper:
            if len(value) > MAX_TEXT:
                return False
            deeper.remove(value)
            own[name] = value
    redacted = None if any(map(is_suspect, deeper)) else redact(own)
    if not isinstance(redacted, dict):
        return False
    fields.update(redacted)
    return True


def _new_head(level: object, logger: object, secrets: KnownSecrets) -> _Head | None:
    """Return what stands between a line's time and its message, or None for names that are not plain."""
    if type(level) is not str or type(logger) is not str or len(level) + len(logger) > MAX_NAME:
        return None
    text = f'","level":{encode_basestring(level)},"logger":{encode_basestring(logger)},'
    if is_suspect(level) or is_suspect(logger):
        return None
    if len(_heads) >= MAX_REMEMBERED:
        _heads.clear()
    head = _heads[level, logger] = _Head(text.encode(), secrets)
    return head


def _new_layout(names: tuple[str, ...], secrets: KnownSecrets) -> _Layout:
    """Return the order of fields in a line, and whether all their names are plain and tell nothing."""
    added = [name for name in names[1:] if name not in RESERVED]
    ordered = ("msg", *sorted(added, key=lambda name: RANKS.get(name, len(RANKS))))
    plain = len(names) <= MAX_NAMES and OWN.isdisjoint(added) and all(tells_nothing(name, secrets) for name in added)
    if len(_layouts) >= MAX_REMEMBERED:
        _layouts.clear()
    layout = _Layout(secrets, None if ordered == names else ordered, plain)
    if len(names) <= MAX_NAMES:
        _layouts[names] = layout
    return layout
