"""The functions of workflow expressions that need nothing but their arguments, and hashFiles."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from bot.sandbox.workflow_values import Value, WorkflowError, are_equal, from_json, to_json, to_text

Function: TypeAlias = Callable[[Sequence[Value]], Value]

_PLACE = re.compile(r"\{\{|\}\}|\{(\d+)\}|[{}]")


def _contains(arguments: Sequence[Value]) -> Value:
    place, wanted = arguments
    if isinstance(place, list):
        return any(are_equal(item, wanted) for item in place)
    return to_text(wanted).upper() in to_text(place).upper()


def _starts_with(arguments: Sequence[Value]) -> Value:
    return to_text(arguments[0]).upper().startswith(to_text(arguments[1]).upper())


def _ends_with(arguments: Sequence[Value]) -> Value:
    return to_text(arguments[0]).upper().endswith(to_text(arguments[1]).upper())


def _format(arguments: Sequence[Value]) -> Value:
    def fill(match: re.Match[str]) -> str:
        if match.group() in {"{{", "}}"}:
            return match.group()[0]
        if match.group(1) is None or int(match.group(1)) + 1 >= len(arguments):
            raise WorkflowError(f"format has no argument for {match.group()!r} in {to_text(arguments[0])!r}.")
        return to_text(arguments[int(match.group(1)) + 1])

    return _PLACE.sub(fill, to_text(arguments[0]))


def _join(arguments: Sequence[Value]) -> Value:
    items = arguments[0] if isinstance(arguments[0], list) else [arguments[0]]
    return (to_text(arguments[1]) if len(arguments) > 1 else ",").join(to_text(item) for item in items)


# name → (function, fewest and most arguments)
_TABLE: Mapping[str, tuple[Function, int, int]] = {
    "contains": (_contains, 2, 2),
    "startswith": (_starts_with, 2, 2),
    "endswith": (_ends_with, 2, 2),
    "format": (_format, 1, 255),
    "join": (_join, 1, 2),
    "tojson": (lambda arguments: to_json(arguments[0]), 1, 1),
    "fromjson": (lambda arguments: from_json(to_text(arguments[0])), 1, 1),
}

FUNCTION_NAMES = frozenset(_TABLE)


def call_function(name: str, arguments: Sequence[Value]) -> Value:
    """The value of a function; raises WorkflowError naming an unknown one or a wrong number of arguments."""
    if name.lower() not in _TABLE:
        raise WorkflowError(f"The function {name} is unknown here or cannot be used in this place.")
    function, fewest, most = _TABLE[name.lower()]
    if not fewest <= len(arguments) <= most:
        raise WorkflowError(f"The function {name} takes {fewest} to {most} arguments, not {len(arguments)}.")
    return function(arguments)


def hash_files(workspace: Path, patterns: Sequence[Value]) -> str:
    """One sha256 over the files that the patterns find in the workspace; empty where they find none."""
    found: set[Path] = set()
    for pattern in (to_text(value).removeprefix("./") for value in patterns):
        if pattern.startswith(("!", "/")) or ".." in Path(pattern).parts:
            raise WorkflowError(f"hashFiles takes no pattern such as {pattern!r} here: only paths and globs inside.")
        found |= {path for path in workspace.glob(pattern) if path.is_file()}
    if not found:
        return ""
    digests = [hashlib.sha256(path.read_bytes()).digest() for path in sorted(found)]
    return hashlib.sha256(b"".join(digests)).hexdigest()
