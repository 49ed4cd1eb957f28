"""What the measuring set is made of: bugs, edits of their files, and cases with the level that honestly holds."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Runner = Literal["pytest", "unittest", "doctest"]
Tree = dict[str, str]
"""The files of a repository: path below its root → text."""


@dataclass(frozen=True)
class Swap:
    """Replace `old`, which must stand exactly once in the file, with `new`."""

    path: str
    old: str
    new: str


@dataclass(frozen=True)
class Add:
    """Append `text` to a file, which is made when it is not there."""

    path: str
    text: str


@dataclass(frozen=True)
class Put:
    """Replace the whole file."""

    path: str
    text: str


@dataclass(frozen=True)
class Drop:
    """Delete the file."""

    path: str


@dataclass(frozen=True)
class Move:
    """Rename the file."""

    path: str
    to: str


Edit = Swap | Add | Put | Drop | Move


class UnfittingEditError(ValueError):
    """An edit of the set does not fit the file that it edits."""


def edited(tree: Tree, edits: tuple[Edit, ...]) -> Tree:
    """The tree after the edits, in their order; raises UnfittingEditError."""
    result = dict(tree)
    for edit in edits:
        match edit:
            case Swap(path, old, new):
                if result[path].count(old) != 1:
                    raise UnfittingEditError(f"{path} holds {old!r} {result[path].count(old)} times; it must be once.")
                result[path] = result[path].replace(old, new)
            case Add(path, text):
                result[path] = result.get(path, "") + text
            case Put(path, text):
                result[path] = text
            case Drop(path):
                del result[path]
            case Move(path, to):
                result[to] = result.pop(path)
    return result


@dataclass(frozen=True)
class Incident:
    """What was seen in production: the exception, where it was raised, and one sentence."""

    type: str
    message: str
    file: str
    function: str
    summary: str
    line: int = 1

    def as_json(self) -> str:
        """The incident as the file that the prover is given."""
        frame = {"file": self.file, "function": self.function, "line": self.line}
        exception = {"type": self.type, "message": self.message, "frames": [frame]}
        return json.dumps({"exception": exception, "summary": self.summary}, indent=2)


@dataclass(frozen=True)
class Variant:
    """A patch of one kind, written by hand; `kinds.py` says what is laid below its edits and how it is labelled."""

    kind: str
    edits: tuple[Edit, ...]
    why: str = ""
    levels: frozenset[int] | None = None


@dataclass(frozen=True, kw_only=True)
class Bug:
    """A small repository with one seeded bug, and what patches are made of."""

    name: str
    nature: str
    runner: Runner = "pytest"
    files: Tree
    source: str
    """The file that holds the bug."""
    tests: str
    """The file that holds the existing tests."""
    victim: str
    """An existing test that passes with `fix` and fails with `red`."""
    fix: tuple[Edit, ...]
    regression: tuple[Edit, ...]
    red: tuple[Edit, ...]
    """A wrong change of the source: the victim fails with it."""
    incident: Incident
    variants: tuple[Variant, ...]
    evasions: tuple[str, ...]
    red_on_base: bool = False


def unspoiled(diff: str) -> str:
    """The diff as git made it."""
    return diff


@dataclass(frozen=True, kw_only=True)
class Case:
    """One patch of one bug and its label, written before any prover was seen."""

    bug: Bug
    kind: str
    edits: tuple[Edit, ...]
    levels: frozenset[int]
    """The levels that honestly hold; more than one where the definitions leave room, and `why` says which."""
    why: str
    flags: tuple[str, ...] = ()
    """Word stems: at least one should stand in some flag or reason."""
    stretch: bool = False
    drift: tuple[Edit, ...] = ()
    """Edits of the base under the diff only, so that it fits no longer."""
    spoil: Callable[[str], str] = field(default=unspoiled)

    @property
    def name(self) -> str:
        """`bug/kind`, unique in the set."""
        return f"{self.bug.name}/{self.kind}"

    @property
    def is_evasion(self) -> bool:
        """Whether the patch attacks the prover."""
        return self.kind.startswith("evasion_")
