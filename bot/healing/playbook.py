"""A playbook: which errors it is for, and its ladder of steps, each the name of an action of the host."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

PLAYBOOK_ID = re.compile(r"[a-z][a-z0-9_.-]{0,36}")
"""It goes into a button, beside its argument, of which Discord keeps 100 characters."""
Kind = Literal["data_fix", "cache_clear", "retry", "code_patch", "hybrid"]


@dataclass(frozen=True, kw_only=True)
class Playbook:
    """A ladder of steps against one sort of error."""

    id: str
    title: str
    kind: Kind
    steps: tuple[str, ...]
    """Names of actions, in order."""
    errors: tuple[str, ...]
    """What its error types contain, one of them."""
    escalates: bool = False
    """Whether it may ask for a patch."""

    def fits(self, error_type: str) -> bool:
        """Is this the playbook for such an error?"""
        return any(each in error_type.lower() for each in self.errors)


class PlaybookUnknown(Exception):
    """There is no playbook of this name."""


class Shelf:
    """The playbooks that there are; the first one that fits is taken, else the first of those it began with."""

    def __init__(self, playbooks: Iterable[Playbook]) -> None:
        self.all = tuple(playbooks)
        self._default = self.all[0]

    def add(self, playbook: Playbook) -> None:
        """One more, tried before those that are there; one of the same id is replaced. Raises ValueError."""
        if not PLAYBOOK_ID.fullmatch(playbook.id):
            raise ValueError(f"A playbook cannot be called {playbook.id!r}: use at most 37 of a-z, 0-9, _, . and -.")
        self.all = (playbook, *(each for each in self.all if each.id != playbook.id))

    def named(self, playbook_id: str) -> Playbook:
        """The playbook of this id. Raises PlaybookUnknown."""
        found = next((each for each in self.all if each.id == playbook_id), None)
        if found is None:
            names = ", ".join(each.id for each in self.all)
            raise PlaybookUnknown(f"There is no playbook {playbook_id}; there are {names}.")
        return found

    def fitting(self, error_type: str) -> Playbook:
        """The playbook for such an error."""
        return next((each for each in self.all if each.fits(error_type)), self._default)
