"""The line of a plain record, which most are: encoded in one go, and only what was not seen before is looked at."""

import logging
from itertools import islice
from json.encoder import encode_basestring
from typing import Final, NamedTuple

from bot.logging.context import RECORD_KEY, current
from bot.logging.json_line import IS_STRICT, to_strict_json, without_breakers
from bot.logging.known_secrets import KnownSecrets
from bot.logging.line_form import OWN, PLAIN_RECORD, RANKS, RESERVED, timestamp
from bot.logging.plain_values import MAX_DEPTH, MAX_VALUES, plain_size
from bot.logging.redaction import VALUE_KEYS, are_harmless, is_suspect, known_secrets, may_hold_secret
from bot.logging.telling_names import telling_name

MAX_REMEMBERED: Final = 512
MAX_NAMES: Final = 32
MAX_NAME: Final = 200
"""How many heads and layouts are remembered, and of what size at most."""

_LAST_PLAIN: Final = len(PLAIN_RECORD) - 1
_LAST_PLAIN_NAME: Final = PLAIN_RECORD[-1]
_NO_PAIR: Final = ("", None)
"""Where a plain record's attributes end; context and extras come behind."""

_SCALARS: Final = frozenset({int, float, bool, type(None)})

Fields = dict[str, object]


class _Head(NamedTuple):
    """What stands between a line's time and its message."""

    text: str
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


def quick_line(
    record: logging.LogRecord, message: str, exception: list[str] | None, limit: int
) -> tuple[bytes, Fields] | None:
    """Return line and fields as the formatter would in full, or None when this record needs that care.

    `exception` are the pieces of the traceback's text; a line takes at most `limit` bytes.
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
    encoded = _encoded(fields, limit)
    if encoded is None or not _is_harmless(fields, exception, encoded, secrets):
        return None
    line = f'{{"ts":"{timestamp(record.created)}{head.text}'.encode() + encoded[1:]
    if len(line) > limit:
        return None
    return (line if line.isascii() and b"\x7f" not in line else without_breakers(line)), fields


def _fields(record: logging.LogRecord, message: str) -> Fields | None:
    """Return message, context and extras, or None for a record whose attributes are in another order."""
    attributes = record.__dict__
    added = islice(attributes.items(), _LAST_PLAIN, None)
    if next(added, _NO_PAIR)[0] != _LAST_PLAIN_NAME:
        return None
    fields: Fields = {"msg": message}
    context = attributes[RECORD_KEY] if RECORD_KEY in attributes else current()
    if context:
        fields.update(context)
    fields.update(added)
    fields.pop(RECORD_KEY, None)
    return fields if fields["msg"] is message else None


def _encoded(fields: Fields, limit: int) -> bytes | None:
    """Return the fields as JSON, without known ones that are None; None when not all are plain, or too long."""
    encoded = to_strict_json(fields) if IS_STRICT else b"null"
    if encoded is None or len(encoded) > limit:
        return None
    doubtful = b"null" in encoded or len(encoded) > MAX_VALUES  # what is not finite is written so, too
    if not doubtful and encoded.count(b"{") + encoded.count(b"[") <= MAX_DEPTH:
        return encoded
    if plain_size(fields) > MAX_VALUES:
        return None
    left_out = [name for name, value in fields.items() if value is None and name in RANKS]
    for name in left_out:
        del fields[name]
    return encoded if IS_STRICT and not left_out else to_strict_json(fields)


def _is_harmless(fields: Fields, exception: list[str] | None, encoded: bytes, secrets: KnownSecrets) -> bool:
    """Whether nothing that was not seen before may hold a secret."""
    known = secrets.harmless.young
    unknown: list[str] = []
    checked = fields["exception"] if exception else None
    for value in fields.values():
        kind = type(value)
        if kind is str:
            if value is not checked and hash(value) not in known:
                unknown.append(value)  # type: ignore[arg-type] # it is a str
        elif kind not in _SCALARS:
            return not may_hold_secret(encoded)
    if exception:
        unknown += [piece for piece in exception if hash(piece) not in known]
    return not unknown or are_harmless(unknown)


def _new_head(level: object, logger: object, secrets: KnownSecrets) -> _Head | None:
    """Return what stands between a line's time and its message, or None for names that are not plain."""
    if type(level) is not str or type(logger) is not str or len(level) + len(logger) > MAX_NAME:
        return None
    text = f'","level":{encode_basestring(level)},"logger":{encode_basestring(logger)},'
    if is_suspect(level) or is_suspect(logger):
        return None
    if len(_heads) >= MAX_REMEMBERED:
        _heads.clear()
    head = _heads[level, logger] = _Head(text, secrets)
    return head


def _new_layout(names: tuple[str, ...], secrets: KnownSecrets) -> _Layout:
    """Return the order of fields in a line, and whether all their names are plain and tell nothing."""
    plain = len(names) <= MAX_NAMES and all(type(name) is str and len(name) <= MAX_NAME for name in names)
    added = [name for name in names[1:] if name not in RESERVED] if plain else []
    ordered = ("msg", *sorted(added, key=lambda name: RANKS.get(name, len(RANKS))))
    plain = plain and OWN.isdisjoint(added) and VALUE_KEYS.isdisjoint(added)
    plain = plain and not any(telling_name(name) or is_suspect(name) for name in added)
    if len(_layouts) >= MAX_REMEMBERED:
        _layouts.clear()
    layout = _Layout(secrets, None if ordered == names else ordered, plain)
    if len(names) <= MAX_NAMES:
        _layouts[names] = layout
    return layout
