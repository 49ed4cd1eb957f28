"""Faults become patch tasks: weighed, placed, owned, and one task for one bug, whoever saw it and how often."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.events.event import GRAVE, Severity
from bot.intake.fault import Fault
from bot.intake.patch_task import (
    MAX_HINTS,
    MAX_STACK,
    SEVERITIES,
    Evidence,
    ExpectedFix,
    FixKind,
    PatchTask,
    Sighting,
    urgency,
)
from bot.intake.repository import Repository, is_file_name, relative
from bot.intake.rules import Rules

MAX_ID = 50
NOBODY = "unassigned"
NOTHING_THERE = re.compile(r"undefined|\bnull\b|cannot read|NoneType|nil pointer", re.IGNORECASE)
AGEING = re.compile(r"deprecat|will be removed in", re.IGNORECASE)
OUTER = {
    "src",
    "app",
    "apps",
    "packages",
    "lib",
    "bot",
    "services",
    "backend",
    "frontend",
    "server",
    "client",
    "web",
    "tests",
    "e2e",
}
"""Folders that hold the whole project rather than one component of it."""


@dataclass(frozen=True, kw_only=True)
class Judge:
    """What is needed to weigh and place a fault."""

    rules: Rules
    repository: Repository

    def task_of(self, fault: Fault) -> PatchTask:
        """The task of one fault."""
        severity, why = self.rules.severity(fault)
        hints = self.hints(fault)
        paths = (self.test_path(fault) or hints)[:MAX_HINTS]
        area = self.rules.area(fault, paths[:1])
        return PatchTask(
            id=task_id(fault),
            title=fault.title or fault.kind,
            area=area,
            owner=self.owner(fault, paths, area),
            severity=severity,
            frequency=fault.count,
            last_seen=fault.last_seen,
            first_seen=fault.first_seen,
            fingerprint=fault.fingerprint,
            incident_id=fault.incident_id,
            kind=fault.kind,
            message=fault.message,
            why=why,
            sightings=(Sighting(source=fault.source, id=fault.id, count=fault.count, url=fault.url),),
            evidence=fault.evidence,
            expected_fix=ExpectedFix(
                kind=fix_kind(fault, severity), files_hint=hints, notes=" ".join((*fault.notes, said_of(why))).strip()
            ),
        )

    def hints(self, fault: Fault) -> tuple[str, ...]:
        """Files to look at: the project's own in the trace that exist, innermost first; else those that are told."""
        told = (*fault.own_files, *([fault.culprit.split(" in ")[0]] if is_file_name(fault.culprit) else ()))
        existing = [found for file in told if (found := self.repository.existing(file))]
        hints = existing or [name for file in told if is_file_name(name := relative(file)) or "." in name]
        return tuple(dict.fromkeys(hints))[:MAX_HINTS]

    def test_path(self, fault: Fault) -> tuple[str, ...]:
        """Of a test its own file: whoever looks after the test looks first."""
        told = (fault.test_file or "").rpartition(":") if fault.test_file else ("", "", "")
        name = told[0] if told[1] and told[2].isdecimal() else fault.test_file or ""
        found = self.repository.existing(name) or relative(name)
        return (found,) if found else ()

    def owner(self, fault: Fault, paths: Sequence[str], area: str) -> str:
        """Whose it is: by CODEOWNERS, by the table, else the component that its file is in."""
        owned = " ".join(self.repository.owners.owners(paths[0])) if paths else ""
        return owned or self.rules.owner(fault, tuple(paths[:1]), area) or component(paths)


def component(paths: Sequence[str]) -> str:
    """The first folder that is not the whole project's, or the file's own name."""
    for path in paths:
        *folders, file = path.split("/")
        names = [folder for folder in folders if folder.casefold() not in OUTER]
        return names[0] if names else file.split(".")[0] or NOBODY
    return NOBODY


def said_of(why: str) -> str:
    """The rule's reason as a sentence."""
    return f"{why[:1].upper()}{why[1:]}." if why else ""


