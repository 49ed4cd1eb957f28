"""What may stand between a telling name and its value, and what needs nothing between."""

import re
from typing import Final

from bot.logging.telling_names import TellingName

LINK: Final = re.compile(
    r"(?:(?P<quote>\\{0,63}[\"'`])[\])]?|\])?(?:\*\*|__)?(?P<space>[ \t\u00a0]{0,40})"
    r"(?:\((?:[a-z]+, ?)?[a-z]{2,12}\)[ ]?)?"
    r"(?P<aside>(?:(?:for|of|from|by|f\u00fcr|pour|para) (?:(?:the )?(?:user|account|role|member|bot|login) )?"
    r"\\{0,7}[\"'`]?[\w.@+-]{1,60}\\{0,7}[\"'`]?[ ]?(?=:[ ])"
    r"|(?:lautet|ist|is|are|was|est|es|now|provided|received|entered|used|given|sent|supplied)[ ]?(?=:[ ])))?"
    r"(?:(?P<typed>:[ \t]?(?:str|bytes|SecretStr|Any)(?:[ \t]?\|[ \t]?None)?[ \t]?=(?!=))"
    r"|(?P<op>=>|->|[=!]=|:=|[:=\uff1a\uff1d](?![=:])|%3[AaDd]|::(?=[^\s:\"'(<>]{6,400}(?:[\s\"',;]|\Z)))(?:\*\*|__)?"
    r"(?:(?:\s|\\{1,3}n){0,12}string\([0-9]{1,6}\)(?=[ ]\\{0,63}\"))?"
    r"|(?P<comma>,(?:(?:[ ]?\\{0,63}[\"'][\w-]{1,20}\\{0,63}[\"'][ ]?:[ ]?"
    r"(?:\\{0,63}[\"'][\w /.-]{0,40}\\{0,63}[\"']|[a-z]{4,5}|[0-9]{1,12}),){0,3}"
    r"[ ]?\\{0,63}[\"'][Vv]alue\\{0,63}[\"'][ ]?:)?)"
    r"|(?P<attribute>(?:type=\\{0,3}[\"']\w+\\{0,3}[\"'] )?[Vv]alue[ ]?=[ ]?"
    r"|(?:\r?\n|\\[rn])[ \t-]{0,20}value:[ ]?|(?:\r\n|\\r\\n){2})"
    r"|(?P<tag>(?:[\w:.-]{1,40}=\\{0,7}[\"'][^\"'<>]{0,200}[\"'][ ]?){0,4}>(?=[^<>]{1,512}<\\?/)"
    r"|</(?:t[hdt]|d[td]|b|strong|code|label|span)>[ ]?(?:<(?:t[hd]|dd|code|span)>|[:=]))|(?P<cell>\|)"
    r"|(?P<verb>(?:was set to|is set to|set to|changed to|is|was|are|ist|est|lautet|from|to)[ ]))?[ \t\u00a0]{0,8}"
    r"(?P<below>(?:[|>][+-]?[ ]?)?(?:\r?\n|\\{1,3}r\\{1,3}n|\\{1,3}n)[ \t]{0,20}"
    r"(?=(?:(?:base64:)?[^\s:=]{8,512}={0,2}|(?![A-Za-z_]\w{0,60}=)(?=[^\s:]{0,60}[^\w\s:=.-])[^\s:]{8,512})"
    r"(?:\s|[\"'\\]|\Z)))?",
    re.ASCII,
)
"""What may stand between a name and its value."""

PART_OF_A_CALL: Final = re.compile(r"[a-z]{2,16}\)")
OTHER_PAIR: Final = re.compile(r"[a-z][a-z_]{1,20}=(?![=\s]|\Z)")
BARE_CREDENTIAL: Final = re.compile(
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![\w-])"
    r"|(?=[A-Za-z_+/-]{0,60}[0-9])[A-Za-z0-9_+/-]{20,400}={0,2}(?![\w(:])|(?![\w.]{1,40}=)(?=\S{0,30}[0-9])(?=\S{0,30}[!#%*^~$@+=])(?=\S{0,30}[A-Za-z])"
    r"[^\s\"'(){}<>\[\],:/]{10,80}(?![^\s\"])"
)
"""A word that nobody takes for prose: behind a telling name it needs no sign."""

GOES_ON: Final = re.compile(
    r"(?:\\{0,7}[\"'](?:(?:[ ]?\+[ ]?|[ ]\.[ ])(?:\\?\r?\n[ \t]{0,40})?"
    r"|[ ]?\\?\r?\n[ \t]{0,40}(?:[+.][ ]?)?)\\{0,7}[\"']"
    r"[^\s\"'\\]{1,400}|\\?\r?\n[ \t]{0,40}[^\s\"'\\:={}]{1,400})(?=\\{0,7}[\"'](?:[\s,;+.)}\]\\]|\Z))"
)
"""A quoted value that goes on in another pair of quotes, or in the next line up to its closing quote."""

_ALIGNED: Final = re.compile(
    r"(?!(?:19|20)[0-9]{2}-|[0-9.]+[a-z]{0,3}(?:\s|\Z))"
    r"(?=[^\s]{0,60}[0-9])(?=[^\s]{0,60}[A-Za-z])[^\s\"'(){}<>\[\],:/|]{8,200}(?!\S)",
    re.ASCII,
)


def is_aligned(text: str, name: TellingName, link: re.Match[str]) -> bool:
    """Whether a strong name's value stands in the next column: behind a tab or a wide gap, and no time or version."""
    gap = link["space"]
    strong = not name.weak or name.kind == "password"
    return strong and ("\t" in gap or len(gap) > 1) and _ALIGNED.match(text, link.end()) is not None


def is_code(value: str, name: TellingName) -> bool:
    """Whether a table's cell is a number to be typed in: only a strong name tells it from a count."""
    return not name.weak and value.isdigit() and 4 <= len(value) <= 12
