"""The one cheap look that most lines are done with: no pattern runs on a line of short words and no telling name."""

import re
from collections.abc import Iterator
from typing import Final

from bot.logging.anchors import holds_any
from bot.logging.credential_formats import RUN, find_forms, forms_at_run, prefixed_forms
from bot.logging.credential_pairs import find_pairs
from bot.logging.decoded_views import is_wrapped
from bot.logging.encoded_runs import holds_encoded
from bot.logging.forms_shaped import SHAPED_FORMS
from bot.logging.random_runs import find_random, holds_random
from bot.logging.spans import Span
from bot.logging.telling_names import LONG_VALUE_ANCHORS, SHORT_VALUE_ANCHORS

_SHORTEST_RUN: Final = 16
_TOKEN_BYTES: Final = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+/=-"
_CLASSES: Final = bytes(97 if byte in _TOKEN_BYTES else 32 for byte in range(256))
_RUN: Final = b"a" * _SHORTEST_RUN

_LONG_LINE: Final = 8_192
"""Bytes of a line that is redacted at once when anything in it is telling: a second look would cost as much."""

_PLAIN: Final = bytes(byte for byte in range(32, 127) if byte not in b"\\%&~")
_ENCODED: Final = re.compile(
    rb"%[0-9A-Fa-f]{2}|&(?:\#|[a-z]{2,6};|[A-Z])|\\{1,8}(?:[uxe]|[0-3][0-7])|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|Q~"
    rb"|\xc2\xad|\xe2[\x80\x81]|\xef|\xcd\x8f|\xd8\x9c|\xe1"
)
"""Escapes, entities, colours and invisible characters."""

_LANDMARKS: Final = ("ntified ", "earer ", "asic ", "eyj")
_OPTIONS: Final = (" -u", " -p", " -a ", " -w", " --user")


def may_hold_secret_bytes(line: bytes) -> bool:
    """Whether a UTF-8 text may hold a secret; False is certain."""
    if line.translate(None, _PLAIN) and _ENCODED.search(line):
        return True
    letters = line.decode("latin-1").lower()  # any bytes, in no time: what is looked for is ASCII
    run = _RUN in line.translate(_CLASSES)
    named = holds_any(letters, SHORT_VALUE_ANCHORS) or (run and holds_any(letters, LONG_VALUE_ANCHORS))
    if not (named or run or _holds_landmark(letters)):
        return False
    if len(line) > _LONG_LINE:
        return True
    text = line.decode("utf-8", "surrogatepass")
    if "-----begin" in letters and "private key" in letters:
        return True
    if named and next(find_pairs(text), None) is not None:
        return True
    return any(next(row.find(text), None) is not None for row in SHAPED_FORMS) or (run and _holds_suspicious_run(text))


def _holds_landmark(letters: str) -> bool:
    return (
        holds_any(letters, _LANDMARKS)
        or ("@" in letters and ("://" in letters or "p@ss" in letters))
        or (" -" in letters and holds_any(letters, _OPTIONS))
        or "pa$$" in letters
    )


def _holds_suspicious_run(text: str) -> bool:
    """Whether a long run of token characters is a form, random, encoded or wrapped."""
    for run in RUN.finditer(text):
        start, end = run.span()
        if (
            next(prefixed_forms(text, start, end), None) is not None
            or next(forms_at_run(text, start), None) is not None
            or is_wrapped(text, end)
            or (holds_random(text, start, end) and next(find_random(text), None) is not None)
            or holds_encoded(text[start:end], find_told)
        ):
            return True
    return False


def find_told(text: str) -> Iterator[Span]:
    """Yield what is told by name or by form."""
    yield from find_pairs(text)
    yield from find_forms(text)
