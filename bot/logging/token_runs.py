"""Long runs of token characters in a line: found without a pattern, and most told harmless at a glance."""

import re
from collections.abc import Iterator
from typing import Final

from bot.logging.credential_form import Shapes
from bot.logging.credential_formats import LONGEST_LEAD, find_forms, forms_at_run, prefixed_forms
from bot.logging.credential_pairs import find_pairs
from bot.logging.decoded_views import is_wrapped
from bot.logging.encoded_runs import holds_encoded
from bot.logging.forms_links import LINK_FORMS
from bot.logging.forms_shaped import SHAPES_AT_RUNS
from bot.logging.long_runs import long_runs
from bot.logging.random_runs import random_within
from bot.logging.seen_before import SeenBefore
from bot.logging.spans import Span

_LONGEST_NUMBER: Final = 20
"""Digits of an id or a time; a longer run of digits may be a text in hex."""

_LEADING: Final = frozenset(b"._:~$|{}%!@")
"""Characters in front of a run that may belong to the same credential."""

_BEHIND: Final = 6
"""Characters behind a run that tell, with those in front, whether a form is there."""

_BREAKS: Final = frozenset(b"\n\r\\'\"")
_NOT_WRAPPED: Final = frozenset(b",:]}")
"""What follows a run's closing quote where the text does not go on in another pair of quotes."""

_NEAR: Final = 100
_NEAR_BEHIND: Final = 200
"""Characters around a run in which forms are looked for that are told by their shape."""

_WORD: Final = (
    rb"(?:[a-z]{1,8}[0-9]{1,3}|[0-9]{1,12}|[A-Z]{1,9}|(?:[a-z]{1,15}|[A-Z]{0,4}[a-z]{2,15})?(?:[A-Z][a-z]{2,14}){0,12}"
    rb"|(?<=/)(?:[0-9]{17,20}|(?=[0-9]*[a-f])[0-9a-f]{7,64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))"
)
_HASH: Final = rb"(?:0x)?(?:[0-9a-f]{16,128}|[0-9A-F]{16,128}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"

_WORDS: Final = re.compile(rb"(?![^ ]*apiKeys/)[-_/=+]*+(?:" + _WORD + rb"(?:[-_/=+]++|\Z))++")
"""Words, short names, numbers and steps of a path: no credential is made of these alone unless its name tells."""

_HASHES: Final = re.compile(rb"(?:(?!sig=|code=)[A-Za-z]{1,15}(?:[-_][A-Za-z]{1,15}){0,3}=)?" + _HASH)
"""A hash or an id, alone or behind a name and a sign."""

_HEX_TEXT: Final = re.compile(rb"(?:[2-7][0-9A-Fa-f]|0[9adAD]){16,}")
_BEFORE_HASH: Final = (b"sha256:", b"@")

_harmless: Final = SeenBefore()
"""Runs with what stands around them: names, paths and ids come again and again."""


_LINKS: Final = Shapes(LINK_FORMS)


def find_runs(line: bytes) -> list[tuple[int, int]]:
    """Return where the runs are, without those that are numbers."""
    return [
        (start, end) for start, end in long_runs(line) if end - start > _LONGEST_NUMBER or not line[start:end].isdigit()
    ]


def is_suspicious(line: bytes, text: str, start: int, end: int) -> bool:
    """Whether a run of the line is a form, random, encoded or wrapped; `text` is the line with a character per byte."""
    run = line[start:end]
    if b"/" in run and _has_capability_step(run) and _LINKS.are_in(text[max(start - _NEAR, 0) : end + 1]):
        return True
    words = _WORDS.fullmatch(run) is not None
    if words and run.islower():
        return False
    if end < len(line) and line[end] in _BREAKS and _may_go_on(line, end) and is_wrapped(text, end):
        return True
    return not words and _holds_credential(line, text, start, end)


def _has_capability_step(run: bytes) -> bool:
    """Whether a path's longest step may be a capability: letters and digits at its end, not letters alone."""
    last = max(run.split(b"/"), key=len).rstrip(b"=")[-12:]
    return last.isalnum() and not last.isalpha()


def _holds_credential(line: bytes, text: str, start: int, end: int) -> bool:
    leading = start > 0 and line[start - 1] in _LEADING
    if not leading or line.endswith(_BEFORE_HASH, 0, start):
        run = line[start:end]
        if _HASHES.fullmatch(run) and not _is_text(run):
            return False
    around = line[max(start - (LONGEST_LEAD if leading else 1), 0) : end + _BEHIND]
    if around in _harmless:
        return False
    is_random = random_within(text, start, end)
    if is_random or _is_form(text, start, end):
        return True
    if is_random is False:
        _harmless.add(around)
    return False


def _is_form(text: str, start: int, end: int) -> bool:
    return (
        next(prefixed_forms(text, start, end), None) is not None
        or next(forms_at_run(text, start), None) is not None
        or SHAPES_AT_RUNS.are_in(text[max(start - _NEAR, 0) : end + _NEAR_BEHIND])
        or holds_encoded(text[start:end], find_told)
    )


def _may_go_on(line: bytes, end: int) -> bool:
    return end + 1 < len(line) and not (line[end] == 34 and line[end + 1] in _NOT_WRAPPED)


def _is_text(run: bytes) -> bool:
    """Whether a hash's digits are those of ASCII in hex."""
    digits = run[run.find(b"=") + 1 :]
    return _HEX_TEXT.fullmatch(digits) is not None


def find_told(text: str) -> Iterator[Span]:
    """Yield what is told by name or by form."""
    yield from find_pairs(text)
    yield from find_forms(text)
