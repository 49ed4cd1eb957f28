"""Which events people are told of, and in which words."""

from datetime import datetime
from functools import singledispatch

from bot.events import catalog as of
from bot.events.event import Event, Severity
from bot.notify.alert import Alert, Level

LEVELS: dict[Severity, Level] = {"blocker": "critical", "high": "warning"}
"""Incidents of which people are told; the others stand on their cards."""


@singledispatch
def alert_of(event: Event, at: datetime) -> Alert | None:
    """The alert that an event makes; None when nobody need be told of it, as of every kind that has no words here."""
    return None


@alert_of.register
def incident_opened(event: of.IncidentOpened, at: datetime) -> Alert | None:
    """A new fault, when it is grave."""
    if event.severity not in LEVELS:
        return None
    return Alert(
        key=f"fault {event.fingerprint}",
        level=LEVELS[event.severity],
        title=f"New incident, {event.severity}: {event.title}",
        at=at,
        reason=f"seen by {event.source}",
        next_step=f"/debug_incident {event.incident_id}",
        incident_id=event.incident_id,
    )


@alert_of.register
def incident_updated(event: of.IncidentUpdated, at: datetime) -> Alert | None:
    """The same fault again: told with its count, once in a while."""
    if event.severity not in LEVELS:
        return None
    return Alert(
        key=f"fault {event.fingerprint}",
        level=LEVELS[event.severity],
        title=f"Incident {event.incident_id} continues: seen {event.count} times",
        at=at,
        next_step=f"/debug_incident {event.incident_id}",
        incident_id=event.incident_id,
    )


@alert_of.register
def triggered(event: of.HealingTriggered, at: datetime) -> Alert:
    """A heal starts: what, and why."""
    return Alert(
        key=f"run {event.run_id}",
        news=event.wire,
        level="info",
        title=f"Healing starts: {event.playbook_id}",
        at=at,
        reason=event.reason,
        action=f"playbook {event.playbook_id}, run {event.run_id}"
        + (f", command {event.command}" * bool(event.command)),
        incident_id=event.incident_id,
    )


@alert_of.register
def completed(event: of.HealingCompleted, at: datetime) -> Alert:
    """A heal helped, or found nothing to do."""
    if event.outcome == "nothing_to_do":
        return Alert(
            key=f"run {event.run_id}",
            news=event.wire,
            level="info",
            title=f"Nothing to heal: {event.playbook_id}",
            at=at,
            reason=event.reason,
            action="nothing was changed, and nothing was verified",
            next_step=f"/healing_run {event.run_id} shows why each step was skipped",
            incident_id=event.incident_id,
        )
    trust = (
        f"; trust {event.trust_before:.2f} → {event.trust_after:.2f}"
        if event.trust_before is not None and event.trust_after is not None
        else ""
    )
    return Alert(
        key=f"run {event.run_id}",
        news=event.wire,
        level="recovered",
        title=f"Healed and verified: {event.playbook_id}",
        at=at,
        action=f"{', '.join(event.steps_completed) or 'no step was needed'}{trust}",
        incident_id=event.incident_id,
    )


@alert_of.register
def failed(event: of.HealingFailed, at: datetime) -> Alert:
    """A heal did not help."""
    return Alert(
        key=f"run {event.run_id}",
        news=event.wire,
        level="warning",
        title=f"Healing did not help: {event.playbook_id}",
        at=at,
        reason=event.reason,
        action=f"done and left: {', '.join(event.steps_completed) or 'nothing'}",
        next_step=f"/healing_run {event.run_id}",
        incident_id=event.incident_id,
    )


@alert_of.register
def escalated(event: of.HealingEscalated, at: datetime) -> Alert:
    """A heal needs a patch."""
    return Alert(
        key=f"run {event.run_id}",
        news=event.wire,
        level="warning",
        title=f"A patch is needed: {event.playbook_id}",
        at=at,
        reason=event.reason,
        action=f"work order {event.work_order_id} is open",
        next_step="review it on its card in Discord once it is proved",
        incident_id=event.incident_id,
    )


@alert_of.register
def patch_applied(event: of.HealingPatchApplied, at: datetime) -> Alert:
    """The patch that a heal waited for is live."""
    return Alert(
        key=f"run {event.run_id}",
        news=event.wire,
        level="info",
        title=f"The patch of {event.work_order_id} is live",
        at=at,
        action="verification goes on",
        incident_id=event.incident_id,
    )


@alert_of.register
def paused(event: of.HealingPaused, at: datetime) -> Alert:
    """The loop guard tripped, or a person pulled the switch: somebody has to look."""
    return Alert(
        key=pause_key(event.playbook_id, event.fingerprint),
        news=event.until.isoformat() if event.until else "stopped",
        level="critical",
        title=f"Healing is paused: {'everything' if event.playbook_id == '*' else event.playbook_id}",
        at=at,
        reason=event.reason,
        action="it heals nothing until then",
        next_step="look at the fault, then /healing_resume",
    )


@alert_of.register
def resumed(event: of.HealingResumed, at: datetime) -> Alert:
    """What was paused goes on."""
    return Alert(
        key=pause_key(event.playbook_id, event.fingerprint),
        level="recovered",
        title=f"Healing goes on: {'everything' if event.playbook_id == '*' else event.playbook_id}",
        at=at,
        reason=event.reason,
    )


def pause_key(playbook: str, fingerprint: str | None) -> str:
    """What a pause is about."""
    return f"pause {playbook} {fingerprint or '*'}"


@alert_of.register
def resource_high(event: of.ResourceHigh, at: datetime) -> Alert:
    """Too much of something, for too long."""
    unit = "s" if event.resource == "loop" else "%"
    scale = 1 if event.resource == "loop" else 100
    return Alert(
        key=f"resource {event.resource}",
        level="warning",
        title=f"{event.resource} is at {event.value * scale:.2g} {unit}, the limit is {event.limit * scale:.2g} {unit}",
        at=at,
        reason=f"{event.samples} samples in a row",
        next_step="/debug_status shows the trend",
    )


@alert_of.register
def resource_normal(event: of.ResourceNormal, at: datetime) -> Alert:
    """It is fine again."""
    return Alert(key=f"resource {event.resource}", level="recovered", title=f"{event.resource} is normal", at=at)


@alert_of.register
def endpoint_slow(event: of.EndpointSlow, at: datetime) -> Alert:
    """An address that does not answer as it should."""
    return Alert(
        key=f"probe {event.probe}",
        level="warning",
        title=f"{event.probe} answered in {event.milliseconds:.0f} ms, the limit is {event.limit:.0f} ms",
        at=at,
        reason=event.error or f"{event.failures} times in a row",
    )


@alert_of.register
def endpoint_recovered(event: of.EndpointRecovered, at: datetime) -> Alert:
    """It answers again."""
    return Alert(
        key=f"probe {event.probe}",
        level="recovered",
        title=f"{event.probe} answers in {event.milliseconds:.0f} ms again",
        at=at,
    )


@alert_of.register
def patch_generated(event: of.PatchGenerated, at: datetime) -> Alert:
    """Somebody is asked to decide."""
    return Alert(
        key=f"order {event.work_order_id}",
        level="info",
        title=f"{event.work_order_id} has a patch, proof level {event.proof_level}",
        at=at,
        next_step="press Review on its card in Discord",
        incident_id=event.incident_id,
    )
