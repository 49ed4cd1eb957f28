"""The identity of a fault: the same bug has the same fingerprint, wherever its ids, numbers and lines moved."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import takewhile
from pathlib import PurePath
from typing import Protocol

from bot.incident.message_mask import masked

NOT_OURS = re.compile(
    r"/(?:site|dist)-packages/|/lib(?:64)?/python\d|/python\d[\d.]*/lib/|^<|/\.venv/|\.pyx$", re.IGNORECASE
)
ROOTS = frozenset(
    {"app", "src", "code", "current", "project", "workspace", "repo", "site", "opt", "srv", "home", "root"}
)
"""Folders that a program is deployed into: no part of its packages' names."""
MODULE = re.compile(r"(?:\w+\.)+(?!py\b)\w+(?= in |$)")
"""A place told by a module's name, not by a file's."""
INLINED = frozenset({"<listcomp>", "<dictcomp>", "<setcomp>", "<genexpr>", "<lambda>"})
"""Functions without a name; Python 3.12 has no frames for some of them."""

Frame = tuple[str, int, str]
"""File, line, function."""


def is_own(file: str) -> bool:
    """Is this a file of the bot itself, not of a library or of Python?"""
    return not NOT_OURS.search(file.replace("\\", "/"))


def place(frame: Frame) -> str:
    """A frame as `package/file.py:function`, without line or deploy path; a folder that is no package is none of it."""
    told = MODULE.sub(lambda found: found[0].replace(".", "/") + ".py", frame[0].replace("\\", "/"), count=1)
    *folders, file = PurePath(told).parts or ("",)
    package = list(takewhile(lambda folder: folder.isidentifier() and folder not in ROOTS, reversed(folders)))
    kept = package.index("bot") + 1 if "bot" in package else 1
    return "/".join((*reversed(package[:kept]), file)) + ":" + frame[2]


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

    Of a root that was raised deep inside of a library, what it became when it reached our code: that names the host,
    the status, the row, and is the same in each of the library's versions.
    """
    root = errors[-1]
    owned = (error for error in reversed(errors) if any(is_own(frame[0]) for frame in error.frames))
    reached = next(owned, root)
    told = reached if root.frames else root  # a cause that was made and never raised is told by the one around it
    return fingerprint(told.type_name, told.message, reached.frames)


def digest_of(parts: Iterable[str]) -> str:
    """16 hex digits that stand for these texts."""
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:16]
