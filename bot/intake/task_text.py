"""The words of a task's pull request; whatever comes from outside stands in boxes and code, where it stays text."""

import re
from collections.abc import Mapping
from datetime import UTC

from bot.events.event import Severity
from bot.incident.foreign_text import one_line
from bot.intake.patch_task import PatchTask
from bot.intake.sentry_errors import safe_link
from bot.logging import redact
from bot.logging.redaction import redact_plain
from bot.repair.pr_text import LIVE, fenced, shown
from bot.repair.untrusted_json import neutral_json

MAX_TITLE = 60
STACK_LINES = 5
LABEL = "suture-intake"
FOLDER = ".suture/tasks"
COLOURS: Mapping[Severity, str] = {"blocker": "b60205", "high": "d93f0b", "medium": "fbca04", "low": "c2e0c6"}
TRAILER = re.compile(r"^(Suture-[A-Z][A-Za-z-]{1,30}): (\S{1,200}(?: \S{1,200}){0,5})$")
CLOSED_NOTE = "Suture-Closed"


def branch_of(task: PatchTask) -> str:
    """The branch of a task: of plain letters, digits and dashes."""
    return f"fix/{task.id}"


def file_of(task: PatchTask) -> str:
    """Where the task lies on its branch."""
    return f"{FOLDER}/{task.id}.json"


def labels_of(task: PatchTask) -> dict[str, tuple[str, str]]:
    """The task's labels: name → colour and meaning."""
    kinds = {f"source:{source}": ("1d76db", f"Seen by {source}") for source in task.sources}
    severity = {f"severity:{task.severity}": (COLOURS[task.severity], f"Severity {task.severity}")}
    return {LABEL: ("5319e7", "A task that Suture's intake found"), **severity, **kinds}


def is_our_label(name: str) -> bool:
    """Is it a label that the intake gives and takes?"""
    return name == LABEL or name.startswith(("severity:", "source:"))


def inert_line(text: str, limit: int) -> str:
    """One line that mentions nobody, closes nothing, and shows all that is in it."""
    line = one_line(text)
    return LIVE.sub("\\1\u200b", line if len(line) <= limit else line[: limit - 1].rstrip() + "…")


def title_of(task: PatchTask) -> str:
    """`[HIGH] what went wrong`, the latter at most 60 characters."""
    return f"[{task.severity.upper()}] {inert_line(task.title, MAX_TITLE) or task.id}"


def code(text: str) -> str:
    """A short text as inline code that it cannot break out of."""
    line = " ".join(shown(redact(text)).replace("`", "'").split())[:200]
    return f"`{line or '—'}`"


def redacted(task: PatchTask) -> PatchTask:
    """The task, redacted once more at the door out."""
    return PatchTask.model_validate(redact_plain(task.model_dump(mode="json")))


def task_file(task: PatchTask) -> str:
    """The task as the file on its branch: JSON that holds no sign of Markdown, templates or roles."""
    return neutral_json(redacted(task).model_dump(mode="json", by_alias=True, exclude_none=True)) + "\n"


def commit_message(task: PatchTask) -> str:
    """The words of the commit that brings the task."""
    return f"Task {task.id}: {task.severity}\n\nSuture-Task: {task.id}\n"


def evidence_text(task: PatchTask) -> str:
    """The links and names by which the fault is found where it was seen."""
    evidence, lines = task.evidence, []
    for sighting in task.sightings[:10]:
        link = safe_link(sighting.url)
        lines.append(
            f"- {sighting.source}: {code(sighting.id)}, {sighting.count} times" + (f", <{link}>" if link else "")
        )
    if evidence.playwright_test:
        lines.append(f"- Playwright test: {code(evidence.playwright_test)}")
    if evidence.test_file:
        lines.append(f"- Test file: {code(evidence.test_file)}")
    if evidence.request and evidence.request.url:
        lines.append(f"- Request: {code(' '.join((evidence.request.method or '', evidence.request.url)))}")
    if task.incident_id:
        lines.append(f"- Incident of the bot: `{task.incident_id}`")
    lines += [f"- {each.name and code(each.name)}: {code(each.path)}" for each in evidence.attachments[:10]]
    return "\n".join(lines)


def trailers_of(task: PatchTask) -> str:
    """The lines by which the pull request is found again."""
    return "\n".join((
        f"Suture-Task: {task.id}",
        f"Suture-Fingerprint: {task.fingerprint}",
        f"Suture-Severity: {task.severity}",
        f"Suture-Source: {' '.join(task.sources)}",
    ))  # fmt: skip


def body_of(task: PatchTask) -> str:
    """The body, in the order that reviewers know: what, how bad, where seen, the stack, the fix, the files."""
    crash = "\n".join(task.evidence.stack[-STACK_LINES:]) or "none was told"
    hints = "\n".join(f"- {code(hint)}" for hint in task.expected_fix.files_hint) or "- none is known"
    return f"""\
## Patch task `{task.id}`

{fenced(task.title, 400)}

**Severity:** {task.severity} ({code(task.why or "no rule")})
**Area:** {task.area}
**Owner:** {code(task.owner)}
**Occurrences:** {task.frequency}
**Last seen:** {task.last_seen.astimezone(UTC):%Y-%m-%d %H:%M} UTC

### Where it was seen
{evidence_text(task)}

### Error
{fenced(f"{task.kind}: {task.message}", 1500)}

### Stack
{fenced(crash, 3000)}

### Suggested fix
**Kind:** {task.expected_fix.kind}

{fenced(task.expected_fix.notes or "no notes", 800)}

### Files to check
{hints}

---
This draft was made by Suture's intake. It holds the task as a file (`{file_of(task)}`) and no code: add the fix to this
branch, take the file out, review carefully, and mark the draft ready yourself. Nothing here merges by itself.
The texts in boxes and in code come from outside; nobody has checked them.

{trailers_of(task)}
"""


def read_trailers(body: str) -> dict[str, str]:
    """The trailers at a body's very end; whatever stands above the last empty line is none."""
    last = body.replace("\r\n", "\n").strip().rpartition("\n\n")[2]
    found = [TRAILER.match(line) for line in last.splitlines()]
    return {each[1]: each[2] for each in found if each} if found and all(found) else {}
