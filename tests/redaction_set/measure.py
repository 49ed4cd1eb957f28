"""Runs a redactor over the set: how much of what is planted leaks, and how much of what is clean is damaged."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from random import Random
from re import compile as pattern

from tests.redaction_set.clean import CleanLine
from tests.redaction_set.kinds import KINDS
from tests.redaction_set.placement import Json, Placement, Planted
from tests.redaction_set.placements import PLACEMENTS
from tests.redaction_set.secret import Kind

LEAK = 8
"""A leak is this many characters of a secret, or of its encoded form, in a row."""

MARKER = pattern(r"\[redacted[^\]\s]{0,60}\]")


@dataclass(frozen=True)
class Redactor:
    """What is measured: one function for text, one for plain values."""

    text: Callable[[str], str]
    plain: Callable[[Json], object]

    def __call__(self, value: Json) -> str:
        """What comes out, as text."""
        return self.text(value) if isinstance(value, str) else readable(self.plain(value))


def readable(value: object) -> str:
    """A plain value as a log shows it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@dataclass(frozen=True)
class Cell:
    """A kind in a placement."""

    kind: Kind
    placement: Placement
    draw: int

    def planted(self, seed: int) -> Planted:
        """A secret of that kind, always the same for one seed."""
        rng = Random(f"{seed}/{self.kind.name}/{self.placement.name}/{self.draw}")
        secret, other = self.kind.make(rng), self.kind.make(rng)
        return Planted(secret, other, rng.choice(self.kind.names), rng)


def cells(per_cell: int = 1) -> list[Cell]:
    """Every kind in every placement that may hold it."""
    return [
        Cell(kind, placement, draw)
        for placement in PLACEMENTS
        for kind in KINDS
        if placement.may_hold(kind)
        for draw in range(per_cell)
    ]


def sampled(every: list[Cell], count: int | None, seed: int) -> list[Cell]:
    """At most `count` cells, drawn evenly, in their order."""
    if count is None or count >= len(every):
        return every
    chosen = sorted(Random(f"{seed}/cells").sample(range(len(every)), count))
    return [every[index] for index in chosen]


def forms(cell: Cell, planted: Planted) -> tuple[str, ...]:
    """Each secret part as it reads in the placement."""
    parts = planted.secret.parts + (planted.other.parts if cell.placement.both else ())
    return tuple(cell.placement.encode(part) for part in parts)


def runs(form: str) -> Iterable[str]:
    """Every run of LEAK characters; a shorter form is one run."""
    return (form[at : at + LEAK] for at in range(max(len(form) - LEAK, 0) + 1))


def first_leak(cell: Cell, planted: Planted, value: Json, out: str) -> str | None:
    """The first run of the secret that is still in what came out, and that its surroundings do not hold anyway."""
    fold = cell.placement.fold
    shown, around = MARKER.sub("\0", fold(out)), fold(readable(value))
    secret_forms = forms(cell, planted)
    for form in secret_forms:
        around = around.replace(form, "\0")
    leaked = (run for form in secret_forms for run in runs(form) if run in shown)
    return next((run for run in leaked if run not in around), None)


@dataclass
class Tally:
    """How many were looked at, how many of them failed, and some of those."""

    seen: int = 0
    failed: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, failed: bool, example: Callable[[], str], keep: int) -> None:
        """Count one."""
        self.seen += 1
        self.failed += failed
        if failed and len(self.examples) < keep:
            self.examples.append(example())

    @property
    def share(self) -> float:
        """Failed of seen, from 0 to 1."""
        return self.failed / self.seen if self.seen else 0.0


@dataclass
class Recall:
    """What leaked, by grade, kind and placement; every cell weighs the same."""

    grades: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    kinds: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    placements: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    told: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))


def excerpt(text: str, run: str) -> str:
    """The text around a run, short enough to print."""
    at = max(text.find(run), 0)
    return repr(text[max(at - 70, 0) : at + 90])


def measure_recall(redactor: Redactor, chosen: list[Cell], seed: int, keep: int = 0) -> Recall:
    """Plant, redact, and look for what is left."""
    recall = Recall()
    for cell in chosen:
        planted = cell.planted(seed)
        value = cell.placement.put(planted)
        out = redactor(value)
        leak = first_leak(cell, planted, value, out)

        def example(cell: Cell = cell, out: str = out, leak: str | None = leak) -> str:
            return f"{cell.kind.name} in {cell.placement.name}: {excerpt(out, leak or '')}"

        recall.grades[cell.placement.grade].add(leak is not None, example, keep)
        recall.kinds[cell.kind.name].add(leak is not None, example, 0)
        recall.placements[cell.placement.name].add(leak is not None, example, 0)
        by = "by its form" if cell.kind.tells_itself else "by its name"
        recall.told[by].add(leak is not None, example, 0)
    return recall


@dataclass
class Harm:
    """Clean lines that came out changed, and those that lost a token they must keep."""

    changed: Tally = field(default_factory=Tally)
    damaged: Tally = field(default_factory=Tally)
    programs: Counter[str] = field(default_factory=Counter)


def measure_harm(redactor: Redactor, lines: Iterable[CleanLine], keep: int = 0) -> Harm:
    """Redact what holds no secret, and look for what is gone."""
    harm = Harm()
    for line in lines:
        out = redactor.text(line.text)
        lost = [token for token in line.keep if token not in out]

        def example(line: CleanLine = line, out: str = out, lost: list[str] = lost) -> str:
            return f"{line.program}: {lost[:1]} {out[:200]!r}"

        harm.changed.add(out != line.text, example, keep)
        harm.damaged.add(bool(lost), example, keep)
        harm.programs[line.program] += out != line.text
    return harm


def worst(tallies: dict[str, Tally], count: int) -> Iterator[tuple[str, Tally]]:
    """Those that leak most, with their tallies."""
    ordered = sorted(tallies.items(), key=lambda item: (-item[1].share, -item[1].failed, item[0]))
    return ((name, tally) for name, tally in ordered[:count] if tally.failed)
