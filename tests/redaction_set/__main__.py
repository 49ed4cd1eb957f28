"""`python -m tests.redaction_set`: measures the bot's own redactor over the set."""

import argparse
import json
from itertools import islice

from bot.logging import redact
from bot.logging.redaction import redact_plain
from tests.redaction_set.clean import clean_lines
from tests.redaction_set.measure import (
    Harm,
    Recall,
    Redactor,
    Tally,
    cells,
    measure_harm,
    measure_recall,
    sampled,
    worst,
)

GRADES = ("ordinary", "hard", "extreme")


def options() -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.redaction_set", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--per-cell", type=int, default=1, help="secrets drawn for each kind in each placement")
    parser.add_argument("--cells", type=int, help="measure a sample of that many cells (default: all)")
    parser.add_argument("--clean", type=int, help="measure the first so many clean lines (default: all)")
    parser.add_argument("--show-misses", type=int, default=0, metavar="N")
    parser.add_argument("--worst", type=int, default=20, metavar="N")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def figures(tally: Tally) -> dict[str, float | int]:
    """A tally's numbers."""
    return {"seen": tally.seen, "failed": tally.failed, "share": round(tally.share, 5)}


def as_json(recall: Recall, harm: Harm) -> str:
    """Every figure, for machines."""
    parts = {
        name: {key: figures(tally) for key, tally in sorted(getattr(recall, name).items())}
        for name in ("grades", "told", "kinds", "placements")
    }
    clean = {"changed": figures(harm.changed), "damaged": figures(harm.damaged)}
    return json.dumps({"leaks": parts, "clean": clean, "programs": harm.programs}, indent=1)


def report(recall: Recall, harm: Harm, count: int) -> list[str]:
    """The figures that people read first."""
    lines = ["recall, every cell of kind and placement weighing the same"]
    rows = [(grade, recall.grades[grade]) for grade in GRADES] + sorted(recall.told.items())
    lines += [f"  {name:12} {1 - tally.share:8.3%}  {tally.failed} of {tally.seen} leak" for name, tally in rows]
    for title, tallies in (("kinds", recall.kinds), ("placements", recall.placements)):
        lines.append(f"worst {title}")
        lines += [f"  {tally.share:7.1%} leak of {tally.seen:4}  {name}" for name, tally in worst(tallies, count)]
    lines.append(f"clean lines changed  {harm.changed.share:8.3%}  {harm.changed.failed} of {harm.changed.seen}")
    lines.append(f"must-keep damaged    {harm.damaged.share:8.3%}  {harm.damaged.failed} of {harm.damaged.seen}")
    lines += [f"  {number:4} changed  {program}" for program, number in harm.programs.most_common(count) if number]
    return lines


def examples(recall: Recall, harm: Harm) -> list[str]:
    """Misses that were kept, by grade, and then the damage."""
    lines = [f"leak, {grade}: {each}" for grade in GRADES for each in recall.grades[grade].examples]
    lines += [f"changed: {each}" for each in harm.changed.examples]
    return lines + [f"damaged: {each}" for each in harm.damaged.examples]


def main() -> None:
    """Measure and print."""
    asked = options()
    redactor = Redactor(redact, redact_plain)
    chosen = sampled(cells(asked.per_cell), asked.cells, asked.seed)
    recall = measure_recall(redactor, chosen, asked.seed, asked.show_misses)
    harm = measure_harm(redactor, islice(clean_lines(asked.seed), asked.clean), asked.show_misses)
    print(
        as_json(recall, harm)
        if asked.json
        else "\n".join([*report(recall, harm, asked.worst), *examples(recall, harm)])
    )


if __name__ == "__main__":
    main()
