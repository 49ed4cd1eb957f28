"""The line of a plain record, which most are: encoded in one go, and only what was not seen before is looked at."""

import logging
from collections.abc import Callable, Iterator
from itertools import islice
from json.encoder import encode_basestring
from typing import Any, Final

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
"""How many heads, and orders of how many names at most, are remembered."""

_LAST_PLAIN: Final = len(PLAIN_RECORD) - 1
_LAST_PLAIN_NAME: Final = PLAIN_RECORD[-1]
"""Where a plain record's attributes end; context and extras come behind."""

Fields = dict[str, object]
Redactor = Callable[[object], object]
"""Redacts all texts in a plain value."""


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
    head = secrets.heads.get((record.levelname, record.name)) or _new_head(record.levelname, record.name, secrets)
    told = _told(record, message, secrets)
    if head is None or told is None:
        return None
    fields, unseen = told
    if exception:
        fields["exception"] = "".join(exception)
        known = secrets.harmless.young
        unseen += [piece for piece in exception if hash(piece) not in known]
    names = tuple(fields)
    order = secrets.orders.get(names)
    if order is None:
        order = _new_order(names, secrets)
        if order is None:
            return None
    if order:
        fields = {name: fields[name] for name in order}
    suspect = unseen and not are_harmless(unseen)
    if suspect and (exception or not _redact_texts(fields, unseen, redact)):
        return None
    try:
        encoded = dump_plain(fields)
    except (TypeError, ValueError):  # another type, a lone surrogate, an integer beyond 64 bits
        return None
    line = line_start(record.created) + head + encoded[1:]
    if len(line) > MAX_TEXT:
        return None
    if suspect or not line.isascii():  # a harmless text in ASCII holds no control character
        line = without_breakers(line)
    return line, fields


def _told(  # noqa: C901 - every log call comes through here, and a call per value would cost as much as the rest
    record: logging.LogRecord, message: str, secrets: KnownSecrets
) -> tuple[Fields, list[str]] | None:
    """Return message, context and extras, without the known ones that are None; and their texts not seen before.

    None for a record whose attributes are in another order, or a value that is not plain.
    """
    values = record.__dict__
    names: Iterator[str] = islice(values, _LAST_PLAIN, None)
    if next(names, None) != _LAST_PLAIN_NAME:
        return None
    if RECORD_KEY in values or current():
        values = _with_context(values, names)
        names = iter(values)
    known = secrets.harmless.young
    unseen = [] if hash(message) in known else [message]
    fields: Fields = {"msg": message}
    for name in names:
        value = values[name]
        kind = type(value)
        if kind is str:
            if hash(value) not in known:
                unseen.append(value)
        elif kind is int:
            if not -INT64 <= value < INT64:
                return None
        elif value is None:
            if name in RANKS:
                continue
        elif kind is float:
            if value - value != 0.0:  # not a finite one
                return None
        elif kind is not bool and add_unseen(value, unseen, secrets) > MAX_VALUES:
            return None
        fields[name] = value
    return (fields, unseen) if fields["msg"] is message else None


def _with_context(attributes: dict[str, Any], extras: Iterator[str]) -> dict[str, Any]:
    """Return what is bound to the record or to its task, and the extras; an extra wins."""
    fields = dict(attributes[RECORD_KEY] if RECORD_KEY in attributes else current())
    fields.update((name, attributes[name]) for name in extras if name != RECORD_KEY)
    return fields


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


def _new_head(level: object, logger: object, secrets: KnownSecrets) -> bytes | None:
    """Return what stands between a line's time and its message, or None for names that are not plain."""
    if type(level) is not str or type(logger) is not str or len(level) + len(logger) > MAX_NAME:
        return None
    if is_suspect(level) or is_suspect(logger):
        return None
    if len(secrets.heads) >= MAX_REMEMBERED:
        secrets.heads.clear()
    head = f'","level":{encode_basestring(level)},"logger":{encode_basestring(logger)},'.encode()
    secrets.heads[level, logger] = head
    return head


def _new_order(names: tuple[str, ...], secrets: KnownSecrets) -> tuple[str, ...] | None:
    """Return the names in a line's order, nothing when it is theirs, or None when one is not plain or tells of one."""
    added = [name for name in names[1:] if name not in RESERVED]
    if len(names) > MAX_NAMES or not OWN.isdisjoint(added):
        return None
    if not all(tells_nothing(name, secrets) for name in added):
        return None
    ordered = ("msg", *sorted(added, key=lambda name: RANKS.get(name, len(RANKS))))
    if len(secrets.orders) >= MAX_REMEMBERED:
        secrets.orders.clear()
    secrets.orders[names] = order = () if ordered == names else ordered
    return order
