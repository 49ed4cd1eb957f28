"""`python -m tests.redaction_held_out`: a held-out set for the redactor, frozen when it was written.

The set knows the world's credentials and the places where logs show them, and nothing of the redactor's rules; it was
written without looking at them, and a miss is mended in the redactor, never here. What belongs here: kinds (a pattern
with random pieces), placements (ordinary, hard, extreme), clean lines with the words that must stay. Every secret is
drawn when the set runs. A cell leaks when any eight characters of the secret in a row can still be read, also by
undoing the placement's own encoding; a shorter secret when all of it can.
"""

import argparse
import sys
import time
from collections import Counter

from tests.redaction_held_out.measure import Tally, measured


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.redaction_held_out", description="Measures the redactor.")
    parser.add_argument("--cells", type=int, default=10_000, help="as many cells by chance; 0 for every one")
    parser.add_argument("--seed", type=int, default=5, help="of the choice and of every secret")
    parser.add_argument("--show-misses", type=int, default=0, metavar="N", help="print so many leaks and changed lines")
    parser.add_argument("--worst", type=int, default=15, metavar="N", help="how many of the worst rows to print")
    return parser.parse_args()


def worst(tally: Tally, prefix: str, count: int) -> list[str]:
    """The rows with the lowest recall."""
    found = [row for row in tally.leaked if row.startswith(prefix)]
    ranked = sorted(found, key=lambda row: (tally.recall(row), row))[:count]
    return [f"  {tally.recall(row):7.1%}  of {tally.cells[row]:4}  {row.removeprefix(prefix)}" for row in ranked]


def report(tally: Tally, count: int) -> str:
    """The figures as text."""
    lines = [
        f"{row:16} {tally.recall(row):7.2%} of {tally.cells[row]:6}"
        for row in ("all", "grade ordinary", "grade hard", "grade extreme")
    ]
    changed = Counter(source for source, *_ in tally.changed)
    lines += ["", "worst families:", *worst(tally, "family ", count)]
    lines += ["", "worst kinds:", *worst(tally, "kind ", count), "", "worst placements:"]
    lines += worst(tally, "placement ", count)
    lines += [
        "",
        f"clean lines changed    {len(tally.changed) / tally.clean:7.2%} of {tally.clean}"
        f"  {dict(changed.most_common(count))}",
    ]
    lines += [f"lines with damaged words {tally.damaged / tally.with_kept:5.2%} of {tally.with_kept}"]
    return "\n".join(lines)


def shortened(text: str, needle: str) -> str:
    """A long line's part around the needle."""
    at = max(text.find(needle[:8]), 0)
    return text if len(text) < 400 else f"…{text[max(at - 100, 0) : at + 200]}…"


def main() -> int:
    """Measure and print."""
    from bot.logging.redaction import redact

    asked = arguments()
    began = time.perf_counter()
    tally = measured(redact, asked.cells or None, asked.seed)
    for cell, output in tally.misses[: asked.show_misses]:
        print(f"[{cell.kind.name} | {cell.placement.grade}: {cell.placement.name}]")
        print(f"  in:  {shortened(cell.line, cell.needle)!r}\n  out: {shortened(output, cell.needle)!r}")
    for source, text, output in tally.changed[: asked.show_misses]:
        print(f"[clean {source}]\n  in:  {text}\n  out: {output}")
    print(report(tally, asked.worst))
    print(f"\n{time.perf_counter() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
