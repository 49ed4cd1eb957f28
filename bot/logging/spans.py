"""Spans: the parts of a text that are replaced, and how several findings become one new text."""

from collections.abc import Iterable
from typing import NamedTuple


class Span(NamedTuple):
    """Where a secret stands in a text, and what takes its place."""

    start: int
    end: int
    replacement: str


def replace_spans(text: str, spans: Iterable[Span]) -> str:
    """Return the text with every span replaced; of overlapping ones, what is left of the later one joins the first."""
    pieces: list[str] = []
    done = 0
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if span.start >= done:
            pieces += (text[done : span.start], span.replacement)
        done = max(done, span.end)
    pieces.append(text[done:])
    return "".join(pieces)
