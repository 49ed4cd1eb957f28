"""One diff on trial: what is known of it, what was found so far, and how its tests are run."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from bot.repair.proof.evidence import Told
from bot.repair.proof.flags import Flag
from bot.repair.proof.project import Project, Suite
from bot.repair.proof.results import Results, read_results
from bot.repair.proof.runs import Asked, room_with, run_pytest
from bot.repair.proof.trees import Change, Trees


@dataclass
class Case:
    """One diff on trial: what is known of it, and what was found so far."""

    trees: Trees
    project: Project
    changes: list[Change]
    suite: Suite
    told: Told
    flags: list[Flag] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    facts: dict[str, int | str] = field(default_factory=dict)

    @property
    def cap(self) -> int:
        """The highest level that what was found allows."""
        return min([4, *(flag.cap for flag in self.flags)])

    @property
    def touched(self) -> list[str]:
        """Test files that the diff adds or changes."""
        found = [each for each in self.changes if each.after is not None and self.holds_tests(each)]
        return [each.name for each in found]

    def holds_tests(self, change: Change) -> bool:
        """Does a file hold tests: by its name, or in its docstrings where those count?"""
        return self.project.is_test(change.name) or (
            self.project.doctests and ">>> " in f"{change.before}{change.after}"
        )

    def run(self, tree: Path, only: Sequence[str] | None = None, order: int = 0, trace: Sequence[str] = ()) -> Results:
        """One run of pytest in a fresh room: of everything, or of some files."""
        paths = self.project.paths if only is None else tuple(only)
        asked = Asked((*self.project.args, *(["--doctest-modules"] if self.project.doctests and only else []), *paths),
                      self.suite.seconds, trace=tuple(trace), order=order)  # fmt: skip
        with room_with(tree) as room:
            return read_results(run_pytest(room, asked))


def at_once(jobs: Sequence[Callable[[], Results]]) -> list[Results]:
    """The results of runs that may go on side by side, as many as there are processors, two at most."""
    with ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        return [each.result() for each in [pool.submit(job) for job in jobs]]


def file_of(test: str) -> str:
    """The file of a test's id."""
    return test.partition("::")[0]
