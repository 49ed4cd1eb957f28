"""Pairs that belong together and pairs that were put together."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.fingerprint_set.model import Event


def pairs(count: int) -> int:
    """How many pairs so many events make."""
    return count * (count - 1) // 2


@dataclass(frozen=True)
class Score:
    """What one run found; `merged` and `split` tell the worst places."""

    precision: float
    recall: float
    over_merged: float  # share of identities that hold more than one true group
    over_split: float  # share of true groups with more than one identity
    merged: tuple[tuple[str, ...], ...]
    split: tuple[tuple[str, dict[str, int]], ...]

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def score(events: Sequence[Event], identity: Callable[[Event], str]) -> Score:
    """Compare the identities with the true groups."""
    by_identity: dict[str, Counter[str]] = defaultdict(Counter)
    by_group: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for event in events:
        name = identity(event)
        by_identity[name][event.group] += 1
        by_group[event.group][name].append(event.shape)
    together = sum(pairs(count) for groups in by_identity.values() for count in groups.values())
    put = sum(pairs(groups.total()) for groups in by_identity.values())
    true = sum(pairs(sum(map(len, names.values()))) for names in by_group.values())
    merged = [tuple(sorted(groups)) for groups in by_identity.values() if len(groups) > 1]
    split = [
        (group, {"+".join(sorted(set(shapes))): len(shapes) for shapes in names.values()})
        for group, names in by_group.items()
        if len(names) > 1
    ]
    return Score(
        precision=together / put if put else 1.0,
        recall=together / true if true else 1.0,
        over_merged=len(merged) / len(by_identity),
        over_split=len(split) / len(by_group),
        merged=tuple(sorted(merged, key=len, reverse=True)),
        split=tuple(sorted(split, key=lambda each: len(each[1]), reverse=True)),
    )
