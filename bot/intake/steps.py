"""The steps of the intake, each alone on the files of the one before: what it did, as facts that can be told."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from bot.apis.github_drafts import DraftDesk, DraftSeen
from bot.apis.sentry import Sentry
from bot.intake import junit, playwright, sentry_errors
from bot.intake.draft_plan import Step, Wish, planned
from bot.intake.draft_pr import Drafts, Outcome
from bot.intake.fault import Fault
from bot.intake.normalise import Judge, frequent, merged, tasks_of
from bot.intake.out_files import OF_TESTS, TASKS, OutFiles
from bot.intake.patch_task import PatchTask, TasksUnreadable
from bot.intake.task_text import body_of, title_of

OnStep = Callable[[], None]
SHOWN_WAITING = 20
"""How many tasks that wait for the next run are told by name."""


@dataclass
class Told:
    """What a step did: sentences for people, the same as facts for machines."""

    step: str
    facts: dict[str, object] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """One document for machines."""
        return {"step": self.step, **self.facts, "troubles": self.troubles}


async def pull_sentry(sentry: Sentry, out: OutFiles, limit: int, environment: str | None, on_step: OnStep) -> Told:
    """Fetch Sentry's errors into their file; `environment`: where the latest events are to be from, None for none.

    Raises ApiError, OSError.
    """
    fetched = await sentry_errors.fetch(sentry, limit, environment, on_step)
    path = out.write_records(fetched.records)
    events = sum("latestEvent" in record for record in fetched.records)
    complete = len(fetched.records) < limit
    out.note_read("sentry", complete=complete, at=datetime.now().astimezone())
    told = Told("sentry", {"issues": len(fetched.records), "events": events, "complete": complete, "file": str(path)})
    told.lines = [f"{len(fetched.records)} issues, {events} with their latest event → {path}"]
    if not complete:
        told.lines.append(f"There may be more: {limit} were asked for (--limit).")
    told.troubles = fetched.troubles
    return told


def read_playwright(report: Path, out: OutFiles, judge: Judge, now: datetime) -> Told:
    """Turn a Playwright report into tasks. Raises ReportUnreadable, OSError."""
    faults = playwright.faults_of(report.read_bytes(), str(report), now)
    return told_tests("playwright", faults, out, judge, now)


def read_junit(reports: Sequence[Path], out: OutFiles, judge: Judge, now: datetime) -> Told:
    """Turn JUnit files into tasks. Raises ReportUnreadable, OSError."""
    faults = [fault for report in reports for fault in junit.faults_of(report.read_bytes(), str(report), now)]
    return told_tests("junit", faults, out, judge, now)


def told_tests(step: str, faults: Sequence[Fault], out: OutFiles, judge: Judge, now: datetime) -> Told:
    """Keep the tasks of tests that failed."""
    source = next(each for each in OF_TESTS if each == step)
    tasks = tasks_of(faults, judge)
    path = out.write_tasks(OF_TESTS[source], tasks)
    out.note_read(source, complete=True, at=now)
    flaky = sum(fault.level == "flaky" for fault in faults)
    told = Told(step, {"failures": len(faults) - flaky, "flaky": flaky, "tasks": len(tasks), "file": str(path)})
    told.lines = [f"{len(faults) - flaky} failures and {flaky} flaky tests, {len(tasks)} tasks → {path}"]
    return told


def normalise(out: OutFiles, judge: Judge, least: int) -> Told:
    """Make one list of tasks of all that the sources told. Raises TasksUnreadable, ReportUnreadable, OSError."""
    records = out.records()
    of_tests = {source: out.tasks(name) for source, name in OF_TESTS.items()}
    if records is None and all(tasks is None for tasks in of_tests.values()):
        raise TasksUnreadable(f"{out.folder} holds nothing yet: run `intake sentry`, `playwright` or `junit` first.")
    faults, bad = sentry_errors.faults_of(records or ())
    seen = [judge.task_of(fault) for fault in faults]
    seen += [task for tasks in of_tests.values() for task in tasks or ()]
    kept, rare = frequent(merged(seen), least)
    path = out.write_tasks(TASKS, kept)
    by_severity = {severity: sum(task.severity == severity for task in kept) for severity in
                   ("blocker", "high", "medium", "low")}  # fmt: skip
    told = Told("normalize", {"seen": len(seen), "tasks": len(kept), "rare": rare, **by_severity, "file": str(path)})
    counts = ", ".join(f"{count} {severity}" for severity, count in by_severity.items() if count)
    told.lines = [f"{len(seen)} errors are {len(kept) + rare} bugs; {len(kept)} tasks ({counts or 'none'}) → {path}"]
    if rare:
        told.lines.append(f"{rare} were seen less than {least} times and left out (--min-frequency).")
    if bad:
        told.troubles.append(f"{bad} entries hold no issue that was ever seen; they were left out.")
    return told


def all_tasks(out: OutFiles) -> list[PatchTask]:
    """The tasks of the last normalise, and those of tests that ran since. Raises TasksUnreadable, OSError."""
    names = (TASKS, *OF_TESTS.values())
    found = [tasks for name in names if (tasks := out.tasks(name)) is not None]
    if not found:
        raise TasksUnreadable(f"{out.folder / TASKS} is not there: run `intake normalize` first.")
    return merged(task for tasks in found for task in tasks)


def preview(tasks: Sequence[PatchTask], pulls: Iterable[DraftSeen], wish: Wish) -> Told:
    """What a run would do, with every word that it would write. Nothing is sent."""
    steps = planned(tasks, pulls, wish)
    told = Told("prs", {"dry_run": True, "steps": [facts_of(Outcome(step=step)) | words_of(step) for step in steps]})
    told.lines = lines_of([Outcome(step=step) for step in steps])
    for step in steps:
        if words := words_of(step):
            told.lines += ["", *(f"{name}: {value}" for name, value in words.items() if name != "body"), words["body"]]
    told.lines.append(f"{summary_of(steps)} Nothing was sent (--dry-run).")
    return told


async def make_drafts(tasks: Sequence[PatchTask], desk: DraftDesk, wish: Wish, on_step: OnStep) -> Told:
    """Open, update and close drafts. Raises ApiError when nothing could be looked at."""
    steps = planned(tasks, await desk.pulls(), wish)
    outcomes = await Drafts(desk).carry_out(steps, lambda _: on_step())
    told = Told("prs", {"dry_run": False, "steps": [facts_of(outcome) for outcome in outcomes]})
    told.lines = [*lines_of(outcomes), summary_of(steps)]
    told.troubles = [f"{outcome.step.name}: {outcome.failed}" for outcome in outcomes if outcome.failed]
    return told


def facts_of(outcome: Outcome) -> dict[str, object]:
    """An outcome for machines."""
    step = outcome.step
    task = {"severity": step.task.severity, "fingerprint": step.task.fingerprint} if step.task else {}
    facts = {"deed": step.deed, "name": step.name, "why": step.why, "branch": step.branch or None, "url": outcome.url}
    return {**facts, **task, "failed": outcome.failed}


def words_of(step: Step) -> dict[str, str]:
    """What a step would write; nothing when it writes nothing."""
    if step.task is None or step.deed not in ("open", "update", "reopen"):
        return {}
    labels = ", ".join(sorted(step.labels))
    return {"branch": step.branch, "title": title_of(step.task), "labels": labels, "body": body_of(step.task)}


def lines_of(outcomes: Sequence[Outcome]) -> list[str]:
    """A line for each outcome; of those that wait for the next run, the most urgent ones."""
    waiting = [outcome for outcome in outcomes if outcome.step.deed == "postpone"]
    shown = [line_of(outcome) for outcome in outcomes if outcome.step.deed != "postpone"]
    shown += [line_of(outcome) for outcome in waiting[:SHOWN_WAITING]]
    more = len(waiting) - SHOWN_WAITING
    return [*shown, f"… and {more} more wait for the next runs."] if more > 0 else shown


def line_of(outcome: Outcome) -> str:
    """An outcome as a line."""
    step = outcome.step
    severity = f" [{step.task.severity}]" if step.task else ""
    url = f" {outcome.url}" if outcome.url else ""
    return f"{'failed' if outcome.failed else step.deed}: {step.name}{severity}, {outcome.failed or step.why}{url}"


def summary_of(steps: Sequence[Step]) -> str:
    """How many of each deed."""
    counts = {deed: sum(step.deed == deed for step in steps) for deed in
              ("open", "reopen", "update", "keep", "leave", "close", "postpone")}  # fmt: skip
    return ", ".join(f"{count} {deed}" for deed, count in counts.items() if count) + "." if steps else "Nothing to do."
