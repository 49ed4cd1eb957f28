"""The identity of a fault: the same bug has the same fingerprint, wherever its ids, numbers and lines moved."""

import hashlib
import re
from collections.abc import Sequence
from pathlib import PurePath

MASKS = (
    (re.compile(r"\b(?:inc_[0-9a-z]{12}|(?:run|wo)_[0-9]\w*)\b"), "<id>"),
    (re.compile(r"0x[0-9a-fA-F]+"), "<hex>"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.I), "<uuid>"),
    (re.compile(r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}\b", re.I), "<hex>"),
    (re.compile(r"(?<!\d)(?<!HTTP )(?<!error code: )(?<!status )(?!\b[45]\d\d\b)\d+(?:[.,]\d+)*"), "<n>"),
)
"""What varies within one bug; HTTP statuses stay, since 429 is not 403."""

NOT_OURS = ("/site-packages/", "/dist-packages/", "/lib/python3.")

Frame = tuple[str, int, str]
"""File, line, function."""


def masked(text: str) -> str:
    """The text with ids, numbers and hex replaced by their kind."""
    for pattern, mark in MASKS:
        text = pattern.sub(mark, text)
    return " ".join(text.split())[:500]


def is_own(file: str) -> bool:
    """Is this a file of the bot itself, not of a library or of Python?"""
    path = file.replace("\\", "/")
    return "bot" in PurePath(path).parts and not any(mark in path for mark in NOT_OURS)


def own_frame(frames: Sequence[Frame]) -> str:
    """The innermost frame of our own code as `package/file.py:function`, without line or deploy path."""
    for file, _, function in reversed(frames):
        if is_own(file):
            parts = PurePath(file.replace("\\", "/")).parts
            start = len(parts) - 1 - parts[::-1].index("bot")
            return "/".join(parts[start:]) + ":" + function
    return f"{PurePath(frames[-1][0]).name}:{frames[-1][2]}" if frames else ""


def fingerprint(kind: str, message: str, frames: Sequence[Frame] = ()) -> str:
    """16 hex digits from an exception's type (or a logger's name), its message, and where it was raised."""
    identity = "\n".join((kind, masked(message), own_frame(frames)))
    return hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()[:16]
