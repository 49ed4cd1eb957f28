"""The text of a draft pull request: what a reviewer needs, with every foreign word fenced so that it stays text."""

import re

from bot.logging import redact
from bot.records.proposal import Proof, Report
from bot.repair.brief import Publishing

MAX_TITLE = 120
MAX_REASONS = 10
LEVELS = (
    "diagnosis only",
    "the diff applies",
    "the test suite is green with it",
    "a new test fails without it and passes with it",
    "and no test was deleted, skipped or weakened",
)


def fenced(text: str, limit: int = 6000) -> str:
    """The text in a code block that it cannot break out of."""
    text = redact(text).strip()[:limit]
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    text = text[: max(limit - 2 * longest, 0)] or "—"
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def title_of(report: Report) -> str:
    """One line, at most 120 characters, that mentions nobody, closes no issue and skips no checks (`[skip ci]`)."""
    line = " ".join("".join(char if char.isprintable() else " " for char in redact(report.pr_title)).split())
    return re.sub(r"([@#\[])", "\\1\u200b", line)[:MAX_TITLE].rstrip() or "Mend an incident"


def body_of(publishing: Publishing, report: Report, proof: Proof, files: list[str]) -> str:
    """The body: cause, fix, proof, files, risk, how to check, and the trailers by which it is found again."""
    # No list: a box inside a list item ends with its first line.
    proved = "\n\n".join(fenced(reason, 800) for reason in proof.reasons[:MAX_REASONS]) or "nothing was proved"
    return f"""\
Suture opened this draft for incident `{publishing.incident.id}` (`{publishing.order_id}`) after an admin approved
exactly this diff (sha256 `{publishing.diff_sha256}`, on `{publishing.base_sha[:12]}`).
The texts in the boxes are the coding agent's own.

### Cause
{fenced(report.root_cause)}

### Fix
{fenced(report.fix)}

### Proof: level {proof.level} ({LEVELS[proof.level]})
{proved}

### Regression test
{fenced(report.regression_test)}

### Files
{fenced(chr(10).join(files))}

### Risk (confidence: {report.confidence})
{fenced(report.risk)}

### How to check
Read the diff, run the tests, and after the merge watch that the incident stays silent.

Suture-Incident: {publishing.incident.id}
Suture-Key: suture {publishing.incident.id} publish {publishing.attempt}
"""
