"""Long runs of token characters, found without a pattern: by class of character, in one look."""

from typing import Final

SHORTEST_RUN: Final = 16
_TOKEN_BYTES: Final = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+/=-"
_CLASSES: Final = bytes(97 if byte in _TOKEN_BYTES else 32 for byte in range(256))
_RUN: Final = b"a" * SHORTEST_RUN


Place = tuple[int, int]
"""Where something begins and ends."""


def long_runs(line: bytes) -> list[Place]:
    """Return where the runs of at least 16 letters, digits and `_+/=-` are."""
    classes = line.translate(_CLASSES)
    find = classes.find
    start = find(_RUN)
    runs: list[Place] = []
    while start >= 0:
        end = find(b" ", start + SHORTEST_RUN)
        if end < 0:
            end = len(line)
        runs.append((start, end))
        start = find(_RUN, end)
    return runs


def long_runs_in(text: str) -> list[Place]:
    """Return the same for a text, as places of its characters."""
    return long_runs(text.encode("latin-1", "replace"))
