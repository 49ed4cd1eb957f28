"""Finds values that stand in front of their names: `"value": …, "name": "password"`, `… is the password`."""

import re
from typing import Final

from bot.logging.name_links import BARE_CREDENTIAL
from bot.logging.spans import Span
from bot.logging.telling_names import FoundName, has_shape, is_harmless, looks_like_credential

_LOOKED_AT: Final = 400
"""Characters in front of a name."""

_LABELLED: Final = re.compile(
    r"(?:\b(?:[Vv]alue|[Vv]al|content)\\{0,7}[\"']?[ ]?[:=][ ]?|\b(?P<label>cs[1-6]|flexString[12]"
    r"|deviceCustomString[1-6])=)"
    r"(?P<quote>\\{0,7}[\"'])?(?P<value>(?(quote)[^\"'\\\n]|[^\s\"'\\,;<>]){4,300})(?(quote)\\{0,7}[\"'])(?:,|[ ]?;)?"
    r"(?:\s|\\n){0,12}(?:- |type=\S{1,20} )?\\{0,7}[\"']?(?:(?:[nN]ame|[kK]ey|field|header|id|variable"
    r"|param)\\{0,7}[\"']?[ ]?[:=][ ]?|(?P=label)Label=)"
    r"\\{0,7}[\"']?[\w.:-]{0,60}\Z"
)
_SAID: Final = re.compile(r"[\"'`]? (?:is|was|as) (?:the |your |my |our |an? )?(?:[\w-]{1,20} ){0,2}[\w-]{0,20}\Z")
_BEFORE_WORD: Final = (" ", "\n", '"', "'", "`")


def value_before(text: str, found: FoundName) -> Span | None:
    """Return the value in front of a name, if it is said there that it belongs to it."""
    first = max(found.start - _LOOKED_AT, 0)
    before = text[first : found.start]
    start, end = _labelled(before) or _said(before) or (0, 0)
    value = before[start:end]
    if is_harmless(value, found.row) or not (looks_like_credential(value) or has_shape(found.row, value)):
        return None
    return Span(first + start, first + end, f"[redacted:{found.row.kind}]")


def _labelled(before: str) -> tuple[int, int] | None:
    """Return where the value stands in `value=… name=`."""
    if "abel=" not in before and "alue" not in before and "content" not in before:
        return None
    told = _LABELLED.search(before)
    return told.span("value") if told else None


def _said(before: str) -> tuple[int, int] | None:
    """Return where the word in front of `is the` stands, when nobody takes it for prose."""
    at = max(map(before.rfind, (" is ", " was ", " as ")))
    at -= before[max(at, 1) - 1] in _BEFORE_WORD if at > 0 else 0
    if at < 0 or _SAID.match(before, at) is None:
        return None
    start = max(before.rfind(mark, 0, at) for mark in _BEFORE_WORD) + 1
    return (start, at) if BARE_CREDENTIAL.fullmatch(before, start, at) else None
