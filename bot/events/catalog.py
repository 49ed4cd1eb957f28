"""Every event by its wire name: one frozen class each, of ids and primitives only."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Literal

from bot.events.event import Event, Fingerprint, Lines, Name, Priority, Resource, Severity, Source, Text


class Signal(Event):
    """One observation of a fault, from wherever; triage makes incidents of these."""

    wire = "signal.raised"
    source: Source
    kind: Name
    """What sort of fault: an exception's type, a pattern's id, a resource."""
    severity: Severity
    title: Text
    culprit: Name = ""
    """Where it was, as far as the source says: a file, a route, a logger."""
    evidence: Lines = ()
    context: Mapping[str, Text] = {}
    at: datetime
    fingerprint: Fingerprint | None = None
    """The fault's identity, when the source knows it; else kind, title and culprit are taken for it."""
    incident_id: Name | None = None
    """The id that somebody was told already."""


class IngestionFailed(Event):
    """Something could not be taken in: for this bot, a row of the ledger."""

    wire = "ingestion.failed"
    file_path: Text
    """What was to be taken in: a file, or where the row was bound for."""
    error: Text


class IngestionCompleted(Event):
    """It was taken in."""

    wire = "ingestion.completed"
    file_path: Text


class SchemaInvalid(Event):
    """What data looks like is not what it should look like, as a sheet's header."""

    wire = "schema.invalid"
    source: Text
    error: Text


class PipelineTimeout(Event):
    """A piece of work took longer than it may."""

    wire = "pipeline.timeout"
    pipeline: Text
    seconds: float
    error: Text = ""


class VerificationFailed(Event):
    """What was done turned out not to have helped, or a check says no."""

    wire = "verification.failed"
    subject: Text
    error: Text


class LogPattern(Event):
    """Lines of a watched log met a pattern often enough."""

    pattern: Name
    line: Text
    """The last line that met it."""
    source: Text
    """The log that it stood in."""
    severity: Severity = "medium"
    count: int = 1
    """How many lines met it."""
    file: Text = ""
    line_number: int | None = None
    service: Name = ""
    fingerprint: Fingerprint | None = None
    """What the pattern's named groups found, as far as it has them."""
    counted: bool = False
    """The line is an ERROR of the bot's own log, which is an incident without the pattern."""
    decided: bool = False
    """Its pattern says itself what heals it, or that nothing does."""


class LogPatternError(LogPattern):
    """A pattern of severity medium or low was met."""

    wire = "log_pattern.error"


class LogPatternCritical(LogPattern):
    """A pattern of severity blocker or high was met."""

    wire = "log_pattern.critical"


class ResourceHigh(Event):
    """A resource stayed above its limit for some samples in a row."""

    wire = "resource.high"
    resource: Resource
    value: float
    limit: float
    """Shares from 0 to 1; for `loop`, seconds."""
    samples: int


class ResourceNormal(Event):
    """A resource that was too high fell below its limit."""

    wire = "resource.normal"
    resource: Resource
    value: float
    limit: float


class EndpointSlow(Event):
    """An address answered too late, wrongly, or not at all, several times in a row."""

    wire = "endpoint.slow"
    probe: Name
    milliseconds: float
    limit: float
    failures: int
    error: Text = ""
    """What it answered, or why it did not; empty when it was only slow."""


class EndpointRecovered(Event):
    """An address that was too slow answers in time again."""

    wire = "endpoint.recovered"
    probe: Name
    milliseconds: float
    limit: float


class ActionRequested(Event):
    """The watchdog asks for one of its actions; who may act decides whether."""

    wire = "watchdog.action_requested"
    action: Name
    argument: Name = ""
    """The service to restart, for RESTART_SERVICE."""
    reason: Text
    trigger: Name
    """The pattern, resource or probe that asked."""
    fingerprint: Fingerprint
    file_path: Text = ""
    error: Text = ""
    source: Text = ""


class IncidentOpened(Event):
    """A fault that was not known, or was over, has an incident."""

    wire = "incident.opened"
    incident_id: Name
    fingerprint: Fingerprint
    severity: Severity
    title: Text
    source: Source


class IncidentUpdated(Event):
    """A known incident was seen again; told at most every few seconds, with the count so far."""

    wire = "incident.updated"
    incident_id: Name
    fingerprint: Fingerprint
    severity: Severity
    count: int


class HealingEvent(Event):
    """Something about one run of a playbook."""

    run_id: Name
    playbook_id: Name
    incident_id: Name | None = None


class HealingTriggered(HealingEvent):
    """A playbook starts."""

    wire = "self_healing.triggered"
    reason: Text
    command: Text = ""
    """The command that it will run, where it is one."""


class HealingEscalated(HealingEvent):
    """A playbook needs a patch and asked for one."""

    wire = "self_healing.escalated"
    work_order_id: Name
    reason: Text


class HealingCompleted(HealingEvent):
    """A playbook ended, and its verification held, or there was nothing to do."""

    wire = "self_healing.completed"
    outcome: Literal["verified", "nothing_to_do"] = "verified"
    reason: Text = ""
    steps_completed: tuple[Name, ...] = ()
    trust_before: float | None = None
    trust_after: float | None = None


class HealingPatchApplied(HealingEvent):
    """The patch that a run waited for is live, and the run goes on to its verification."""

    wire = "self_healing.patch_applied"
    work_order_id: Name
    trust_restored: bool = False


class HealingFailed(HealingEvent):
    """A playbook ended without having helped."""

    wire = "self_healing.failed"
    reason: Text
    steps_completed: tuple[Name, ...] = ()


class HealingPaused(Event):
    """The loop guard holds a playbook back from one fault (or all of them from all): a person has to look."""

    wire = "self_healing.paused"
    playbook_id: Name
    fingerprint: Fingerprint | None = None
    reason: Text
    until: datetime | None = None


class HealingResumed(Event):
    """What the loop guard held back may act again."""

    wire = "self_healing.resumed"
    playbook_id: Name
    fingerprint: Fingerprint | None = None
    reason: Text


class OrderEvent(Event):
    """Something about one work order."""

    work_order_id: Name
    incident_id: Name
    self_healing_run_id: Name | None = None


class WorkOrderCreated(OrderEvent):
    """A patch was asked for."""

    wire = "coding_agent.work_order_created"
    priority: Priority


class WorkOrderUpdated(OrderEvent):
    """A work order has another status."""

    wire = "coding_agent.work_order_updated"
    status: Name


class PatchGenerated(OrderEvent):
    """The agent proposed a patch."""

    wire = "coding_agent.patch_generated"
    diff_sha256: Name
    proof_level: int


class TestsPassed(OrderEvent):
    """The test suite is green with the patch (proof level 2 or more)."""

    __test__: ClassVar[bool] = False  # its name makes pytest want to collect it
    wire = "coding_agent.tests_passed"
    proof_level: int


ALL: tuple[type[Event], ...] = (
    *(Signal, IngestionFailed, IngestionCompleted, SchemaInvalid, PipelineTimeout, VerificationFailed),
    *(LogPatternError, LogPatternCritical, ResourceHigh, ResourceNormal, EndpointSlow, EndpointRecovered),
    *(ActionRequested, IncidentOpened, IncidentUpdated),
    *(HealingTriggered, HealingEscalated, HealingCompleted, HealingPatchApplied),
    *(HealingFailed, HealingPaused, HealingResumed),
    *(WorkOrderCreated, WorkOrderUpdated, PatchGenerated, TestsPassed),
)
