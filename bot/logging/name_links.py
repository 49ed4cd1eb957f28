"""What may stand between a telling name and its value, and what needs nothing between."""

import re
from typing import Final

from bot.logging.telling_names import TellingName, looks_like_credential
from bot.logging.value_shapes import ATTRIBUTE, USUAL_OWNERS

LINK: Final = re.compile(
    # what closes the name, an index behind it, marks of emphasis, leaders, a type
    r"(?:(?P<quote>\\{0,63}[\"'`])[\])]?|\[[0-9]{0,3}\]|[\]})])?(?:\*{1,2}|__|_(?=:))?(?:[ ]?\.{3,80})?"
    r"(?P<space>[ \t\u00a0]{0,40})(?:[(\[](?:[a-z]+, ?)?[a-z]{2,12}(?:[ =:]{1,2}[0-9]{1,5})?[)\]][ ]?)?"
    # whose it is
    r"(?P<aside>(?:(?:for|FOR|of|from|by|f\u00fcr|pour|para) (?:(?:the )?(?:user|account|role|member|bot|login) )?"
    r"\\{0,7}[\"'`]?[\w.@+-]{1,60}\\{0,7}[\"'`]?(?:@\\{0,7}[\"'`][\w.%-]{0,60}\\{0,7}[\"'`])?[ ]?(?=[:=][ ])"
    r"|(?:changed|updated|rotated|replaced|lautet|ist|is|are|was|est|es|now|provided|received|entered|used|given"
    r"|sent|supplied)[ ]?(?=:[ ])))?"
    # a sign, with a type before it
    r"(?:(?P<typed>:[ \t]?(?:str|bytes|SecretStr|Any|string|String|&str|text|char \*)(?:[ \t]?\|[ \t]?None)?[ \t]?"
    r"=(?!=))"
    # another name that says that the value follows
    r"|(?P<attribute>;[sS]:[0-9]{1,7}:(?=\\{0,63}\")|,[ ]?(?:new_?)?[Vv]alue[ ]?[=:][ ]?"
    r"|(?:\r?\n|\\n)\[1\][ ](?=\\{0,7}\")|(?:/t [A-Z_]{2,20} )?/d (?=\S)"
    r"|(?<=[ ])(?:cs[1-6]|flexString[12]|deviceCustomString[1-6])="
    r"|(?:type=\\{0,3}[\"']\w+\\{0,3}[\"'] )?(?:[Vv]alue|[Cc]ontent)[ ]?=[ ]?"
    r"|(?:\r?\n|\\[rn])[ \t-]{0,20}value:[ ]?|(?:\r\n|\\r\\n){2}"
    # a form's part, a validation's input, an option of its own, Erlang's binary
    r"|(?(quote)(?:\n|\\n){2}(?=[^\s:\\]{6,400}(?:\n|\\n|\Z))|(?!))"
    r"|(?:\n|\\n)[ ]{2,4}[^\n\[\\]{4,120}\[type=\w{1,40}, input_value=(?=\\{0,7}[\"'])"
    r"|--type[ =]\w{3,20}[ ]--value[ =]|,[ ]?<<(?=\\{0,7}\"))"
    # a sign, and behind it what a dump says of the value, or what it was before
    r"|(?P<op>=>|->|[=!]==?|:=|<-(?=[ ]?\\{0,7}[\"'])|eq(?=[ ]\\{0,7}[\"'])|\.(?=[ ]\\{0,7}[\"'])"
    r"|[\u2192\u21d2\u21a6\u2794]|[\u4e3a\u662f\u70ba\u304c\u306f](?=[!-~])|[\u300c\u300e\u3010\u300a]"
    r"|[:=\uff1a\uff1d](?![=:])|%3[AaDd]|::(?=[^\s:\"'(<>]{6,400}(?:[\s\"',;]|\Z)))(?:\*\*|__)?"
    r"(?:(?:\s|\\{1,3}n){0,12}string\([0-9]{1,6}\)(?=[ ]\\{0,63}\"))?"
    r"(?:[ ]?(?:null|None|nil|undefined|unset|empty|\(none\)|<unset>|<nil>|\(null\)|\\{0,7}[\"']{2})[ ]?"
    r"(?:->|=>|\u2192)(?=[ ]))?(?:[ ]?!!(?:str|binary)(?=[ \n]))?"
    r"(?:[ ]?(?:Some|Ok|Just|Right)[( ](?=[^\s()\"']{8,400}[)\s]|\\{0,7}[\"']))?"
    # a verb
    r"|(?P<verb>,[ ](?:but[ ])?(?:got|received|found|saw|sent|had)[ ]"
    r"|(?:(?:has been |was |is )?(?:set|changed|rotated|updated|reset|switched) (?:to|from)|is|was|are|ist|est|es|jest"
    r"|\u00e9|lautet|from|to)[ ])"
    # a list's comma, with what stands before a pair's value
    r"|(?P<comma>,(?:(?:[ ]?\\{0,63}[\"'][\w-]{1,20}\\{0,63}[\"'][ ]?:[ ]?"
    r"(?:\\{0,63}[\"'][\w /.-]{0,40}\\{0,63}[\"']|[a-z]{4,5}|[0-9]{1,12}),){0,3}"
    r"[ ]?\\{0,63}[\"'][Vv]alue\\{0,63}[\"'][ ]?:)?)"
    # tags, and the border of a table's cell
    r"|(?P<tag>(?:[\w:.-]{1,40}=\\{0,7}[\"'][^\"'<>]{0,200}[\"'][ ]?){0,4}/?>(?=[^<>]{1,512}<\\?/)"
    r"|(?:[ ][\w:.-]{1,40}=\\{0,7}[\"'][^\"'<>]{0,200}[\"']){0,4}>(?:\s|\\n){0,20}<(?:value|string|val|param-value"
    r"|data|text)>"
    r"|</(?:key|[\w-]{0,12}name|property)>(?:\s|\\n|\\t){0,20}<(?:string|value|val|param-value|data|text)>"
    r"|</(?:t[hdt]|d[td]|b|strong|code|label|span)>(?:\s|\\n){0,12}(?:<(?:t[hd]|dd|code|span)>|[:=]))"
    r"|(?P<cell>[|\u2502\u2503\u2551]))?[ \t\u00a0]{0,8}"
    # the value's bracket, or the lines below
    r"(?P<bracket>[(\[](?!redacted)(?=[^\s()\[\]\"',]{8,400}[)\]]))?"
    r"(?P<block>[|>][+-]?[0-9]?[ ]?(?:\r?\n|\\{1,3}r\\{1,3}n|\\{1,3}n)[ \t]{1,20})?"
    r"(?P<below>(?:[|>][+-]?[ ]?)?\\?(?:\r?\n|\\{1,3}r\\{1,3}n|\\{1,3}n)[ \t]{0,20}"
    r"(?=(?:(?:[a-z]{3,8}[ ]){11,23}[a-z]{3,8}|(?:base64:)?[^\s:=]{8,512}={0,2}"
    r"|(?![A-Za-z_]\w{0,60}=)(?=[^\s:]{0,60}[^\w\s:=.-])[^\s:]{8,512})"
    r"(?:\s|[\"'\\]|\Z)))?",
    re.ASCII,
)
"""What may stand between a name and its value."""

