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
_SAID: Final = re.compile(
    r"(?P<quote>[\"'`])?(?P<value>[^\s\"'`<>\[\]]{6,300})[\"'`]?[ ](?:is|was|as)[ ](?:the |your |my |our "
    r"|an? )?(?:[\w-]{1,20}[ ]){0,2}[\w-]{0,20}\Z"
)


def value_before(text: str, found: FoundName) -> Span | None:
    """Return the value in front of a name, if it is said there that it belongs to it."""
    before = text[max(found.start - _LOOKED_AT, 0) : found.start]
    told = _LABELLED.search(before) if "abel=" in before or "alue" in before or "content" in before else None
    if told is None:
        told = _SAID.search(before[-200:]) if " is " in before or " was " in before or " as " in before else None
        if told is None or not BARE_CREDENTIAL.match(told["value"]):
            return None
    value = told["value"]
    if is_harmless(value, found.row) or not (looks_like_credential(value) or has_shape(found.row, value)):
        return None
    start = found.start - (len(told.string) - told.start("value"))
    return Span(start, start + len(value), f"[redacted:{found.row.kind}]")
