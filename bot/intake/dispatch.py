"""A task as an incident, and its way through the one door to an agent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.events.event import GRAVE
from bot.incident.payload import Context, Incident, new_incident_id
from bot.intake.patch_task import PatchTask, urgency
from bot.intake.steps import Told
from bot.intake.task_text import redacted
from bot.records.store import StaleRecord
from bot.repair.noticed_orders import Home
from bot.repair.outside import open_outside
from bot.repair.repairs import Repairs

PLACE = " in "


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where the errors are from."""

    build: str
    env: str


def incident_of(task: PatchTask, origin: Origin, now: datetime) -> Incident:
    """The task as an incident, redacted once more; its evidence stands in place of log lines."""
    safe = redacted(task)
    return Incident(
        id=new_incident_id(),
        summary=f"{safe.title}\n\nSeen {safe.frequency} times by {', '.join(safe.sources)}, last at {safe.last_seen}.",
        severity=safe.severity,
        source=safe.sources[0],
        fingerprint=safe.fingerprint,
        created_at=now,
        context=Context(),
        stack_trace=trace_of(safe),
        logs=(*safe.evidence.breadcrumbs, *(f"look at {hint}" for hint in safe.expected_fix.files_hint)),
        build=origin.build,
        env=origin.env,
        uptime_seconds=0,
    )


def trace_of(task: PatchTask) -> str:
    """The stack in the form of Python's own, so that whoever reads incidents finds the places."""
    lines = ["Traceback (most recent call last):"]
    for frame in task.evidence.stack:
        place, _, function = frame.rpartition(PLACE)
        file, _, line = place.rpartition(":")
        lines.append(f'  File "{file}", line {line}, in {function}')
    return "\n".join((*lines, f"{task.kind}: {task.message}"))


async def send_tasks(tasks: Sequence[PatchTask], repairs: Repairs, home: Home, origin: Origin, limit: int) -> Told:
    """Open an order for each grave task that has none yet. Raises StoreUnavailable."""
    told = Told("prs", {"dispatch": True})
    steps: list[dict[str, object]] = []
    room = limit
    for task in sorted(tasks, key=urgency):
        if room <= 0:
            told.lines.append(f"postpone: {task.id} [{task.severity}], {limit} orders were opened in this run")
            continue
        try:
            incident = incident_of(task, origin, repairs.clock())
            order, is_new = await open_outside(repairs, incident, home, task.frequency)
        except StaleRecord:
            told.troubles.append(f"{task.id}: somebody else changed its order just now: run this again.")
            continue
        room -= is_new
        word = "open" if is_new else "keep"
        steps.append(
            {"deed": word, "name": task.id, "order": order.id, "incident": order.incident_id, "status": order.status}
        )
        why = f": {order.reason}" if order.reason else ""
        told.lines.append(
            f"{word}: {task.id} [{task.severity}] is {order.id} ({order.incident_id}), {order.status}{why}"
        )
    told.facts["steps"] = steps
    return told


def preview_sending(tasks: Sequence[PatchTask], origin: Origin, limit: int, now: datetime) -> Told:
    """The incidents that would be opened, as they would leave. Nothing is kept or sent."""
    told = Told("prs", {"dispatch": True, "dry_run": True})
    incidents = [incident_of(task, origin, now) for task in sorted(tasks, key=urgency)[:limit]]
    told.facts["incidents"] = [incident.model_dump(mode="json") for incident in incidents]
    told.lines = [incident.model_dump_json(indent=1) for incident in incidents]
    told.lines.append(f"{len(incidents)} of {len(tasks)} would be sent. Nothing was (--dry-run).")
    return told


def grave(tasks: Sequence[PatchTask], *, everything: bool) -> list[PatchTask]:
    """The tasks that get attention by themselves."""
    return [task for task in tasks if everything or task.severity in GRAVE]
