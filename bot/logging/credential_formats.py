"""All forms of credentials, and the one search that finds them in a text."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from bot.logging.credential_form import Prefixed
from bot.logging.forms_cloud import CLOUD_FORMS
from bot.logging.forms_code import CODE_FORMS
from bot.logging.forms_service import SERVICE_FORMS
from bot.logging.forms_shaped import RUN_FORMS, SHAPES
from bot.logging.long_runs import Place, long_runs_in
from bot.logging.seen_before import SeenBefore
from bot.logging.spans import Span

PREFIXED: Final[tuple[Prefixed, ...]] = (*SERVICE_FORMS, *CODE_FORMS, *CLOUD_FORMS)
"""Of two rows with one prefix, the one that matches more of the text wins."""

_TAIL: Final = re.compile(r"[A-Za-z0-9]*", re.ASCII)
"""What follows a credential without a break belongs to it, however long it is."""

LONGEST_LEAD: Final = 24
"""Characters of a form in front of its first long run."""

_INSIDE_FORMS: Final = frozenset("._:~$|{}%!/@")
"""Characters of a form, besides those of a run, that may stand in front of its first long run."""

_SHORTEST_FORM: Final = 10
"""The shortest prefix, and the characters that must follow one."""

Tree = dict[str, "Tree"]


@cache
def _prefix_pattern(solid: bool) -> re.Pattern[str]:
    """Every prefix in one pattern, as a tree of letters: one look at each character, whatever the number of rows.

    `solid` leaves out those that are not of letters and digits alone.
    """
    tree: Tree = {}
    for prefix in {prefix for row in PREFIXED for prefix in row.prefixes if prefix.isalnum() or not solid}:
        at = tree
        for letter in prefix:
            at = at.setdefault(letter, {})
        at[""] = {}
    return re.compile(rf"{_expression(tree)}(?=[\w.~+/=%:${{}}\-| \"']{{8}})", re.ASCII)


def _expression(tree: Tree) -> str:
    branches = [re.escape(letter) + _expression(inner) for letter, inner in sorted(tree.items()) if letter]
    if not branches:
        return ""
    joined = branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"
    return f"(?:{joined})?" if "" in tree else joined


@cache
def _rows_by_start() -> dict[str, tuple[tuple[str, Prefixed], ...]]:
    """The rows by the first two letters of their prefixes."""
    rows: dict[str, list[tuple[str, Prefixed]]] = {}
    for row in PREFIXED:
        for prefix in row.prefixes:
            rows.setdefault(prefix[:2], []).append((prefix, row))
    return {start: tuple(found) for start, found in rows.items()}


def find_forms(text: str, runs: list[Place] | None = None) -> Iterator[Span]:
    """Yield the credentials that a text holds, told by their form; `runs` are its long runs, when they are known."""
    yield from _find_prefixed(text, long_runs_in(text) if runs is None else runs)
    yield from SHAPES.find(text)


def _find_prefixed(text: str, runs: list[Place]) -> Iterator[Span]:
    """Yield prefixed forms; each holds a long run of token characters or ends in one."""
    done = 0
    for start, end in runs:
        first, last = _window(text, start, end)
        window = text[first:last]
        if window in _WITHOUT_FORM:
            continue
        hit = _prefix_pattern(window.isalnum()).search(text, first, last)
        for span in _forms_from(text, hit, last):
            if span.start >= done:
                done = span.end
                yield span
        if done < end:
            at_run = list(forms_at_run(text, start))
            yield from at_run
            if hit is None and not at_run:
                _WITHOUT_FORM.add(window)


_LED_FORMS: Final = {
    mark: tuple(row for row in RUN_FORMS if row.lead and mark in (*row.anchors, "%")) for mark in ":.%"
}
"""Forms that go on in front of a run, by the character right before it."""

_UNLED_FORMS: Final = tuple(row for row in RUN_FORMS if not row.lead)


def forms_at_run(text: str, start: int) -> Iterator[Span]:
    """Yield the forms that are told by a long run and what stands right before it."""
    before = text[start - 1 : start]
    for row in (*_LED_FORMS[before], *_UNLED_FORMS) if before in _LED_FORMS else _UNLED_FORMS:
        if (span := row.find_at_run(text, start)) is not None:
            yield span


_WITHOUT_FORM: Final = SeenBefore()
"""Windows in which no prefix is and no form begins: names and paths come again and again."""


def _window(text: str, start: int, end: int) -> tuple[int, int]:
    """Return from where to where a form around this run may begin, and all that tells whether there is one."""
    lead = LONGEST_LEAD if text[start - 1 : start] in _INSIDE_FORMS else 1
    return max(start - lead, 0), min(end + 6, len(text))


def prefixed_forms(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the prefixed forms that begin around a long run."""
    first, last = _window(text, start, end)
    return _forms_from(text, _prefix_pattern(text[first:last].isalnum()).search(text, first, last), last)


def _forms_from(text: str, hit: re.Match[str] | None, last: int) -> Iterator[Span]:
    """Yield the forms that begin with this prefix, or with a later one."""
    while hit is not None:
        at = hit.start()
        best, kind = _longest_form(text, at)
        if kind:
            yield Span(at, best, f"[redacted:{kind}]")
        following = max(best, at + 1)
        hit = hit.re.search(text, following, last) if last - following >= _SHORTEST_FORM else None


def _longest_form(text: str, at: int) -> tuple[int, str]:
    """Return where the longest form that begins here ends, and its kind; no kind when there is none."""
    best, kind = at, ""
    for prefix, row in _rows_by_start()[text[at : at + 2]]:
        if text.startswith(prefix, at) and (found := row.pattern.match(text, at)) and found.end() > best:
            best, kind = found.end(), row.kind
    tail = _TAIL.match(text, best) if kind else None
    return (tail.end() if tail else best), kind
