"""Spans: the parts of a text that are replaced, and how several findings become one new text."""

import re
from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import Final, NamedTuple

MARKER: Final = re.compile(r"\[redacted:[a-z-]+\]")
"""What stands in place of a secret."""


class Span(NamedTuple):
    """Where a secret stands in a text, and what takes its place."""

    start: int
    end: int
    replacement: str


class Covered:
    """Tells which places of a text lie within one of the spans."""

    def __init__(self, spans: Iterable[Span]) -> None:
        places = sorted((span.start, span.end) for span in spans)
        self._starts = [start for start, _ in places]
        self._ends = list(accumulate((end for _, end in places), max))

    def holds(self, start: int, end: int) -> bool:
        """Whether all of this place lies within a span."""
        at = bisect_right(self._starts, start) - 1
        return at >= 0 and end <= self._ends[at]


def outside_markers(text: str, spans: list[Span]) -> list[Span]:
    """Return the spans that do not begin within a marker: what stands there is no part of anything any more."""
    if "[redacted:" not in text:
        return spans
    markers = Covered(Span(found.start() + 1, found.end(), "") for found in MARKER.finditer(text))
    return [span for span in spans if not markers.holds(span.start, span.start + 1)]


def replace_spans(text: str, spans: Iterable[Span]) -> str:
    """Return the text with every span replaced; overlapping ones as one, named by the one given first."""
    pieces: list[str] = []
    done = 0
    for start, end, replacement in _joined(spans):
        pieces += (text[done:start], replacement)
        done = end
    return "".join((*pieces, text[done:])) if pieces else text


def _joined(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    ranks: list[int] = []
    end = 0
    for _, rank, span in sorted((span.start, rank, span) for rank, span in enumerate(spans)):
        if span.start >= end:
            joined.append(span)
            ranks.append(rank)
            end = span.end
            continue
        named = span if rank < ranks[-1] else joined[-1]
        end = max(end, span.end)
        joined[-1] = Span(joined[-1].start, end, named.replacement)
        ranks[-1] = min(ranks[-1], rank)
    return joined
