"""Finds text in encoded lines, in any case, without decoding those that cannot hold it."""

import json
import logging
import re
from collections.abc import Iterator, Sequence
from typing import Final

from bot.logging.json_line import to_json
from bot.logging.line_ring import Line

PORTION: Final = 100
"""Lines that are looked at before others get a turn: well under a millisecond."""

_FOLDS_TO_ASCII: Final = re.compile(
    b"\xc3\x9f|\xc4\xb0|\xc5[\x89\xbf]|\xc7\xb0|\xe1\xba[\x96-\x9a\x9e]|\xe2\x84\xaa|\xef\xac[\x80-\x86]"
)
"""Characters that are ASCII letters, or hold some, once upper and lower case are the same: ß, ſ, K, ﬁ …"""


class UnknownLevel(ValueError):
    """There is no log level of this name; the sentence lists them."""


class Search:
    """Which lines are wanted: those of at least `level` that hold `contains`. Raises UnknownLevel."""

    def __init__(self, level: str | None, contains: str | None) -> None:
        self._least = level_number(level) if level is not None else None
        self._needles = _needles(contains) if contains else ()
        self._ascii = tuple(needle.encode() for needle in self._needles if needle.isascii())
        self._is_ascii = len(self._ascii) == len(self._needles)

    def newest(self, lines: Sequence[Line], wanted: int) -> Iterator[list[str]]:
        """Yield matching lines newest first, `wanted` in all, once for each portion of lines looked at."""
        end, left = len(lines), wanted
        while end > 0 and left > 0:
            found = []
            for levelno, text in reversed(lines[max(end - PORTION, 0) : end]):
                if (self._least is None or levelno >= self._least) and self._holds(text):
                    found.append(text.decode())
                    if len(found) == left:
                        break
            end -= PORTION
            left -= len(found)
            yield found

    def _holds(self, text: bytes) -> bool:
        if not self._needles:
            return True
        lowered = text.lower()  # of bytes: A to Z only
        for needle in self._ascii:
            if needle in lowered:
                return True
        if text.isascii() or (self._is_ascii and _FOLDS_TO_ASCII.search(text) is None):
            return False
        folded = text.decode().casefold()
        return any(needle in folded for needle in self._needles)


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
