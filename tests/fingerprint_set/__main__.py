"""`python -m tests.fingerprint_set`: whether one fault gets one identity, and two faults get two.

The truth is the root cause. Explicit causes (`raise … from …`) are followed down, through exception groups too; an
error raised while another was handled is a fault of its own. Two events are one fault when type, message and the
innermost frame of our own code (file and function; never line or deploy path) agree, with ids, numbers and hex in the
message masked, but codes of HTTP and of providers kept: 429 is not 403; where the root was raised deep inside of a
library, our frame is that of the nearest error above it. Without a traceback: logger and message
template, or title and culprit. What belongs here: events and the judge. The call under test is `subject.py` alone.
"""

import argparse
import sys
from collections import Counter

from tests.fingerprint_set.catalogue import events
from tests.fingerprint_set.measure import Score, score
from tests.fingerprint_set.model import Event


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.fingerprint_set", description="Measures the grouping.")
    parser.add_argument("--passes", type=int, default=2, help="how often each fault is played, with other facts")
    parser.add_argument("--seed", type=int, default=4, help="of every fact")
    parser.add_argument("--worst", type=int, default=10, metavar="N", help="how many wrong groups to print")
    parser.add_argument("--show", metavar="GROUP", help="print the events of a group instead")
    return parser.parse_args()


def told(found: Score, played: list[Event], worst: int) -> str:
    """The figures as text."""
    kinds = Counter(event.kind for event in played)
    lines = [
        f"{len(played)} events in {len({event.group for event in played})} groups: {dict(kinds)}",
        f"precision {found.precision:.3f}  recall {found.recall:.3f}  F1 {found.f1:.3f}",
        f"over-merged identities {found.over_merged:.1%}  split groups {found.over_split:.1%}",
    ]
    lines += ["", "put together wrongly:", *(f"  {' = '.join(groups)}"[:300] for groups in found.merged[:worst])]
    lines += ["", "torn apart:", *(f"  {group}: {parts}"[:300] for group, parts in found.split[:worst])]
    return "\n".join(lines)


def main() -> int:
    """Measure and print."""
    from tests.fingerprint_set.subject import identity

    asked = arguments()
    played = events(asked.passes, asked.seed)
    if asked.show:
        shown = [event for event in played if event.group == asked.show]
        print("\n".join(f"--- {event.shape}\n{event.traceback or event}" for event in shown))
        return 0
    print(told(score(played, identity), played, asked.worst))
    return 0


if __name__ == "__main__":
    sys.exit(main())
