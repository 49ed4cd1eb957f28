"""All figures of the log engine, and what each must reach: `make bench`."""

import sys

from benchmarks import log_engine, query, redaction, storm, watchdog


def main() -> int:
    """Print the table; 1 when a row falls short of what it must reach."""
    rows = [row for part in (log_engine, redaction, query, storm, watchdog) for row in part.rows()]
    print("\nFigure (must / stretch)")
    for row in rows:
        print(row.told())
    return int(any(row.verdict == "FALLS SHORT" for row in rows))


if __name__ == "__main__":
    sys.exit(main())
