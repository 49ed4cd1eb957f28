"""The table that a benchmark ends with: a figure, what it must reach, what would be better still, and the verdict."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Work = Callable[[], object]


@dataclass(frozen=True)
class Row:
    """One figure beside its two goals; smaller is better unless `at_least`."""

    name: str
    figure: float
    must: float
    stretch: float
    unit: str = "x"
    at_least: bool = False

    @property
    def verdict(self) -> str:
        """Stretch, must, or falls short."""
        sign = -1 if self.at_least else 1
        if sign * self.figure <= sign * self.stretch:
            return "stretch"
        return "must" if sign * self.figure <= sign * self.must else "FALLS SHORT"

    def told(self) -> str:
        """The row as a line of the table."""
        bound = ">=" if self.at_least else "<="
        goals = f"{bound} {self.must:g} / {self.stretch:g}"
        return f"{self.name:66} {self.figure:9.3f} {self.unit:4} {goals:16} {self.verdict}"


def interleaved(works: Mapping[str, Work], rounds: int) -> dict[str, float]:
    """Median CPU seconds of each, measured in turns, so that a busy machine disturbs all alike."""
    spent: dict[str, list[float]] = {name: [] for name in works}
    for work in works.values():
        work()
    for _ in range(rounds):
        for name, work in works.items():
            start = time.thread_time()
            work()
            spent[name].append(time.thread_time() - start)
    return {name: statistics.median(times) for name, times in spent.items()}


def show(title: str, seconds: Mapping[str, float], per: str) -> None:
    """Print the peers' medians, each as a ratio of the reference."""
    print(f"\n{title}")
    for name, value in seconds.items():
        print(f"  {name:44} {value / seconds[per]:8.3f} x")
