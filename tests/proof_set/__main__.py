"""`python -m tests.proof_set`: measures `python -m bot autofix prove` on the set, or checks the set itself."""

import argparse
import random
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.proof_set.catalogue import all_bugs, all_cases
from tests.proof_set.measure import as_json, measured
from tests.proof_set.model import Case
from tests.proof_set.report import told
from tests.proof_set.soundness import base_fault, fault_of


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof_set", description=__doc__)
    parser.add_argument("--bugs", nargs="*", help="only these bugs")
    parser.add_argument("--kinds", nargs="*", help="only these kinds, or the beginnings of their names")
    parser.add_argument("--sample", type=int, help="as many cases, chosen by chance")
    parser.add_argument("--seed", type=int, default=1, help="of the choice")
    parser.add_argument("--json", action="store_true", help="every outcome as JSON")
    parser.add_argument("--list", action="store_true", help="the cases and their labels, without running any")
    parser.add_argument("--check", action="store_true", help="check the set itself with plain git and plain test runs")
    parser.add_argument("-j", "--jobs", type=int, default=1, help="cases at a time")
    return parser.parse_args()


def chosen(asked: argparse.Namespace) -> list[Case]:
    """The cases that were asked for."""
    cases = [
        case
        for case in all_cases()
        if (not asked.bugs or case.bug.name in asked.bugs)
        and (not asked.kinds or any(case.kind.startswith(kind) for kind in asked.kinds))
    ]
    if asked.sample and asked.sample < len(cases):
        return random.Random(asked.seed).sample(cases, asked.sample)
    return cases


def listing(cases: list[Case]) -> str:
    """Each case with its label and reason, and how many there are of each kind."""
    lines = [f"{case.name}: {'/'.join(map(str, sorted(case.levels)))}  {case.why}" for case in cases]
    counted = Counter("evasion" if case.is_evasion else case.kind for case in cases)
    return "\n".join(
        [*lines, "", *(f"{kind}: {number}" for kind, number in counted.most_common()), f"{len(cases)} cases"]
    )


def check(cases: list[Case], jobs: int) -> int:
    """Print what speaks against the labels; 1 when anything does."""
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(jobs) as pool:
        room = Path(scratch)
        bases = pool.map(lambda bug: base_fault(bug, room / "bases" / bug.name), all_bugs())
        faults = [*bases, *pool.map(lambda case: fault_of(case, room / case.name), cases)]
    found = [fault for fault in faults if fault]
    print("\n".join([*found, f"{len(cases)} cases, {len(found)} faults"]))
    return 1 if found else 0


def main() -> int:
    """1 when a level is wrong, an attack succeeded or harm was done."""
    asked = arguments()
    cases = chosen(asked)
    if asked.list:
        print(listing(cases))
        return 0
    if asked.check:
        return check(cases, asked.jobs)
    with ThreadPoolExecutor(asked.jobs) as pool:
        outcomes = list(pool.map(measured, cases))
    print(as_json(outcomes) if asked.json else told(outcomes))
    return int(any(each.harm or each.evaded or not (each.is_right or each.stretch) for each in outcomes))


if __name__ == "__main__":
    sys.exit(main())
