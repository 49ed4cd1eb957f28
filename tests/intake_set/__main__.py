"""`python -m tests.intake_set`: whether errors from outside get the severity, area and owners a person would give.

The truth of severity is facts. Blocker: the service is down or cannot start, data is lost, signing in or paying is
broken for all. High: a feature fails for users (an unhandled exception, a 5xx, a quota that is gone, a sign-in loop,
a test of a main journey). Medium: degraded, retried, recovered, a rare input, not a main feature. Low: cosmetic, a
warning, a deprecation, noise of clients, a flaky test. Area and owners are what `repository/` says of the file that the
innermost frame of ours, or the test's path, ends with: the globs in areas.toml, the last matching line of CODEOWNERS;
where no file is told they are not judged. A record (model.py) is what a watcher reports: source, title, type, value,
culprit, level, times seen, users, environment, frames, tags, test. The call under test is `subject.py` alone.
"""

import argparse
import sys
from collections import Counter

from tests.intake_set.catalogue import ALL_RECORDS
from tests.intake_set.repository import area_of, owners_of
from tests.intake_set.subject import judged

SEVERITIES = ("blocker", "high", "medium", "low")


def report(show_misses: bool) -> str:
    """The figures as text."""
    said = [(record, judged(record)) for record in ALL_RECORDS]
    placed = [(record, record.path, judgement) for record, judgement in said if record.path]
    table: Counter[tuple[str, str]] = Counter((record.severity, judgement.severity) for record, judgement in said)
    right = sum(record.severity == judgement.severity for record, judgement in said)
    low = sum(table[true, given] for true in ("blocker", "high") for given in ("medium", "low"))
    area = sum(judgement.area == area_of(path) for _, path, judgement in placed)
    owners = sum(set(judgement.owners) == set(owners_of(path)) for _, path, judgement in placed)
    lines = [
        f"{len(said)} records: {dict(Counter(record.severity for record in ALL_RECORDS))}",
        f"severity {right / len(said):.1%}  (blocker or high called medium or low: {low})",
        f"area {area / len(placed):.1%}  owners {owners / len(placed):.1%}  of {len(placed)}",
        "",
        f"{'true / said':12}" + "".join(f"{each:>9}" for each in SEVERITIES),
    ]
    lines += [f"{true:12}" + "".join(f"{table[true, given]:9}" for given in SEVERITIES) for true in SEVERITIES]
    if show_misses:
        lines += [
            "",
            *(
                f"{record.name}: {record.severity}, said {judgement.severity}; {record.title}"
                for record, judgement in said
                if judgement.severity != record.severity
            ),
        ]
        lines += [
            f"{record.name}: {area_of(path)} {owners_of(path)}, said {judgement.area} {judgement.owners}"
            for record, path, judgement in placed
            if (judgement.area, set(judgement.owners)) != (area_of(path), set(owners_of(path)))
        ]
    return "\n".join(lines)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.intake_set", description="Measures the intake of errors.")
    parser.add_argument("--show-misses", action="store_true", help="name every record that was judged wrongly")
    print(report(parser.parse_args().show_misses))
    return 0


if __name__ == "__main__":
    sys.exit(main())
