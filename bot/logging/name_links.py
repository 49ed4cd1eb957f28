"""What may stand between a telling name and its value, and what needs nothing between."""

import re
from typing import Final

LINK: Final = re.compile(
    r"(?:(?P<quote>\\{0,63}[\"'`])[\])]?|\])?(?:\*\*|__)?(?P<space>[ \t\u00a0]{0,40})"
    r"(?:\((?:[a-z]+, ?)?[a-z]{2,12}\)[ ]?)?"
    r"(?:(?P<typed>:[ \t]?(?:str|bytes|SecretStr|Any)(?:[ \t]?\|[ \t]?None)?[ \t]?=(?!=))"
    r"|(?P<op>=>|->|[=!]=|:=|[:=\uff1a\uff1d](?![=:])|%3[AaDd])(?:\*\*|__)?"
    r"|(?P<comma>,(?:[ ]?\\{0,63}[\"'][Vv]alue\\{0,63}[\"'][ ]?:)?)"
    r"|(?P<attribute>(?:type=\\{0,3}[\"']\w+\\{0,3}[\"'] )?[Vv]alue[ ]?=[ ]?"
    r"|(?:\r?\n|\\[rn])[ \t-]{0,20}value:[ ]?|(?:\r\n|\\r\\n){2})"
    r"|(?P<tag>>(?=[^<>]{1,512}</)|</t[hd]>[ ]?<td>)|(?P<cell>\|)"
    r"|(?P<verb>(?:was set to|is set to|set to|changed to|is|was|from|to)[ ]))?[ \t\u00a0]{0,8}"
    r"(?P<below>(?:[|>][+-]?[ ]?)?(?:\r?\n|\\{1,3}r\\{1,3}n|\\{1,3}n)[ \t]{0,20}(?=[^\s:=]{8,512}(?:\s|[\"'\\]|\Z)))?",
    re.ASCII,
)
"""What may stand between a name and its value."""

PART_OF_A_CALL: Final = re.compile(r"[a-z]{2,16}\)")
OTHER_PAIR: Final = re.compile(r"[a-z][a-z_]{1,20}=(?![=\s]|\Z)")
BARE_CREDENTIAL: Final = re.compile(
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![\w-])"
    r"|(?=[A-Za-z_+/-]{0,60}[0-9])[A-Za-z0-9_+/-]{20,400}={0,2}(?![\w(:])|(?![\w.]{1,40}=)(?=\S{0,30}[0-9])(?=\S{0,30}[!#%*^~$@+=])(?=\S{0,30}[A-Za-z])"
    r"[^\s\"'(){}<>\[\],:/]{10,80}(?!\S)"
)
"""A word that nobody takes for prose: behind a telling name it needs no sign."""
