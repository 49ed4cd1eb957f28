"""Rows of a table by the short texts that tell of them: which rows a text is worth trying, found out with few looks."""

from collections.abc import Sequence

from bot.logging.anchors import by_first_letter, characters_of, found_in


class AnchoredRows:
    """The rows of one table, each with its anchors. Of a text that is looked at twice in a row, the answer is kept."""

    def __init__(self, anchors_of_rows: Sequence[tuple[str, ...]]) -> None:
        anchors = tuple({anchor: None for row in anchors_of_rows for anchor in row})
        self._rows = {anchor: [at for at, row in enumerate(anchors_of_rows) if anchor in row] for anchor in anchors}
        self._roots = tuple(a for a in anchors if not any(other in a for other in anchors if other != a))
        self._longer = {root: [a for a in anchors if root in a and root != a] for root in self._roots}
        self._ascii_roots = tuple(filter(str.isascii, self._roots))
        self._find_ascii = by_first_letter(self._ascii_roots)
        self._last: tuple[int, list[int]] = (0, [])

    def in_text(self, lowered: str) -> list[int]:
        """Return the numbers of the rows that a text in lower case may hold, in order."""
        key = hash(lowered)
        last, rows = self._last
        if last == key:
            return rows
        roots = self._roots
        if lowered.isascii():
            roots = self._ascii_roots if any(find(lowered) for find in self._find_ascii) else ()
        found = found_in(lowered, roots, characters_of(lowered))
        found += [anchor for root in found for anchor in self._longer[root] if anchor in lowered]
        rows = sorted({row for anchor in found for row in self._rows[anchor]})
        self._last = (key, rows)
        return rows
