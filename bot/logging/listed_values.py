"""Values in a list, tuple or dict behind a telling name."""

import re
from typing import Final

from bot.logging.spans import Span
from bot.logging.telling_names import TellingName, is_harmless

_LITERAL: Final = r"\\{0,7}[\"'][^\"'\\]{0,200}\\{0,7}[\"']"
_ITEM: Final = rf"(?:{_LITERAL}[ ]?:[ ]?)?(?:{_LITERAL}|[\w.+-]{{1,200}})"
_COLLECTION: Final = re.compile(rf"[(\[{{][ ]?{_ITEM}(?:,[ ]?{_ITEM}){{0,50}}(?:[ ]?:)?")
"""The flat start of a list, tuple or dict."""

_MEMBER: Final = re.compile(
    r"(?P<open>\\{0,7}[\"'])(?P<text>[^\"'\\]{0,200})(?P<close>\\{0,7}[\"'])(?P<key>[ ]?:)?", re.ASCII
)

_MAX_COLLECTION: Final = 256
"""Characters of a collection that are looked at, so that a hostile text costs no more than an honest one."""


def members(text: str, start: int, name: TellingName) -> Span | None:
    """Replace the quoted texts in the list, tuple or dict that begins here, but not a dict's keys."""
    found = _COLLECTION.match(text, start, start + _MAX_COLLECTION)
    if found is None or not _MEMBER.search(found.group()):
        return None

    def replace(member: re.Match[str]) -> str:
        if member["key"] or is_harmless(member["text"], name):
            return member.group()
        return f"{member['open']}[redacted:{name.kind}]{member['close']}"

    return Span(found.start(), found.end(), _MEMBER.sub(replace, found.group()))
