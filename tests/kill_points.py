"""A process that dies at the n-th thing that it does to the outside: just before it, or just after."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class Killed(BaseException):
    """The process is gone: nothing in it may catch this."""


@dataclass
class Reaper:
    """Counts what a process does to the outside (its saves, its requests), and kills it at the n-th of these points."""

    at: int = 0
    """0: never. Each effect has two points: just before it and just after it."""
    passed: int = 0

    @property
    def came(self) -> bool:
        """Is the process dead?"""
        return 0 < self.at <= self.passed

    def point(self) -> None:
        """Die here, if here it is; the dead do nothing more."""
        self.passed += 1
        if self.came:
            raise Killed

    def around(self, effects: object, names: tuple[str, ...]) -> Any:
        """The same object, with a point before and after each of these calls."""
        return Deadly(effects, names, self)


@dataclass(frozen=True)
class Deadly:
    """Passes every call on; some of them are the last one."""

    effects: object
    names: tuple[str, ...]
    reaper: Reaper

    def __getattr__(self, name: str) -> Any:
        call: Callable[..., Any] = getattr(self.effects, name)
        if name not in self.names:
            return call

        async def deadly(*args: Any) -> Any:
            self.reaper.point()
            done = await call(*args)
            self.reaper.point()
            return done

        return deadly
