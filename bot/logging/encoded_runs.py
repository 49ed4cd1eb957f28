"""Looks into base64 and hex runs: one that decodes to text with a secret in it is a secret itself."""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from bot.logging.long_runs import long_runs_in
from bot.logging.spans import Covered, Span

_RUN: Final = re.compile(r"[A-Za-z0-9+/_-]{20,}={0,2}", re.ASCII)
_HEX: Final = re.compile(r"(?:[0-9a-f]{2}){16,}|(?:[0-9A-F]{2}){16,}", re.ASCII)
_TEXT: Final = re.compile(r"[\x09\x0a\x0d\x20-\x7e\u00a0-\u024f]+")


def find_encoded(text: str, find: Callable[[str], Iterator[Span]], done: Iterable[Span] = ()) -> Iterator[Span]:
    """Yield the runs in whose decoded text `find` finds something, without those within what is `done`."""
    covered = Covered(done)
    places = [place for place in long_runs_in(text) if not covered.holds(*place)]
    for found in (found for start, end in places for found in _RUN.finditer(text, start, end)):
        if not covered.holds(*found.span()) and (span := _found_inside(found.group(), find)) is not None:
            yield Span(found.start(), found.end(), span.replacement)


def holds_encoded(run: str, find: Callable[[str], Iterator[Span]]) -> bool:
    """Whether a part of a run of token characters is such a one."""
    return next(find_encoded(run, find), None) is not None


def _found_inside(run: str, find: Callable[[str], Iterator[Span]]) -> Span | None:
    for decode in (_from_hex, _from_base64) if _HEX.fullmatch(run) else (_from_base64,):
        decoded = decode(run)
        if decoded and (span := next(find(decoded), None)) is not None:
            return span
    return None


def _from_hex(run: str) -> str:
    try:
        return _as_text(binascii.unhexlify(run))
    except ValueError:
        return ""


def _from_base64(run: str) -> str:
    """Return the text of a base64 run, or nothing; a first quartet tells most other runs apart at once."""
    run = run.rstrip("=").translate(_STANDARD)
    try:
        if not _as_text(base64.b64decode(run[:8])):
            return ""
        return _as_text(base64.b64decode(run + "=" * (-len(run) % 4)))
    except ValueError:
        return ""


_STANDARD: Final = str.maketrans("-_", "+/")


def _as_text(raw: bytes) -> str:
    try:
        decoded = raw.decode()
    except UnicodeDecodeError:
        return ""
    return decoded if _TEXT.fullmatch(decoded) else ""
