"""Remembers which texts were found harmless, without keeping any of them."""

from typing import Final

MOST: Final = 4_096
"""Texts that are remembered; then the older half of them is forgotten."""


class SeenBefore:
    """A bounded memory of texts by their hash: a text that turns out to be a secret after all is not in it."""

    def __init__(self) -> None:
        self.young: set[int] = set()
        """The newer hashes, for those who cannot afford a call."""
        self._old: set[int] = set()

    def __contains__(self, text: str | bytes) -> bool:
        key = hash(text)
        if key in self.young:
            return True
        if key not in self._old:
            return False
        self.add(text)
        return True

    def __len__(self) -> int:
        return len(self.young) + len(self._old)

    def add(self, text: str | bytes) -> None:
        """Remember a text."""
        if len(self.young) >= MOST // 2:
            self._old, self.young = self.young, set()
        self.young.add(hash(text))
