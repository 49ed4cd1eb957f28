"""Any Python object as plain JSON values: bounded in depth, number and length, and free of cycles."""

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time
from enum import Enum
from functools import partial
from itertools import islice
from pathlib import PurePath
from typing import Final
from uuid import UUID

from bot.logging.guard import attempt
from bot.logging.line_limits import MAX_TEXT

MAX_DEPTH: Final = 10
MAX_VALUES: Final = 1_000
MAX_INT_BITS: Final = 256

INT64: Final = 1 << 63
NOT_PLAIN: Final = MAX_VALUES + 1


def _failed(_: Exception) -> str:
    return "<repr failed>"


class Flattener:
    """Turns one record's values into plain JSON values within one allowance of values for all of them."""

    def __init__(self, clip: Callable[[str], str]) -> None:
        self._clip = clip
        self._left = MAX_VALUES
        self._path: set[int] = set()

    def flatten(self, value: object) -> object:
        """Return str, int, float, bool, None, list or dict; what cannot be shown becomes `<…>`."""
        return self._flatten(value, 0)

    def name(self, key: object) -> str:
        """Return a mapping's key as text."""
        return self._clip(key if type(key) is str else attempt(partial(str, key), _failed))

    def _flatten(self, value: object, depth: int) -> object:
        self._left -= 1
        if self._left < 0:
            return "<more>"
        if isinstance(value, str) and not isinstance(value, Enum):
            return self._clip(str.__str__(value))
        if value is None or isinstance(value, bool) or (type(value) is int and -INT64 <= value < INT64):
            return value
        return attempt(partial(self._flatten_scalar, value, depth), _failed)

    def _flatten_scalar(self, value: object, depth: int) -> object:
        if isinstance(value, Enum):
            return self._flatten(value.value, depth + 1) if depth < MAX_DEPTH else "<depth>"
        if isinstance(value, int):
            bits = int.bit_length(value)
            return int.__int__(value) if bits <= MAX_INT_BITS else f"<int {bits} bits>"
        if isinstance(value, float):
            return float.__float__(value) if math.isfinite(value) else float.__repr__(value)
        text = _as_text(value)
        return self._flatten_container(value, depth) if text is None else self._clip(text)

    def _flatten_container(self, value: object, depth: int) -> object:
        if id(value) in self._path:
            return "<cyclic>"
        if depth >= MAX_DEPTH:
            return "<depth>"
        self._path.add(id(value))
        inside = attempt(partial(self._flatten_inside, value, depth + 1), _failed)
        self._path.discard(id(value))
        return inside

    def _flatten_inside(self, value: object, depth: int) -> object:
        if isinstance(value, dict):
            return self._flatten_pairs(dict.items(value), depth)
        if isinstance(value, Mapping):
            return self._flatten_pairs(value.items(), depth)
        if isinstance(value, (list, tuple, AbstractSet)):
            return [self._flatten(item, depth) for item in islice(value, max(self._left, 0) + 1)]
        if dataclasses.is_dataclass(value):
            shown = (field.name for field in dataclasses.fields(value) if field.repr)
            return self._flatten_pairs(((name, getattr(value, name)) for name in shown), depth)
        return self._clip(repr(value))

    def _flatten_pairs(self, pairs: Iterable[tuple[object, object]], depth: int) -> dict[str, object]:
        return {self.name(key): self._flatten(value, depth) for key, value in islice(pairs, max(self._left, 0) + 1)}


def plain_size(value: object, depth: int = 0) -> int:  # noqa: PLR0911 - a row per type, on every log call
    """Return how many values a plain JSON value holds; above MAX_VALUES when any part of it has to be flattened."""
    kind = type(value)
    if kind is str:
        return 1 if len(value) <= MAX_TEXT else NOT_PLAIN  # type: ignore[arg-type] # it is a str
    if kind is int:
        return 1 if -INT64 <= value < INT64 else NOT_PLAIN  # type: ignore[operator] # it is an int
    if kind is bool or value is None:
        return 1
    if kind is float:
        return 1 if math.isfinite(value) else NOT_PLAIN  # type: ignore[arg-type] # it is a float
    if depth >= MAX_DEPTH or (kind is not dict and kind is not list):
        return NOT_PLAIN
    inside: list[object] = value if kind is list else list(value.values())  # type: ignore[assignment,attr-defined] # it is one or the other
    if len(inside) > MAX_VALUES or (kind is dict and not all(map(_is_plain_name, value))):  # type: ignore[call-overload] # a dict
        return NOT_PLAIN
    size = 1
    for item in inside:
        size += plain_size(item, depth + 1)
        if size > MAX_VALUES:
            return NOT_PLAIN
    return size


def _is_plain_name(name: object) -> bool:
    return type(name) is str and len(name) <= MAX_TEXT


def _as_text(value: object) -> str | None:
    """Return the text of a value that has a usual one, else None."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode("utf-8", "backslashreplace")
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, type):
        return f"{value.__module__}.{value.__qualname__}"
    return str(value) if isinstance(value, (UUID, PurePath)) else None
