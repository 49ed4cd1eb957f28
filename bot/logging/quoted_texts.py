"""Quoted texts: how one opens, at any depth of escaping, and where it ends."""

import re
from typing import Final

OPENING: Final = re.compile(r"(?:<<)?[rRbBuUfF]{0,2}(?P<slashes>\\{0,63})(?P<quote>[\"'`])")
_NEXT_VALUE: Final = r"[ ]?:[ ]?\\{0,63}[\"']"
_AFTER_WORD: Final = re.compile(rf"\w|{_NEXT_VALUE}")
_AFTER_SLASHES: Final = re.compile(rf"[^\s,;:)}}\]\\\"']|{_NEXT_VALUE}")
"""Behind a quote that closes nothing: an apostrophe, one that was escaped more than once, or the end of a next name."""

_MOST_QUOTES: Final = 200


def closing_quote(text: str, start: int, quote: str, slashes: int) -> int:
    """Return where a quoted text ends, given the backslashes before its opening quote; unclosed, it ends with its line.

    Each level of escaping doubles backslashes and adds one before a quote, so levels are undone until none is left.
    """
    at, line_end = start, text.find("\n", start)
    line_end = len(text) if line_end < 0 else line_end
    for _ in range(_MOST_QUOTES):
        if (at := text.find(quote, at, line_end)) < 0:
            break
        before = at
        while before > start and text[before - 1] == "\\":
            before -= 1
        level, inner = slashes, at - before
        while level % 2 and inner % 2:
            level, inner = level // 2, inner // 2
        at += 1
        if level == 0 and inner % 2 == 0 and not (_AFTER_SLASHES if inner else _AFTER_WORD).match(text, at):
            return at - 1 - slashes
    return line_end
