"""The identity of a fault: the same bug has the same fingerprint, wherever its ids, numbers and lines moved."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Protocol

from bot.incident.message_mask import masked

NOT_OURS = re.compile(r"/(?:site|dist)-packages/|/lib(?:64)?/python\d|/python\d[\d.]*/lib/|^<|/\.venv/", re.IGNORECASE)
INLINED = frozenset({"<listcomp>", "<dictcomp>", "<setcomp>", "<genexpr>", "<lambda>"})
"""Functions without a name; Python 3.12 has no frames for some of them."""

Frame = tuple[str, int, str]
"""File, line, function."""


def is_own(file: str) -> bool:
    """Is this a file of the bot itself, not of a library or of Python?"""
    return not NOT_OURS.search(file.replace("\\", "/"))


def place(frame: Frame) -> str:
    """A frame as `package/file.py:function`, without line or deploy path."""
    parts = PurePath(frame[0].replace("\\", "/")).parts
    start = len(parts) - 1 - parts[::-1].index("bot") if "bot" in parts else max(len(parts) - 2, 0)
    return "/".join(parts[start:]) + ":" + frame[2]


def own_frame(frames: Sequence[Frame]) -> str:
    """The innermost frame of our own code, in a function with a name; without one, the innermost of all."""
    own = [frame for frame in frames if is_own(frame[0])]
    if own:
        named = [frame for frame in own if frame[2] not in INLINED]
        return place((named or own)[-1])
    return f"{PurePath(frames[-1][0]).name}:{frames[-1][2]}" if frames else ""


def circling_frame(frames: Sequence[Frame]) -> str:
    """Where a recursion went round: the own place that comes most often, since it may be cut off at any of them."""
    counts = Counter(place(frame) for frame in reversed(frames) if is_own(frame[0]))
    return counts.most_common(1)[0][0] if counts else own_frame(frames)


def fingerprint(kind: str, message: str, frames: Sequence[Frame] = ()) -> str:
    """16 hex digits from an exception's type (or a logger's name), its message, and where it was raised."""
    last = kind.rpartition(".")[2]
    short = kind if last[:1].islower() else last  # an exception's package is told by some sources only
    at = circling_frame(frames) if short == "RecursionError" else own_frame(frames)
    return digest_of((short, masked(message, short), at))


class Raised(Protocol):
    """An error as whoever saw it tells of it."""

    @property
    def type_name(self) -> str:
        """Its type."""
        ...

    @property
    def message(self) -> str:
        """What it said."""
        ...

    @property
    def frames(self) -> Sequence[Frame]:
        """Where it came from, the innermost frame last."""
        ...


def fingerprint_of(errors: Sequence[Raised]) -> str:
    """The identity of an error by its root cause, the last of these, which the first one was explicitly raised from.

    A root that was raised deep inside of a library has the place of the nearest error around it that was in our code.
    """
    root = errors[-1]
    owned = (error.frames for error in reversed(errors) if any(is_own(frame[0]) for frame in error.frames))
    return fingerprint(root.type_name, root.message, next(owned, root.frames))


def digest_of(parts: Iterable[str]) -> str:
    """16 hex digits that stand for these texts."""
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:16]
