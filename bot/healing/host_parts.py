"""What a host lets playbooks turn down for a while: its caches, chores that can wait, and time limits."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Cache:
    """Something that can be had again."""

    name: str
    size: Callable[[], int]
    """How large it is now, in a unit of its own (entries, bytes): only ever compared with itself."""
    clear: Callable[[], None]
    critical: bool = False
    """Whether it is left alone, whatever it holds."""


@dataclass(frozen=True, kw_only=True)
class Chore:
    """Work of low priority."""

    name: str
    pause: Callable[[], None]
    resume: Callable[[], None]


@dataclass(frozen=True, kw_only=True)
class TimeLimit:
    """How long a piece of work may take, in seconds."""

    pipeline: str
    """The name under which it tells that it took too long."""
    read: Callable[[], float]
    write: Callable[[float], None]
    most: float
    """It is never raised above this."""


@dataclass
class HostParts:
    """All of them, by name; an embedding bot adds its own."""

    caches: dict[str, Cache] = field(default_factory=dict)
    chores: dict[str, Chore] = field(default_factory=dict)
    limits: dict[str, TimeLimit] = field(default_factory=dict)

    def add(self, *parts: Cache | Chore | TimeLimit) -> None:
        """Register parts; one of the same name is replaced."""
        for part in parts:
            match part:
                case Cache():
                    self.caches[part.name] = part
                case Chore():
                    self.chores[part.name] = part
                case TimeLimit():
                    self.limits[part.pipeline] = part
