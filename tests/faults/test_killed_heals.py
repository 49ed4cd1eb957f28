"""Promise: a heal that dies or breaks at any point is never left half done, does nothing twice, and tells the truth."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bot.ledger.google_sheet import HEADER
from tests.databases import an_empty_postgresql
from tests.faults.heal_cases import CASES, Case
from tests.faults.heal_process import Report

ROOT = Path(__file__).resolve().parents[2]
NEWS = {
    "verified": "self_healing.completed",
    "undone": "self_healing.failed",
    "failed": "self_healing.failed",
    "awaiting_patch": "self_healing.escalated",
}
TRUST = {"verified": [0.8], "undone": [0.3], "failed": [0.3], "awaiting_patch": []}
NEVER_BEGAN = "The bot was stopped before it began."


def reports_of(folder: Path, url: str | None = None, cases: str = "") -> list[Report]:
    """What became of every death; the environment says how many there are."""
    command = [sys.executable, "-m", "tests.faults.heal_process", str(folder), *([url] if url else [])]
    done = subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
        env={**os.environ, "KILL_CASES": cases},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return [Report(**json.loads(line)) for line in done.stdout.splitlines()]


def wrong_in(report: Report) -> list[str]:
    """What is not as it has to be; nothing, if all is well."""
    case = next(each for each in CASES if each.name == report.case)
    if not report.status:
        return list(wrong_in_none(report))
    return [*wrong_in_record(report), *wrong_outside(case, report)]


def wrong_in_none(report: Report) -> Iterator[str]:
    """It died before there was a run: then nothing was done at all."""
    if report.what != "kill" or report.runs or report.told or report.deeds or report.held:
        yield "there is no run, and yet something happened"


def wrong_in_record(report: Report) -> Iterator[str]:
    """Of the run as it is written down and told."""
    if report.status not in NEWS:
        yield f"it is left {report.status}"
        return
    if report.runs != 1 or report.held:
        yield f"{report.runs} runs, the guard {'holds others up' if report.held else 'is free'}"
    if [name for name in report.told if name != "self_healing.triggered"] != [NEWS[report.status]]:
        yield f"told {report.told}"
    if [round(after, 6) for after in report.moved] != TRUST[report.status]:
        yield f"trust became {report.moved}"
    if "acting" in report.steps.values():
        yield f"half done: {report.steps}"
    if report.status == "undone" and "done" in report.steps.values():
        yield f"not put back: {report.steps}"
    if report.status == "failed" and report.reason != NEVER_BEGAN and "could not be put back" not in report.reason:
        yield f"failed without a word on what is left: {report.reason}"
    if report.status == "undone" and not report.reason:
        yield "it does not say why it was undone"


def wrong_outside(case: Case, report: Report) -> Iterator[str]:
    """Of what the heal is about: as it should be after a heal, or as it was before."""
    if any(report.deeds.count(deed) > 1 for deed in case.once):
        yield f"done twice: {report.deeds}"
    if report.orders != (report.status == "awaiting_patch"):
        yield f"{report.orders} work orders"
    if report.paused or report.local:
        yield f"left behind: paused {report.paused}, the sheet left in peace: {report.local}"
    is_raised = report.status == "verified" or "apply_config_timeout could not be put back" in report.reason
    if case.playbook == "pipeline_timeout_fix" and report.limit != (10.0 if is_raised else 5.0):
        yield f"the limit is {report.limit}"
    if case.sheet:
        yield from wrong_in_sheet(case, report)


def wrong_in_sheet(case: Case, report: Report) -> Iterator[str]:
    """Of the sheet: each row once, and its header right, or as it was."""
    messages = [str(row[2]) if len(row) > 2 else "" for row in report.rows]
    known = [str(100 + number) for number in range(case.waiting)]
    if messages.count("9001") != 1 or any(messages.count(name) > 1 for name in known):
        yield f"rows: {messages}"
    if sum(name in messages for name in known) + report.waiting < case.waiting:
        yield f"a row is lost: {messages}, {report.waiting} wait"
    first = tuple(str(cell) for cell in report.rows[0]) if report.rows else ()
    before = tuple(str(cell) for cell in case.sheet[0])
    is_left = report.status == "failed" and "apply_schema_fix could not be put back" in report.reason
    allowed = {HEADER} if report.status == "verified" or is_left else {before}
    if first not in allowed:
        yield f"the first row is {first}"


def told(reports: list[Report]) -> list[str]:
    """Everything that is wrong, a line for each death."""
    return [
        f"{report.case}, {report.what} at {report.at} ({'helps' if report.helps else 'does not help'}): {each}"
        for report in reports
        for each in wrong_in(report)
    ]


def test_a_heal_that_is_killed_or_breaks_anywhere_ends_whole_and_is_told(tmp_path: Path) -> None:
    reports = reports_of(tmp_path)

    assert told(reports) == []
    assert {report.case for report in reports} == {case.name for case in CASES}
    assert {report.status for report in reports} >= {"verified", "undone", "failed", "awaiting_patch"}


def test_the_same_holds_on_postgresql(tmp_path: Path) -> None:
    with an_empty_postgresql() as url:
        reports = reports_of(tmp_path, url, cases="pipeline_timeout_fix")

    assert reports
    assert told(reports) == []


def test_a_lie_is_not_passed_over() -> None:
    lies = Report(
        case="memory_cleanup", what="kill", at=1, helps=True, status="verified", steps={"x": "acting"}, runs=2
    )

    assert len(wrong_in(lies)) == 4
