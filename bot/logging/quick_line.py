"""The line of a plain record, which most are: text is joined, and nothing is built that the line does not need."""

import logging
from itertools import islice
from json.encoder import encode_basestring
from math import isfinite
from typing import Final, NamedTuple

from bot.logging.context import RECORD_KEY, current
from bot.logging.json_line import to_json, without_breakers
from bot.logging.line_form import OWN, PLAIN_RECORD, RANKS, RESERVED, timestamp
from bot.logging.line_limits import MAX_TEXT
from bot.logging.plain_values import INT64, MAX_VALUES, plain_size

MAX_REMEMBERED: Final = 512
MAX_NAMES: Final = 32
MAX_NAME: Final = 200
"""How many heads and layouts are remembered, and of what size at most."""

_LAST_PLAIN: Final = len(PLAIN_RECORD) - 1
_LAST_PLAIN_NAME: Final = PLAIN_RECORD[-1]
_NO_PAIR: Final = ("", None)
"""Where a plain record's attributes end; context and extras come behind."""


class _Field(NamedTuple):
    """A field's name, as a name and as it is written in front of its value; `optional` ones are left out when None."""

    name: str
    written: str
    optional: bool


_heads: Final[dict[tuple[str, str], str]] = {}
_layouts: Final[dict[tuple[str, ...], tuple[_Field, ...] | None]] = {}
"""What a call site writes alike each time: level and logger; and its fields' names in their order, None: not plain."""


def quick_line(record: logging.LogRecord, message: str) -> bytes | None:
    """Return the line as the formatter would write it in full, or None when this record needs that care."""
    if record.exc_info or record.exc_text or record.stack_info or len(message) > MAX_TEXT:
        return None
    head = _heads.get((record.levelname, record.name)) or _new_head(record.levelname, record.name)
    found = _found(record)
    if head is None or found is None:
        return None
    parts = ['{"ts":"', timestamp(record.created), head, encode_basestring(message)]
    if found:
        names = tuple(found)
        layout = _layouts[names] if names in _layouts else _new_layout(names)
        if layout is None or not _add(parts, layout, found):
            return None
    parts.append("}")
    try:
        line = "".join(parts).encode()
    except UnicodeEncodeError:  # a lone surrogate
        return None
    return line if line.isascii() and b"\x7f" not in line else without_breakers(line)


def _found(record: logging.LogRecord) -> dict[str, object] | None:
    """Return context and extras, or None for a record whose attributes are in another order."""
    attributes = record.__dict__
    added = islice(attributes.items(), _LAST_PLAIN, None)
    if next(added, _NO_PAIR)[0] != _LAST_PLAIN_NAME:
        return None
    context = attributes[RECORD_KEY] if RECORD_KEY in attributes else current()
    found = dict(context) if context else {}
    for name, value in added:
        if name not in RESERVED:
            found[name] = value
    return found


def _add(  # noqa: C901 - every log call comes through here, and a call per value would cost as much as the rest
    parts: list[str], layout: tuple[_Field, ...], found: dict[str, object]
) -> bool:
    """Add the fields; False when one of them is not plain."""
    left = MAX_VALUES - len(layout)
    for name, written, optional in layout:
        value = found[name]
        kind = type(value)
        if kind is str:
            if len(value) > MAX_TEXT:  # type: ignore[arg-type] # it is a str
                return False
            parts.append(written + encode_basestring(value))  # type: ignore[arg-type] # it is a str
        elif kind is int:
            if not -INT64 <= value < INT64:  # type: ignore[operator] # it is an int
                return False
            parts.append(f"{written}{value}")
        elif value is None:
            if not optional:
                parts.append(f"{written}null")
        elif kind is bool:
            parts.append(f"{written}true" if value else f"{written}false")
        elif kind is float:
            if not isfinite(value):  # type: ignore[arg-type] # it is a float
                return False
            parts.append(f"{written}{value!r}")
        else:
            left -= plain_size(value)
            if left < 0:
                return False
            parts.append(written + to_json(value))
    return True


def _new_head(level: object, logger: object) -> str | None:
    """Return what stands between a line's time and its message, or None for names that are not plain."""
    if type(level) is not str or type(logger) is not str or len(level) + len(logger) > MAX_NAME:
        return None
    if len(_heads) >= MAX_REMEMBERED:
        _heads.clear()
    head = f'","level":{encode_basestring(level)},"logger":{encode_basestring(logger)},"msg":'
    _heads[level, logger] = head
    return head


def _new_layout(names: tuple[str, ...]) -> tuple[_Field, ...] | None:
    """Return the fields in the order of a line, or None when a name of them is not plain."""
    plain = len(names) <= MAX_NAMES and OWN.isdisjoint(names)
    if not plain or not all(type(name) is str and len(name) <= MAX_NAME for name in names):
        return None
    if len(_layouts) >= MAX_REMEMBERED:
        _layouts.clear()
    ordered = sorted(names, key=lambda name: RANKS.get(name, len(RANKS)))
    layout = tuple(_Field(name, f",{encode_basestring(name)}:", name in RANKS) for name in ordered)
    _layouts[names] = layout
    return layout