def fix_kind(fault: Fault, severity: Severity) -> FixKind:
    """What sort of change is expected."""
    if fault.level == "flaky" or fault.kind == "flaky":
        return "test"
    if NOTHING_THERE.search(fault.title):
        return "guardrail"
    if severity in GRAVE or fault.source != "sentry":
        return "bugfix"
    return "refactor" if AGEING.search(fault.title) else "guardrail"


def task_id(fault: Fault) -> str:
    """The task's id: the source's name and what the source calls the fault, plain; long ones end in a digest."""
    whole = f"{fault.source}-{fault.id}"
    slug = re.sub(r"[^a-z0-9]+", "-", whole.casefold()).strip("-")
    if len(slug) > MAX_ID or slug.count("-") == 0 or not slug.isascii():
        digest = hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()[:8]
        slug = f"{slug[: MAX_ID - 9].strip('-')}-{digest}"
    return slug


def tasks_of(faults: Iterable[Fault], judge: Judge) -> list[PatchTask]:
    """A task for each bug, the most urgent first."""
    return merged(judge.task_of(fault) for fault in faults)


def merged(tasks: Iterable[PatchTask]) -> list[PatchTask]:
    """One task where several are of one bug: of one fingerprint, or of one incident of the bot. Most urgent first."""
    groups: dict[str, list[PatchTask]] = {}
    for task in tasks:
        keys = [key for key in (f"f:{task.fingerprint}", f"i:{task.incident_id}" if task.incident_id else "") if key]
        known = list({id(groups[key]): groups[key] for key in keys if key in groups}.values())
        group = [member for each in known for member in each] + [task]
        names = {key for key, each in groups.items() if any(each is old for old in known)}
        for key in (*keys, *names):
            groups[key] = group
    distinct = {id(group): group for group in groups.values()}.values()
    return sorted((joined(group) for group in distinct), key=urgency)


def joined(group: Sequence[PatchTask]) -> PatchTask:
    """The one task of a group: the gravest severity, all evidence, each source's sightings counted once."""
    if len(group) == 1:
        return group[0]
    first = min(group, key=lambda task: (task.sightings[0].source != "sentry", urgency(task)))
    gravest = min(group, key=lambda task: SEVERITIES.index(task.severity))
    sightings = {(each.source, each.id): each for task in group for each in task.sightings}
    firsts = [task.first_seen for task in group if task.first_seen]
    hints = dict.fromkeys(hint for task in (first, *group) for hint in task.expected_fix.files_hint)
    notes = dict.fromkeys(task.expected_fix.notes for task in (gravest, *group) if task.expected_fix.notes)
    changes: dict[str, object] = {
        "severity": gravest.severity,
        "why": gravest.why,
        "sightings": tuple(sightings.values()),
        "frequency": sum(each.count for each in sightings.values()),
        "last_seen": max(task.last_seen for task in group),
        "first_seen": min(firsts, default=None),
        "incident_id": next((task.incident_id for task in group if task.incident_id), None),
        "evidence": joined_evidence(first, group),
        "expected_fix": ExpectedFix(
            kind=gravest.expected_fix.kind, files_hint=tuple(hints)[:MAX_HINTS], notes=" ".join(notes)
        ),
    }
    return first.model_copy(update=changes)


def joined_evidence(first: PatchTask, group: Sequence[PatchTask]) -> Evidence:
    """The first task's evidence, with what only the others have."""
    told: dict[str, object] = {}
    for task in (first, *group):
        for name in Evidence.model_fields:
            if name != "attachments" and not told.get(name):
                told[name] = getattr(task.evidence, name)
    attachments = dict.fromkeys(each for task in group for each in task.evidence.attachments)
    return Evidence.model_validate({**told, "attachments": tuple(attachments)[:MAX_STACK]})


def frequent(tasks: Iterable[PatchTask], least: int) -> tuple[list[PatchTask], int]:
    """The tasks that were seen often enough, and how many were not; a test's failure can be repeated, so it counts."""
    tasks = list(tasks)
    kept = [task for task in tasks if task.frequency >= least or set(task.sources) != {"sentry"}]
    return kept, len(tasks) - len(kept)
