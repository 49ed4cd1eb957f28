"""Remembers which texts were found harmless, without keeping any of them."""

from typing import Final

MOST: Final = 1_024
"""Texts that are remembered; then it begins anew."""


class SeenBefore:
    """A bounded memory of texts by their hash: a text that turns out to be a secret after all is not in it."""

    def __init__(self) -> None:
        self._hashes: set[int] = set()

    def __contains__(self, text: str) -> bool:
        return hash(text) in self._hashes

    def add(self, text: str) -> None:
        """Remember a text."""
        if len(self._hashes) >= MOST:
            self._hashes.clear()
        self._hashes.add(hash(text))
