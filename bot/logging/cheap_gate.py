"""The one cheap look that most lines are done with: no pattern runs on a line of short words and no telling name."""

import re
from collections.abc import Callable
from typing import Final

from bot.logging.anchors import by_first_letter, holds_any
from bot.logging.credential_form import Shapes
from bot.logging.credential_pairs import find_pairs
from bot.logging.forms_named import NAMED_SHAPES
from bot.logging.forms_names import CODE_WORDS, DOUBTFUL, FOREIGN_ENDS
from bot.logging.forms_shaped import SHAPES
from bot.logging.telling_names import LONG_VALUE_ANCHORS, SHORT_VALUE_ANCHORS
from bot.logging.token_runs import find_runs, is_suspicious

_PLAIN: Final = bytes(byte for byte in range(32, 127) if byte not in b"\\%&~") + b"\t\n\r"
_ESCAPED: Final = re.compile(rb"%[0-9A-Fa-f]{2}|&(?:\#|[a-z]{2,6};|[A-Z])|\\{1,8}(?:[uxe]|[0-3][0-7])|Q~")
"""Escapes and entities."""

_ESCAPES: Final = re.compile(rb"[\\%&~]")
_JSON_ESCAPE: Final = re.compile(r'\\(["\\/nrt])')
_CONTROLS: Final = {"n": "\n", "r": "\r", "t": "\t"}
"""What a text looks like within a JSON line, and without."""

_INVISIBLE: Final = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2\xad|\xcd\x8f|\xd8\x9c|\xe1\x85\x9f|\xe1\xa0\x8e|\xe2\x80[\x8b-\x8f\xaa-\xae]"
    rb"|\xe2\x81[\xa0-\xaf]|\xe2\x90\x9b|\xef\xb8|\xef\xbb\xbf|\xef\xbd|\xef\xbc[^\x81\x88\x89\x8c\x9a\x9b\x9f]"
)
"""Colours, invisible characters, and wide letters, but not the punctuation of Chinese."""

_SCHEMES: Final = ("ntified ", "earer ", "asic ")
_ADDRESSES: Final = ("://", ":\\/", ":\\\\", ":thin:", ":oci", "sqlplus")
_OPTIONS: Final = (" -u", " -p", " -a ", " -w", " -c ", " -hp", " --user")
_PLACES: Final = ("hook", "nature", "response=", "nteractions/", "-----begin", "private-lines", "do-not-share")
"""What stands around a long run that is a credential, whatever it looks like."""

_DROPPED: Final = b'0123456789":,{}[]()<>-_;|'
_LOWER: Final = bytes(range(256)).lower()
"""For a first look: a line without these is a third shorter, and has lost no letter."""

_RARE: Final = ("nickserv", "createuser ", "net use ", "+login ", "nlockaccount")
"""Commands that carry a password with no name beside it."""

_FIRST_RUNS: Final = 16
_SHORT_RUN: Final = 1_000
"""Runs that are looked at before names are: a few short ones take less time than the names of a long text."""

_NAMED_SHAPES: Final = Shapes(NAMED_SHAPES)

_FIND_WORDS: Final = by_first_letter(SHORT_VALUE_ANCHORS + _SCHEMES + _RARE)
_FOREIGN: Final = re.compile(
    f"\u0430\u0440\u043e\u043b\u044c|\u5bc6\u7801|\u30d1\u30b9\u30ef\u30fc\u30c9|\ube44\ubc00\ubc88\ud638|\u0142o|{FOREIGN_ENDS}".encode()
)
"""Ends of the word for a password in scripts of their own."""

_DOUBTFUL: Final = tuple((word, re.compile(pattern).search) for word, pattern in DOUBTFUL)
_CODE: Final = re.compile(CODE_WORDS)

_WORDS_BESIDE_RUNS: Final = tuple(
    "".join(letter for letter in word if ord(letter) not in _DROPPED) for word in LONG_VALUE_ANCHORS + _PLACES
)
_FIND_BESIDE_RUNS: Final = by_first_letter(SHORT_VALUE_ANCHORS + _SCHEMES + _RARE + _WORDS_BESIDE_RUNS)


def may_hold_secret_bytes(line: bytes) -> bool:
    """Whether a UTF-8 text may hold a secret; False is certain."""
    odd = line.translate(None, _PLAIN)
    if odd and (_INVISIBLE.search(odd) or (_ESCAPES.search(odd) and _ESCAPED.search(line))):
        return True
    runs = find_runs(line)
    text = line.decode("latin-1")  # a character per byte, in no time: what is looked for is ASCII
    first = _FIRST_RUNS if runs and runs[0][1] - runs[0][0] <= _SHORT_RUN else 0
    if _holds_suspicious(line, text, runs[:first]):
        return True
    words = line.translate(_LOWER, _DROPPED).decode("latin-1")
    if (
        "@" in words
        or "$$" in words
        or _holds_word(words, _FIND_BESIDE_RUNS if runs else _FIND_WORDS)
        or _holds_doubtful(line, words)
        or (odd and _FOREIGN.search(line))
        or " -" in text
    ) and _is_told_around(line, text, words, bool(runs)):
        return True
    return _holds_suspicious(line, text, runs[first:])


def _holds_suspicious(line: bytes, text: str, runs: list[tuple[int, int]]) -> bool:
    for start, end in runs:  # noqa: SIM110 - on every log line
        if is_suspicious(line, text, start, end):
            return True
    return False


def _holds_word(words: str, finders: tuple[Callable[[str], object], ...]) -> bool:
    for find in finders:  # noqa: SIM110 - on every log line
        if find(words):
            return True
    return False


def _holds_doubtful(line: bytes, words: str) -> bool:
    for word, find in _DOUBTFUL:
        if word in words and find(line):
            return True
    return "code" in words and _CODE.search(words) is not None


def _is_told_around(line: bytes, text: str, words: str, runs: bool) -> bool:
    """Whether something is told by a name or by what stands around it."""
    letters = text.lower()
    named = (
        holds_any(letters, SHORT_VALUE_ANCHORS)
        or (runs and holds_any(letters, LONG_VALUE_ANCHORS))
        or ("@" in letters and "p@ss" in letters)
        or "pa$$" in letters
        or _holds_doubtful(line, words)
        or not letters.isascii()
    )
    if named and _is_told(line, letters):
        return True
    return (_holds_landmark(letters) or (runs and holds_any(letters, _PLACES))) and SHAPES.are_in(text)


def _is_told(line: bytes, letters: str) -> bool:
    """Whether a telling name has a value, or a key begins."""
    if "-----begin" in letters and "private key" in letters:
        return True
    text = line.decode("utf-8", "surrogatepass")
    return _is_told_in(text) or ("\\" in text and _is_told_in(_JSON_ESCAPE.sub(_unescaped, text)))


def _is_told_in(text: str) -> bool:
    return next(find_pairs(text), None) is not None or _NAMED_SHAPES.are_in(text)


def _unescaped(found: re.Match[str]) -> str:
    return _CONTROLS.get(found[1], found[1])


def _holds_landmark(letters: str) -> bool:
    return (
        holds_any(letters, _SCHEMES)
        or holds_any(letters, _RARE)
        or ("@" in letters and holds_any(letters, _ADDRESSES))
        or (" -" in letters and holds_any(letters, _OPTIONS))
    )
