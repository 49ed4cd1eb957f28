"""Which event wants which fault healed: one table for everything that comes over the bus."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.events.catalog import (
    ActionRequested,
    EndpointSlow,
    IngestionFailed,
    LogPatternCritical,
    PipelineTimeout,
    ResourceHigh,
    SchemaInvalid,
    VerificationFailed,
)
from bot.events.event import Event
from bot.healing.engine import Trouble
from bot.incident.fingerprint import fingerprint

HEARD = (
    *("ingestion.failed", "schema.invalid", "pipeline.timeout", "verification.failed"),
    *("log_pattern.critical", "resource.high", "endpoint.slow", "watchdog.action_requested"),
)
ACTIONS = {
    "GENERAL_RESTART": "general_restart",
    "CODEX_FIX_FILE": "verification_fix",
    "RESTART_SERVICE": "service_restart",
    "CHECK_DB_HEALTH": "database_reconnect",
}
"""The watchdog's actions, and the playbook that each is."""
HEALED_RESOURCES = frozenset({"memory"})
"""Of the resources, those that a playbook can do something about; the others are told to people."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A heal that an event asks for."""

    trouble: Trouble
    playbook: str | None = None
    """None: the one that fits the error type."""


def wanted_of(event: Event) -> Wanted | None:
    """The heal that this event asks for; None when it asks for none."""
    react = REACTIONS.get(type(event))
    return react(event) if react else None


def of_ingestion(event: IngestionFailed) -> Wanted:
    """Too many requests want peace; anything else another try."""
    is_quota = "429" in event.error or "quota" in event.error.lower()
    return failure(
        "sheet_quota" if is_quota else "ingestion.failed", ("ingestion failed", event.error, event.file_path)
    )


def of_schema(event: SchemaInvalid) -> Wanted:
    """The sheet's header, for this bot."""
    return failure("schema.invalid", ("schema invalid", event.error, event.source))


def of_timeout(event: PipelineTimeout) -> Wanted:
    """Its limit may be too short, or its code too slow."""
    title = event.error or f"{event.pipeline} took {event.seconds:g} s"
    return failure("pipeline.timeout", ("timeout", title, event.pipeline), {"pipeline": event.pipeline})


def of_verification(event: VerificationFailed) -> Wanted:
    """Data or logic: the playbook looks."""
    return failure(
        "verification.failed", ("verification failed", event.error, event.subject), {"subject": event.subject}
    )


def of_pattern(event: LogPatternCritical) -> Wanted:
    """A line that tells of a timeout, or of something that only code can be the cause of."""
    culprit = ":".join(part for part in (event.file, event.service) if part)
    trouble = Trouble(
        fingerprint=event.fingerprint or fingerprint(event.pattern, culprit),
        error_type=f"log_pattern.critical {event.pattern}",
        summary=event.line,
        context={"file": event.file, "error": event.line, "pipeline": event.service},
    )
    return Wanted(
        trouble=trouble,
        playbook="pipeline_timeout_fix" if "timeout" in event.line.lower() else "verification_fix",
    )


def of_resource(event: ResourceHigh) -> Wanted | None:
    """Memory can be freed."""
    if event.resource not in HEALED_RESOURCES:
        return None
    title = f"{event.resource} is at {event.value:.2f}, above {event.limit:.2f}"
    return failure(f"{event.resource}_high", ("resource", title, event.resource))


def of_endpoint(event: EndpointSlow) -> Wanted:
    """An address that answers too late."""
    said = event.error or f"it took {event.milliseconds:.0f} ms"
    told = ("endpoint", f"{event.probe}: {said}", event.probe)
    return failure("endpoint timeout", told, {"pipeline": event.probe})


def of_action(event: ActionRequested) -> Wanted | None:
    """One of the watchdog's actions, if there is one of that name."""
    playbook = ACTIONS.get(event.action)
    if playbook is None:
        return None
    trouble = Trouble(
        fingerprint=event.fingerprint,
        error_type=event.action.lower(),
        summary=event.reason,
        context={
            "argument": event.argument, "trigger": event.trigger, "file": event.file_path,
            "error": event.error, "source": event.source,
        },
    )  # fmt: skip
    return Wanted(trouble=trouble, playbook=playbook)


def failure(error_type: str, told: tuple[str, str, str], context: Mapping[str, str] | None = None) -> Wanted:
    """A failure by its kind, title and culprit: by these three triage knows the incident, too."""
    kind, title, culprit = told
    trouble = Trouble(
        fingerprint=fingerprint(kind, title, [(culprit[:200], 0, "")]),
        error_type=error_type,
        summary=title,
        context={"culprit": culprit, "error": title, **(context or {})},
    )
    return Wanted(trouble=trouble)


REACTIONS: dict[type[Event], Callable[..., Wanted | None]] = {
    IngestionFailed: of_ingestion,
    SchemaInvalid: of_schema,
    PipelineTimeout: of_timeout,
    VerificationFailed: of_verification,
    LogPatternCritical: of_pattern,
    ResourceHigh: of_resource,
    EndpointSlow: of_endpoint,
    ActionRequested: of_action,
}
