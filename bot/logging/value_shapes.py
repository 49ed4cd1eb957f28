"""What the values of telling names look like in a text: words, cookies, expressions, lists."""

import re
from typing import Final

_MARKER: Final = r"\[redacted:[a-z-]+\]"
_ESCAPED_END: Final = r"\\(?!\\{0,63}[\"'nrt])"
"""A backslash that belongs to the value, not to an escaped quote or line end behind it."""

WORD: Final = re.compile(
    rf"(?:{_MARKER}|\$?\{{\{{?[ \w.!:]{{0,80}}\}}\}}?"
    r"|[^\s\"'`,;&)}\]<\\]"
    r"|[\"'`](?![\s,;:.)}\]\\\"'`]|\Z)"
    r"|[,;&](?!\s|\Z|[\"']|[\w.-]{1,40}[=:])"
    r"|[)}\]](?![\s,;:.)}\]\"'\\]|\Z)"
    r"|<(?![/A-Za-z])"
    rf"|{_ESCAPED_END}){{1,2000}}[^\s\"'`,;&)}}\]<\\]*",
    re.ASCII,
)
"""A bare value in prose, a query or a list; punctuation belongs to it unless the text goes on in its own structure."""

ENV_WORD: Final = re.compile(rf"(?:[^\s\\\"']|{_ESCAPED_END}|[\"'](?=\S))+")
"""A bare value in an environment dump: NAME=all up to the next space."""

COOKIES: Final = re.compile(
    r"(?:[^\s=;\"'\\]{1,200}=(?:\\{0,63}\"[^\"\n\\]{0,4000}\\{0,63}\"|[^\s;\"'\\]*)"
    r"(?:;[ ]?[\w-]{1,40}(?![\w=-])|;[ ]?)*)+",
    re.ASCII,
)
"""A cookie header's value: its pairs and attributes."""

_CODE_WORD: Final = r"(?:[a-z_][a-z0-9_]{2,60}|_{0,2}(?:[A-Z][a-z]{1,20}){1,6})"
CALL: Final = re.compile(rf"(?:await )?(?:[a-z]{{2}}\.)?{_CODE_WORD}(?:\.{_CODE_WORD}){{0,8}}[(\[]", re.ASCII)
ATTRIBUTE: Final = re.compile(rf"{_CODE_WORD}(?:\.\w{{1,60}}){{1,8}}", re.ASCII)
USUAL_OWNERS: Final = ("self.", "cls.", "settings.", "config.", "request.", "response.", "args.")
"""Expressions of source code, as tracebacks and patches show them."""

_PIECES: Final = re.compile(
    r"(?P<piece>[^\s\"'<>\\]{4})(?: [^\s\"'<>\\]{4}){2,300}(?: [^\s\"'<>\\,;]{1,3})?(?![^\s\"'<>\\,;})\]&])", re.ASCII
)
_PLAIN_PIECE: Final = re.compile(r"[A-Z]?[a-z]+[.,:;]?", re.ASCII)
_PHRASE: Final = re.compile(
    r"[\[(\u201c\u201d\u2018\u2019\u201e]?(?:[0-9]{1,2}[.)] ?)?[a-z]{3,8}"
    r"(?:(?:[ ,+]{1,3}|%20|\s{1,20}|\\{1,3}n[ ]{0,20})(?:[0-9]{1,2}[.)] ?)?[a-z]{3,8}){11,23}(?![a-z])",
    re.ASCII,
)
"""The words of a wallet's phrase: 12 to 24 of three to eight letters."""

_BLOCK_LINE: Final = r"[^\s:=\\][^\s:\\]{0,400}(?:[ ][^\s:\\]{1,60}){0,30}(?![^\s\\\"'])"
_BLOCK: Final = re.compile(
    rf"{_BLOCK_LINE}(?:(?:\r?\n|\\{{1,3}}n)(?P<indent>[ \t]{{2,20}}){_BLOCK_LINE}(?![ ]?[:=])){{0,100}}"
)
"""A value on lines of its own, deeper than its name."""


def long_value_end(text: str, start: int, *, phrase: bool, block: bool) -> int:
    """Return where a bare value ends that goes on behind a space or a line's end; `start` when this one does not."""
    if text.startswith("[redacted:", start):
        return start
    form = _BLOCK if block else _PHRASE if phrase else None
    if form is not None and (found := form.match(text, start)) is not None:
        return found.end()
    pieces = _PIECES.match(text, start)
    return pieces.end() if pieces and _are_pieces(pieces.group().split()) else start


def _are_pieces(pieces: list[str]) -> bool:
    """Whether these are groups of a random text rather than words of four letters."""
    plain = sum(_PLAIN_PIECE.fullmatch(piece) is not None for piece in pieces)
    return len(pieces) - plain >= 2 or (len(pieces) == 4 and "".join(pieces).islower())


UNMISTAKABLE: Final = re.compile(
    r"(?![A-Za-z_.-]{1,60}[0-9]{0,3}\Z)(?=[^0-9]{0,60}[0-9])(?=[^A-Za-z]{0,60}[A-Za-z])[^\s\"'\\\\]{12,4000}\Z"
)
"""A quoted text that is no sentence and no word."""

BYTES: Final = re.compile(r"\[(?:[0-9]{1,3},[ ]?){15,5000}[0-9]{1,3}\]?")
"""A key as a list of its bytes."""

NESTED: Final = re.compile(r"\[?[ ]?\{[ ]?[\w.-]{1,40}[ ]?[:=]")
"""A mapping: its members are told by their own names."""

JOINTS: Final = re.compile(r"\\{0,7}[\"'][\s+.\\n>=\u2192-]{0,60}\\{0,7}[\"']|\\?\r?\n[ \t]*")
"""What stands between the parts of one text."""

SCHEME: Final = re.compile(
    r"(?:(?:Bearer|Basic|Bot|Token|Digest|Negotiate|ApiKey)[ \t]+"
    r"|[A-Z][A-Za-z0-9-]{2,24}[ ](?=[A-Za-z_+/-]{0,60}[0-9])(?=[^\s\"',]{16}))",
    re.IGNORECASE,
)
"""How somebody proves who they are, in front of what proves it."""
