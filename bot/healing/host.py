"""What a playbook may do to its host: actions that the host registered by name, and how each of them can end."""

from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass

Facts = Mapping[str, str]
"""What a run knows: the signal's context, and what its earlier steps noted."""


CUT_OFF = "cut_off"
"""The fact that names a step whose end was not written down: the process ended in its midst, or the store was away."""


class NotNeeded(Exception):
    """There is nothing to do for this step; the sentence says why. Raised by a precheck."""


class RetryAfter(Exception):
    """Not now, but in so many seconds."""

    def __init__(self, why: str, seconds: float) -> None:
        super().__init__(why)
        self.seconds = seconds


class NeedsPatch(Exception):
    """Only a change of code helps; the sentence says why."""


class CannotHeal(Exception):
    """This step cannot help; the sentence says why."""


class ActionUnknown(Exception):
    """The host registered no action of this name."""


@dataclass(frozen=True)
class Told:
    """What an action did, and what its undoing or later steps have to know."""

    said: str
    facts: Mapping[str, str]
    changed: bool = True
    """Whether it did more than look: a run in which nothing was changed has healed nothing."""


Act = Callable[[Facts], Coroutine[object, object, str | Told]]
Check = Callable[[Facts], Coroutine[object, object, None]]


async def always(facts: Facts) -> None:
    """A check that says yes."""


@dataclass(frozen=True, kw_only=True)
class Action:
    """One thing that a playbook may do. Each part may raise RetryAfter, NeedsPatch or CannotHeal."""

    does: str
    """What it does, in words for who is asked beforehand."""
    act: Act
    precheck: Check = always
    """Raises NotNeeded when there is nothing to do."""
    verify: Check = always
    """Whether it took."""
    undo: Act | None = None
    """Puts things back as they were, also when only half was done, and when nothing was; None: nothing to put back."""
    survives: bool = False
    """Whether `verify` can tell after a crash in the middle of it that it took; else it is put back then."""
    seconds: float = 60
    """How long any part of it may take."""


class Host:
    """The actions that one host registered."""

    def __init__(self, actions: Mapping[str, Action]) -> None:
        self._actions = dict(actions)

    def register(self, name: str, action: Action) -> None:
        """Add an action, or put another in place of one."""
        self._actions[name] = action

    def action(self, name: str) -> Action:
        """The action of this name. Raises ActionUnknown."""
        if name not in self._actions:
            raise ActionUnknown(f"The host registered no action {name}: register it, or leave the playbook out.")
        return self._actions[name]

    def __contains__(self, name: str) -> bool:
        return name in self._actions

    def __iter__(self) -> Iterator[str]:
        return iter(self._actions)
