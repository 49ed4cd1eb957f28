"""One run over the set: which cells leak, which clean lines change."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.redaction_held_out.clean import clean_lines
from tests.redaction_held_out.grammar import Credential, Kind
from tests.redaction_held_out.kinds import ALL_KINDS
from tests.redaction_held_out.leaks import leaks
from tests.redaction_held_out.placement import Placement
from tests.redaction_held_out.placements import ALL_PLACEMENTS

Redact = Callable[[str], str]


@dataclass(frozen=True)
class Cell:
    """One kind in one placement."""

    kind: Kind
    placement: Placement
    credential: Credential
    line: str
    needle: str

    def leaks_in(self, output: str) -> bool:
        """Whether the redacted line still tells the secret."""
        secret = self.credential.secret
        return leaks(output, secret, self.needle, written_plainly=self.needle == secret)


@dataclass
class Tally:
    """How many cells there were and which leaked; which clean lines changed."""

    cells: Counter[str] = field(default_factory=Counter)
    leaked: Counter[str] = field(default_factory=Counter)
    misses: list[tuple[Cell, str]] = field(default_factory=list)
    changed: list[tuple[str, str, str]] = field(default_factory=list)
    clean: int = 0
    with_kept: int = 0
    damaged: int = 0

    def recall(self, row: str) -> float:
        """Share of the row's cells that leaked nothing."""
        return 1 - self.leaked[row] / self.cells[row] if self.cells[row] else 1.0


def all_cells(count: int | None = None, seed: int = 5) -> Iterator[Cell]:
    """Every kind in every placement that takes it, or so many of these by chance."""
    rng = random.Random(seed)
    pairs = [(kind, placement) for kind in ALL_KINDS for placement in ALL_PLACEMENTS]
    drawn = [(kind, placement, kind.make(rng)) for kind, placement in pairs]
    fitting = [each for each in drawn if each[1].takes(each[2])]
    for kind, placement, credential in rng.sample(fitting, min(count or len(fitting), len(fitting))):
        yield Cell(kind, placement, credential, *placement.put(credential, rng))


def rows(cell: Cell) -> tuple[str, ...]:
    """What a cell counts for."""
    return (
        "all",
        f"grade {cell.placement.grade}",
        f"family {cell.kind.family}",
        f"kind {cell.kind.name}",
        f"placement {cell.placement.grade}: {cell.placement.name}",
    )


def measured(redact: Redact, count: int | None = None, seed: int = 5) -> Tally:
    """The tally of one run."""
    tally = Tally()
    for cell in all_cells(count, seed):
        output = redact(cell.line)
        tally.cells.update(rows(cell))
        if cell.leaks_in(output):
            tally.leaked.update(rows(cell))
            tally.misses.append((cell, output))
    for line in clean_lines():
        output = redact(line.text)
        tally.clean += 1
        tally.with_kept += bool(line.kept)
        tally.damaged += any(output.count(word) < line.text.count(word) for word in line.kept)
        if output != line.text:
            tally.changed.append((line.source, line.text, output))
    return tally
