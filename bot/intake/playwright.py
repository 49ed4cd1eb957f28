"""Playwright's JSON report as faults: what each test's final attempt came to, at any depth of suites."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from bot.intake.fault import Fault, Frame, items, mapping, moment, plain_text, quoted_incident, whole_number
from bot.intake.patch_task import Attachment
from bot.intake.report_file import ReportUnreadable, read_json
from bot.intake.trace_text import Trace, first_line, python_trace, script_frames
from bot.logging import redact

PLACES = tuple(
    f"{app}{place}/report.json"
    for app in ("", "apps/web/")
    for place in ("playwright-report", "test-results", ".playwright-artifacts")
)
"""Where a report is looked for, in this order."""
MAX_DEPTH = 50
FAILING = ("failed", "timedOut", "interrupted")

Json = Mapping[str, object]


def found_report(root: Path) -> Path | None:
    """The report in one of its usual places below `root`."""
    return next((root / place for place in PLACES if (root / place).is_file()), None)


def faults_of(data: bytes, name: str, now: datetime) -> list[Fault]:
    """The faults in a report that was written by `--reporter=json`. Raises ReportUnreadable."""
    report = read_json(data, name)
    if not isinstance(report, dict) or not isinstance(report.get("suites"), list):
        raise ReportUnreadable(f"{name} is not a Playwright report: write it with --reporter=json.")
    started = moment(mapping(report.get("stats")).get("startTime")) or now
    return [
        fault
        for names, spec in specs_in(report, (), 0)
        for test in items(spec.get("tests"))
        if (fault := fault_of(names, spec, mapping(test), started))
    ]


def specs_in(suite: Json, names: tuple[str, ...], depth: int) -> Iterator[tuple[tuple[str, ...], Json]]:
    """Every spec below a suite, with the titles around it; deeper than anybody nests is left out."""
    if depth > MAX_DEPTH:
        return
    for spec in items(suite.get("specs")):
        yield names, mapping(spec)
    for inner in items(suite.get("suites")):
        below = mapping(inner)
        title = plain_text(below.get("title"), 200)
        is_file = title == plain_text(below.get("file"), 200)
        yield from specs_in(below, names if is_file or not title else (*names, title), depth + 1)


def outcome_of(test: Json, results: Sequence[Json]) -> str | None:
    """What the test came to: a failing status of its last attempt, `flaky`, or None when it is as it should be."""
    if not results or test.get("status") in ("expected", "skipped"):
        return None
    last, wanted = plain_text(results[-1].get("status"), 20), plain_text(test.get("expectedStatus"), 20) or "passed"
    if last == wanted:
        failed_before = any(plain_text(each.get("status"), 20) in FAILING for each in results[:-1])
        return "flaky" if test.get("status") == "flaky" or (wanted == "passed" and failed_before) else None
    return last if last in FAILING else "failed" if last == "passed" else None


def fault_of(names: tuple[str, ...], spec: Json, test: Json, started: datetime) -> Fault | None:
    """The fault of one test in one project, or None when there is none."""
    results = [mapping(each) for each in items(test.get("results"))]
    outcome = outcome_of(test, results)
    if outcome is None:
        return None
    told = results[-1] if outcome != "flaky" else next(
        (each for each in reversed(results) if each.get("status") in FAILING), results[-1])  # fmt: skip
    title, file = plain_text(spec.get("title"), 200), plain_text(spec.get("file"), 300)
    project = plain_text(test.get("projectName"), 60)
    whole = " › ".join((*names, title))
    error = redact(error_text(told))
    trace = python_trace(error) or Trace(kind=outcome, message=first_line(error), frames=script_frames(error))
    own = Frame(file=file, line=whole_number(spec.get("line")), function=title)
    incident = quoted_incident(error)
    return Fault(
        source="playwright",
        id=f"{file}-{whole}" + (f"-{project}" if project else ""),
        title=redact(f"{whole}: {first_line(error)}" if error else whole),
        kind=outcome if trace.kind in FAILING or outcome == "flaky" else trace.kind,
        message=trace.message or whole,
        culprit=file,
        frames=trace.frames or (own,),
        level=outcome,
        platform="javascript",
        last_seen=moment(told.get("startTime")) or started,
        first_seen=None,
        test=redact(f"{whole} [{project}]" if project else whole),
        test_file=f"{file}:{own.line}" if own.line else file,
        attachments=tuple(attachments_of(told)),
        incident_id=incident,
        notes=notes_of(outcome, len(results)),
        tags={f"@{plain_text(each, 60).lstrip('@')}": "yes" for each in items(spec.get("tags"))[:20]},
    )


def notes_of(outcome: str, attempts: int) -> tuple[str, ...]:
    """What a reader should know of the attempts."""
    told = {
        "flaky": f"It passed at attempt {attempts}: the test or what it waits for is unsteady.",
        "timedOut": "It ran into its time limit.",
        "interrupted": "The run was broken off while it was at work.",
    }.get(outcome)
    return (told,) if told else ()


def error_text(result: Json) -> str:
    """All that the attempt says went wrong."""
    errors = [mapping(result.get("error")), *(mapping(each) for each in items(result.get("errors")))]
    texts = (plain_text(each.get("stack"), 8_000) or plain_text(each.get("message"), 8_000) for each in errors)
    return "\n".join(dict.fromkeys(text for text in texts if text))[:16_000]


def attachments_of(result: Json) -> Iterator[Attachment]:
    """What the attempt left, by name and path; the path below the machine's own folders."""
    for each in items(result.get("attachments")):
        name, path = plain_text(mapping(each).get("name"), 100), plain_text(mapping(each).get("path"), 500)
        if name and path:
            yield Attachment(name=name, path=redact("/".join(path.replace("\\", "/").split("/")[-3:])))