ARROWS: Final = frozenset({"->", "\u2192", "\u21d2", "\u21a6", "\u2794"})
"""Signs that also show how a thing changes."""

PART_OF_A_CALL: Final = re.compile(r"[a-z]{2,16}\)")
OTHER_PAIR: Final = re.compile(r"[a-z][a-z_]{1,20}=(?![=\s]|\Z)")
BARE_CREDENTIAL: Final = re.compile(
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![\w-])"
    r"|(?=[A-Za-z_+/-]{0,60}[0-9])[A-Za-z0-9_+/-]{20,400}={0,2}(?![\w(:])"
    r"|(?![\w.]{1,40}=)(?=\S{0,30}[0-9])(?=\S{0,30}[!?#%*^~$@+=])(?=\S{0,30}[A-Za-z])"
    r"[^\s\"'(){}<>\[\],:/]{10,80}(?![^\s\"\]<])"
)
"""A word that nobody takes for prose: behind a telling name it needs no sign."""

GOES_ON: Final = re.compile(
    r"(?:\\{0,7}[\"'](?:(?:[ ]?\+[ ]?|[ ]\.[ ]|[ ]|[ ]?(?:->|=>|\u2192)[ ]?|[ ]to[ ])(?:\\?\r?\n[ \t]{0,40})?"
    r"|[ ]?\\?\r?\n[ \t]{0,40}(?:[+.][ ]?)?)\\{0,7}[\"']"
    r"[^\s\"'\\]{1,400}|\\?\r?\n[ \t]{0,40}[^\s\"'\\:={}]{1,400})(?=\\{0,7}[\"'](?:[\s,;+.)}\]\\]|\Z))"
)
"""A quoted value that goes on in another pair of quotes, or in the next line up to its closing quote."""

_ALIGNED: Final = re.compile(
    r"(?!(?:19|20)[0-9]{2}-|[0-9.]+[a-z]{0,3}(?:\s|\Z))"
    r"(?=[^\s]{0,60}[0-9])(?=[^\s]{0,60}[A-Za-z])[^\s\"'(){}<>\[\],:/|]{8,200}(?!\S)",
    re.ASCII,
)


_NEXT_WORD: Final = re.compile(r"\S{1,200}")


def is_aligned(text: str, name: TellingName, link: re.Match[str]) -> bool:
    """Whether a strong name's value stands in the next column: behind a tab or a wide gap, and no time or version."""
    gap = link["space"]
    strong = not name.weak or name.kind == "password"
    if not strong or ("\t" not in gap and len(gap) < 2):
        return False
    word = _NEXT_WORD.match(text, link.end())
    return _ALIGNED.match(text, link.end()) is not None or (
        word is not None and name.shape is not None and name.shape.fullmatch(word.group()) is not None
    )


def is_code(value: str, name: TellingName) -> bool:
    """Whether a table's cell is a number to be typed in: only a strong name tells it from a count."""
    return not name.weak and value.isdigit() and 4 <= len(value) <= 12


_ECHO: Final = re.compile(
    r"(?:echo|printf|printenv|print|Write-Host|Write-Output|puts|get|>>>|\$)[^\n]{0,30}\Z"
    r"|(?:\A|\n|\\n|[:,\[{][ ]?\\{0,7}\")[\w.-]{0,40}\Z"  # also where a text of JSON begins
)


def is_echoed(before: str) -> bool:
    """Whether a command in front of a name shows its value in the next line."""
    return _ECHO.search(before) is not None


def is_variable(value: str, name: str, row: TellingName) -> bool:
    """Whether the value is a variable of the same name, or an attribute; of a strong name, one of its own name."""
    if value.isidentifier() and value.lower().endswith(name.lower()):
        return value[: -len(name)][-1:] in {"", "_"}
    if not ATTRIBUTE.fullmatch(value):
        return False
    own = value.lower().endswith(name.lower()) or value.startswith(USUAL_OWNERS)
    return own or (row.weak and not looks_like_credential(value))
