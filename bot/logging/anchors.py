"""Anchors: short texts that tell at once whether a slow pattern is worth running."""

import re
from collections.abc import Callable


def holds_any(text: str, anchors: tuple[str, ...]) -> bool:
    """Whether one of the anchors occurs in the text."""
    for anchor in anchors:  # noqa: SIM110 - three times as fast as any(), on every log line
        if anchor in text:
            return True
    return False


def by_first_letter(anchors: tuple[str, ...]) -> tuple[Callable[[str], object], ...]:
    """Return searches that find the anchors together, one per first letter: a letter is found faster than a word."""
    heads: dict[str, list[str]] = {}
    for anchor in anchors:
        heads.setdefault(anchor[0], []).append(re.escape(anchor[1:]))
    return tuple(re.compile(f"{re.escape(head)}(?:{'|'.join(tails)})").search for head, tails in heads.items())
