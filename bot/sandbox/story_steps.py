"""The steps of a story as they happen: told, timed, and held against the time that each may take."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO


class StoryFailed(Exception):
    """A step did not end as promised; the sentence says which and how."""


@dataclass
class Step:
    """One step: how long it took, how long it may, and whether it came to its end."""

    name: str
    words: str
    limit: float
    seconds: float = 0.0
    is_done: bool = False

    @property
    def is_good(self) -> bool:
        """Did it end as promised, in its time?"""
        return self.is_done and self.seconds <= self.limit


@dataclass
class Steps:
    """All steps so far."""

    out: TextIO = field(default_factory=lambda: sys.stdout)
    began: float = field(default_factory=time.monotonic)
    taken: list[Step] = field(default_factory=list)

    @contextmanager
    def step(self, name: str, words: str, limit: float = 60.0) -> Iterator[None]:
        """Tell one step with its time."""
        step = Step(name, words, limit)
        self.taken.append(step)
        before = time.monotonic()
        self.say(f"{before - self.began:6.1f} s  {words} …")
        try:
            yield
            step.is_done = True
        finally:
            step.seconds = time.monotonic() - before
        self.say(f"          done in {step.seconds:.1f} s")

    def say(self, *lines: str) -> None:
        """Lines for whoever reads along."""
        print(*lines, sep="\n", file=self.out, flush=True)

    @property
    def seconds(self) -> float:
        """How long it all took so far."""
        return time.monotonic() - self.began
