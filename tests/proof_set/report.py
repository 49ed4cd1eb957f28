"""The outcomes as tables for people."""

from collections import Counter
from collections.abc import Iterable

from tests.proof_set.measure import Outcome


def confusion(outcomes: Iterable[Outcome]) -> str:
    """Rows: levels that hold; columns: the level that was said."""
    counted = Counter(("/".join(map(str, each.expected)), each.got) for each in outcomes)
    columns: list[int | None] = [0, 1, 2, 3, 4, None]
    head = "expected  " + "".join(f"{'none' if got is None else got:>6}" for got in columns)
    rows = [
        f"{expected:<10}" + "".join(f"{counted[expected, got] or '·':>6}" for got in columns)
        for expected in sorted({row for row, _ in counted})
    ]
    return "\n".join([head, *rows])


def by_kind(outcomes: Iterable[Outcome]) -> str:
    """For each kind how many levels are right; all attacks are one kind."""
    rows: dict[str, list[bool]] = {}
    for each in outcomes:
        kind = "evasion" if each.kind.startswith("evasion_") else each.kind
        rows.setdefault(kind, []).append(each.is_right)
    return "\n".join(f"{kind:<22}{sum(rights):>4} of {len(rights)}" for kind, rights in sorted(rows.items()))


def listed(title: str, outcomes: Iterable[Outcome]) -> list[str]:
    """A title with the number of outcomes, and a line for each."""
    lines = [
        f"  {each.case}: expected {'/'.join(map(str, each.expected))}, got {each.got}"
        + "".join(f"; {harm}" for harm in each.harm)
        + f"\n      {each.said[:300]}"
        for each in outcomes
    ]
    return [f"{title}: {len(lines)}", *lines]


def told(outcomes: list[Outcome]) -> str:
    """Everything that a person wants to know of a measurement; stretch cases are counted apart."""
    required = [each for each in outcomes if not each.stretch]
    right = sum(each.is_right for each in required)
    stretch = [each for each in outcomes if each.stretch]
    seconds = [each.seconds for each in outcomes]
    parts = [
        "Required cases",
        confusion(required),
        "",
        by_kind(outcomes),
        "",
        f"Levels right: {right} of {len(required)}",
        f"Stretch, right: {sum(each.is_right for each in stretch)} of {len(stretch)}",
        *listed("Wrong", [each for each in required if not each.is_right]),
        *listed("False level 4", [each for each in required if each.is_false_4]),
        *listed("Evasions that succeeded", [each for each in outcomes if each.evaded]),
        *listed("Harm", [each for each in outcomes if each.harm]),
        f"Right level without an expected flag word: {sum(each.is_right and not each.flagged for each in outcomes)}",
        f"Time: {sum(seconds):.0f} s, the longest {max(seconds, default=0.0):.1f} s",
    ]
    return "\n".join(parts)
