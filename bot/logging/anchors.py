"""Anchors: short texts that tell at once whether a slow pattern is worth running."""

import re
from collections.abc import Callable, Iterable
from typing import Final


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


_LONG: Final = 4_096


def characters_of(text: str) -> set[str] | None:
    """Return a long text's characters; None of a short one, where looking for anchors takes less time."""
    return set(text) if len(text) > _LONG else None


def found_in(text: str, anchors: Iterable[str], characters: set[str] | None) -> list[str]:
    """Return those of the anchors that occur in the text with these characters."""
    if characters is None:
        return [anchor for anchor in anchors if anchor in text]
    may_hold = characters.issuperset
    return [anchor for anchor in anchors if may_hold(anchor) and anchor in text]
