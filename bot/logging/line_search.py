"""Finds text in encoded lines, in any case, without decoding those that cannot hold it."""

import json
import logging
import re
import sys
from collections.abc import Iterator, Sequence
from typing import Final

from bot.logging.json_line import to_json
from bot.logging.line_ring import Line

PORTION: Final = 100
"""Lines that are looked at before others get a turn: well under a millisecond."""

_FOLD_TO_ASCII: Final = re.compile(
    b"\xc3\x9f|\xc4\xb0|\xc5[\x89\xbf]|\xc7\xb0|\xe1\xba[\x96-\x9a\x9e]|\xe2\x84\xaa|\xef\xac[\x80-\x86]"
)
"""Characters that are ASCII letters, or hold some, once upper and lower case are the same: ß, ſ, K, ﬁ …"""

_ANY_LEVEL: Final = -sys.maxsize
_ASCII: Final = bytes(range(128))


class UnknownLevel(ValueError):
    """There is no log level of this name; the sentence lists them."""


class Search:
    """Which lines are wanted: those of at least `level` that hold `contains`. Raises UnknownLevel."""

    def __init__(self, level: str | None, contains: str | None) -> None:
        self._least = level_number(level) if level is not None else _ANY_LEVEL
        self._needles = _needles(contains) if contains else ()
        self._anchors = tuple(_anchor(needle) for needle in self._needles)
        self._is_ascii = all(needle.isascii() for needle in self._needles)

    def newest(self, lines: Sequence[Line], wanted: int) -> Iterator[list[str]]:
        """Yield matching lines newest first, `wanted` in all, once for each portion of lines looked at."""
        end, left, least = len(lines), wanted, self._least
        while end > 0 and left > 0:
            portion = lines[max(end - PORTION, 0) : end]
            texts = [text for levelno, text in portion if levelno >= least]
            found = self._holding(texts)[-left:] if texts and self._needles else texts[-left:]
            end -= PORTION
            left -= len(found)
            yield [text.decode() for text in reversed(found)]

    def _holding(self, texts: list[bytes]) -> list[bytes]:
        """Return those of a portion's lines that hold one of the needles."""
        whole = b"\n".join(texts)  # no line holds a line end
        lowered = whole.lower()  # of bytes: A to Z only
        if whole.isascii() or self._is_ascii:
            found = self._holding_ascii(texts, lowered)
            if len(found) == len(texts) or whole.isascii() or not _may_fold(whole):
                return found
        if not any(anchor in lowered for anchor in self._anchors) and not _may_fold(whole):
            return []
        folded = whole.decode().casefold()
        if not any(needle in folded for needle in self._needles):
            return []
        lines = folded.split("\n")
        return [text for text, line in zip(texts, lines, strict=True) if any(map(line.__contains__, self._needles))]

    def _holding_ascii(self, texts: list[bytes], lowered: bytes) -> list[bytes]:
        needles = [needle.encode() for needle in self._needles if needle.isascii()]
        needles = [needle for needle in needles if needle in lowered]
        if not needles:
            return []
        lines = lowered.split(b"\n")
        if len(needles) == 1:
            (needle,) = needles
            # `find`, not `in`: of bytes, `in` asks first whether the needle is a number
            return [text for text, line in zip(texts, lines, strict=True) if line.find(needle) >= 0]
        return [text for text, line in zip(texts, lines, strict=True) if any(map(line.__contains__, needles))]


def _may_fold(text: bytes) -> bool:
    """Whether a character in it may become ASCII once upper and lower case are the same; False is certain."""
    return _FOLD_TO_ASCII.search(text.translate(None, _ASCII)) is not None


def _anchor(needle: str) -> bytes:
    """Return the longest run of ASCII in a needle: a line without it holds the needle only by a fold to ASCII."""
    return max(re.findall(r"[\x00-\x7f]+", needle), key=len, default="").encode()


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
