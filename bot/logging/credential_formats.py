"""All forms of credentials, and the one search that finds them in a text."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from bot.logging.credential_form import Prefixed, Shaped
from bot.logging.forms_cloud import CLOUD_FORMS
from bot.logging.forms_code import CODE_FORMS
from bot.logging.forms_service import SERVICE_FORMS
from bot.logging.forms_shaped import SHAPED_FORMS
from bot.logging.spans import Span

PREFIXED: Final[tuple[Prefixed, ...]] = (*SERVICE_FORMS, *CODE_FORMS, *CLOUD_FORMS)
"""Of two rows with one prefix, the one that matches more of the text wins."""

FORMS: Final[tuple[Prefixed | Shaped, ...]] = (*PREFIXED, *SHAPED_FORMS)

_TAIL: Final = re.compile(r"[A-Za-z0-9]*", re.ASCII)
"""What follows a credential without a break belongs to it, however long it is."""

Tree = dict[str, "Tree"]


@cache
def _prefix_pattern() -> re.Pattern[str]:
    """Every prefix in one pattern, as a tree of letters: one look at each character, whatever the number of rows."""
    tree: Tree = {}
    for prefix in {prefix for row in PREFIXED for prefix in row.prefixes}:
        at = tree
        for letter in prefix:
            at = at.setdefault(letter, {})
        at[""] = {}
    return re.compile(rf"(?={_expression(tree)}[\w.~+/=%:${{}}\-| \"']{{8}})", re.ASCII)


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


def find_forms(text: str) -> Iterator[Span]:
    """Yield the credentials that a text holds, told by their form."""
    yield from _find_prefixed(text)
    for row in SHAPED_FORMS:
        yield from row.find(text)


def _find_prefixed(text: str) -> Iterator[Span]:
    rows_by_start, done = _rows_by_start(), 0
    for hit in _prefix_pattern().finditer(text):
        at = hit.start()
        if at < done:
            continue
        best, kind = at, ""
        for prefix, row in rows_by_start[text[at : at + 2]]:
            if text.startswith(prefix, at) and (found := row.pattern.match(text, at)) and found.end() > best:
                best, kind = found.end(), row.kind
        if kind:
            done = best = _TAIL.match(text, best).end()  # type: ignore[union-attr] - it matches nothing, too
            yield Span(at, best, f"[redacted:{kind}]")

