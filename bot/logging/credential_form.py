"""One form of a credential, told from its text alone: the shape of a table's row."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from bot.logging.anchors import characters_of, found_in, holds_any
from bot.logging.spans import Span

WORD: Final = r"[A-Za-z0-9]"
URL_SAFE: Final = r"[A-Za-z0-9_-]"
HEX: Final = r"[0-9A-Fa-f]"
UUID: Final = r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"

START: Final = (
    r"(?:(?<![A-Za-z0-9])|(?<=\\[nrtbf])|(?<=\\u[0-9a-f]{4})|(?<=\\x[0-9a-f]{2})|(?<=%[0-9A-Fa-f]{2})"
    r"|(?<=\[[0-9]{2}m)|(?<=\[[0-9]m))"
)
"""Where a short prefix may begin: not inside a word, but after an escaped character or a percent code."""

END: Final = r"(?![A-Za-z0-9])"


@dataclass(frozen=True)
class Prefixed:
    """A credential that begins with one of a few texts; `body` is what must follow."""

    kind: str
    prefixes: tuple[str, ...]
    body: str
    anywhere: bool = False
    """Whether the prefix tells enough to be found inside a word, too."""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The whole form, prefix included; compiled when a text first holds the prefix."""
        start = "" if self.anywhere else START
        return re.compile(f"{start}(?:{'|'.join(map(re.escape, self.prefixes))})(?:{self.body})", re.ASCII)


@dataclass(frozen=True)
class Shaped:
    """A credential told by its shape or by what stands around it; every match holds one of the anchors."""

    kind: str
    anchors: tuple[str, ...]
    expression: str
    at_run: bool = False
    """Whether every match holds a long run of token characters, and nothing told by what is far from it."""
    lead: int | None = None
    """How far in front of a long run of token characters the form begins, so that only there it is looked for."""
    mark: str = ""
    """A character that tells faster than the anchors that none of them matters."""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Group `secret` is what is replaced, nothing when it is empty; without that group, all of the match is."""
        return re.compile(self.expression, re.ASCII)

    def find_at_run(self, text: str, start: int) -> Span | None:
        """Return the form that begins with this long run, or that ends in it behind one of the anchors."""
        if self.lead:
            if text[start - 1 : start] not in self.anchors and text[start - 1 : start] != "%":
                return None
            found = self.pattern.search(text, max(start - self.lead, 0), start + 80)
        else:
            found = self.pattern.match(text, start)
        return Span(*found.span(), f"[redacted:{self.kind}]") if found else None

    def find(self, text: str) -> Iterator[Span]:
        """Yield what is to be replaced."""
        if not holds_any(text, self.anchors):
            return
        group = "secret" if "secret" in self.pattern.groupindex else 0
        for found in self.pattern.finditer(text):
            if found[group]:
                yield Span(*found.span(group), f"[redacted:{self.kind}]")


class Shapes:
    """Rows that are looked for together: each anchor once, then only the rows that it may tell of."""

    def __init__(self, rows: Iterable[Shaped]) -> None:
        self._rows = tuple(rows)
        near: dict[str, dict[str, list[int]]] = {}
        for at, row in enumerate(self._rows):
            for anchor in row.anchors:
                near.setdefault(row.mark or _mark(anchor), {}).setdefault(anchor, []).append(at)
        self._near = tuple(near.items())

    def find(self, text: str) -> Iterator[Span]:
        """Yield what is to be replaced, row by row."""
        marked = [anchors for mark, anchors in self._near if mark in text]
        characters = characters_of(text)
        found = [(anchors, found_in(text, anchors, characters)) for anchors in marked]
        near = {at for anchors, names in found for name in names for at in anchors[name]}
        for at in sorted(near):
            yield from self._rows[at].find(text)

    def are_in(self, text: str) -> bool:
        """Whether there is anything to be replaced."""
        return next(self.find(text), None) is not None


def _mark(anchor: str) -> str:
    """Return the anchor's first character that is no letter, or nothing: it tells faster that none is there."""
    return next((character for character in anchor if not character.isalpha()), "")


def prefixed(kind: str, prefixes: str, body: str, *, anywhere: bool = True) -> Prefixed:
    """Return a row; the prefixes are separated by spaces."""
    return Prefixed(kind, tuple(prefixes.split()), body, anywhere)


def shaped(
    kind: str, anchors: str | tuple[str, ...], expression: str, *, at_run: bool = False, lead: int | None = None
) -> Shaped:
    """Return a row; the anchors are separated by spaces, or given one by one when they hold some."""
    return Shaped(kind, tuple(anchors.split()) if isinstance(anchors, str) else anchors, expression, at_run, lead)


def marked(mark: str, *rows: Shaped) -> tuple[Shaped, ...]:
    """Return the rows, looked for only in texts that hold the mark."""
    return tuple(replace(row, mark=mark) for row in rows)
