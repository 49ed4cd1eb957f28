"""What each watcher's event means as a signal, and which faults are none of triage's."""

from datetime import datetime

from bot.events.catalog import (
    EndpointSlow,
    IngestionFailed,
    LogPattern,
    PipelineTimeout,
    ResourceHigh,
    SchemaInvalid,
    Signal,
    VerificationFailed,
)
from bot.events.event import Event
from bot.incident.fingerprint import fingerprint
from bot.logging import LoggedError

SIGNALS = (
    *("signal.raised", "log_pattern.*", "resource.high", "endpoint.slow"),
    *("ingestion.failed", "schema.invalid", "pipeline.timeout", "verification.failed"),
)
"""The events that are observations of a fault."""
NO_FAULTS = frozenset({"thread_stack", "subscriber_failed"})
"""Actions of ERROR lines that tell more of another fault, or of a subscriber, whose incidents would be told to it."""


def signal_of(event: Event, at: datetime) -> Signal | None:
    """The event as a signal; None when it is no observation of a fault, or one that is an incident already."""
    if isinstance(event, Signal):
        return event
    if isinstance(event, LogPattern):
        return None if event.counted else of_pattern(event, at)
    if isinstance(event, EndpointSlow):
        said = event.error or f"it took {event.milliseconds:.0f} ms"
        return of("endpoint", f"{event.probe}: {said}", event.probe, at).model_copy(update={"source": "latency"})
    return of_failure(event, at)


def of_failure(event: Event, at: datetime) -> Signal | None:
    """A failed piece of work, or a resource that ran short."""
    match event:
        case IngestionFailed(file_path=path, error=error):
            return of("ingestion failed", error, path, at)
        case SchemaInvalid(source=source, error=error):
            return of("schema invalid", error, source, at)
        case PipelineTimeout(pipeline=pipeline, seconds=seconds, error=error):
            return of("timeout", error or f"{pipeline} took {seconds:g} s", pipeline, at)
        case VerificationFailed(subject=subject, error=error):
            return of("verification failed", error, subject, at)
        case ResourceHigh(resource=resource, value=value, limit=limit):
            return of("resource", f"{resource} is at {value:.2f}, above {limit:.2f}", resource, at)
    return None


def of(kind: str, title: str, culprit: str, at: datetime) -> Signal:
    """A watcher's observation, of severity high."""
    return Signal(source="watchdog", kind=kind, severity="high", title=title, culprit=culprit[:200], at=at)


def of_pattern(event: LogPattern, at: datetime) -> Signal:
    """Lines that met a pattern: one fault per pattern and what its groups found, whatever else the lines say."""
    culprit = ":".join(part for part in (event.file, event.service) if part)
    return Signal(
        source="log",
        kind=event.pattern,
        severity=event.severity,
        title=f"{event.pattern}: {event.line}",
        culprit=culprit[:200],
        evidence=(event.line,),
        context={"log": event.source},
        at=at,
        fingerprint=event.fingerprint or fingerprint(event.pattern, culprit),
    )


def identity_of_signal(signal: Signal) -> str:
    """The fingerprint of a signal that does not bring its own: of kind, title and culprit."""
    return signal.fingerprint or fingerprint(signal.kind, signal.title, [(signal.culprit, 0, "")])


def of_logged(error: LoggedError, identity: str, at: datetime) -> Signal:
    """An ERROR or CRITICAL line."""
    said = f"{error.type_name}: {error.message}" if error.type_name else error.msg
    return Signal(
        source="command" if error.incident_id else "log",
        kind=(error.type_name or error.logger)[:200],
        severity="blocker" if error.level == "CRITICAL" else "high",
        title=said,
        culprit=error.logger[:200],
        at=at,
        fingerprint=identity,
        incident_id=error.incident_id,
    )
