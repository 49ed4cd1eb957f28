"""Which event wants which fault healed: one table for everything that comes over the bus."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

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
from bot.events.event import ANY_PLAYBOOK, Event
from bot.healing.playbooks import ALL, VERIFICATION_FIX
from bot.healing.trouble import Trouble
from bot.incident.fingerprint import fingerprint
from bot.records.sighting import Sighting
from bot.repair.signals import identity_of_signal, signal_of

HEARD = (
    *("ingestion.failed", "schema.invalid", "pipeline.timeout", "verification.failed"),
    *("log_pattern.critical", "resource.high", "endpoint.slow", "watchdog.action_requested"),
    *("incident.opened", "incident.updated"),
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
LOGGED: frozenset[str] = frozenset({"log", "command"})
"""The sources of what only an ERROR line told; of all else there is an event of its own."""
RAISED = re.compile(r"([A-Za-z_][\w.]*): ")
"""How the title of a logged exception begins."""
OWN_ERRORS, HEAD = ('"level":"ERROR"', '"level":"CRITICAL"'), 160
"""What stands in the first characters of an ERROR line of the bot's own log."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A heal that an event asks for."""

    trouble: Trouble
    playbook: str | None = None
    """None: the one that fits the error type."""
    heard_at: datetime | None = None
    """When the event came; None: a person asks for it now."""


def wanted_of(event: Event) -> Wanted | None:
    """The heal that this event asks for; None when it asks for none."""
    react = REACTIONS.get(type(event))
    return react(event) if react else None


def of_ingestion(event: IngestionFailed) -> Wanted:
    """Too many requests want peace; anything else another try."""
    is_quota = "429" in event.error or "quota" in event.error.lower()
    kind = "sheet_quota" if is_quota else "ingestion.failed"
    return failure(event, kind, event.error, {"culprit": event.file_path})


def of_schema(event: SchemaInvalid) -> Wanted:
    """The sheet's header, for this bot."""
    return failure(event, "schema.invalid", event.error, {"culprit": event.source})


def of_timeout(event: PipelineTimeout) -> Wanted:
    """Its limit may be too short, or its code too slow."""
    title = event.error or f"{event.pipeline} took {event.seconds:g} s"
    return failure(event, "pipeline.timeout", title, {"culprit": event.pipeline, "pipeline": event.pipeline})


def of_verification(event: VerificationFailed) -> Wanted:
    """Data or logic: the playbook looks."""
    return failure(event, "verification.failed", event.error, {"culprit": event.subject})


def of_pattern(event: LogPatternCritical) -> Wanted | None:
    """A line that tells of a timeout, or of something that only code can be the cause of.

    None for an ERROR of our own, which comes once more as an incident, with all that is known of it, and where the
    pattern itself decided.
    """
    if event.counted or event.decided:
        return None
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
    return failure(event, f"{event.resource}_high", title, {"culprit": event.resource})


def of_endpoint(event: EndpointSlow) -> Wanted:
    """An address that answers too late."""
    title = f"{event.probe}: {event.error or f'it took {event.milliseconds:.0f} ms'}"
    return failure(event, "endpoint timeout", title, {"culprit": event.probe, "pipeline": event.probe})


def of_action(event: ActionRequested) -> Wanted | None:
    """One of the watchdog's actions, if there is one of that name.

    None for a patch of what an ERROR of our own tells: its incident asks for that, too.
    """
    playbook = event.argument if event.action == ANY_PLAYBOOK else ACTIONS.get(event.action)
    is_incident = playbook == VERIFICATION_FIX.id and any(mark in event.error[:HEAD] for mark in OWN_ERRORS)
    if playbook is None or is_incident:
        return None
    trouble = Trouble(
        fingerprint=event.fingerprint,
        error_type=event.action.lower(),
        summary=event.reason,
        context={
            "argument": "" if event.action == ANY_PLAYBOOK else event.argument, "trigger": event.trigger,
            "file": event.file_path, "error": event.error, "source": event.source,
        },
    )  # fmt: skip
    return Wanted(trouble=trouble, playbook=playbook)


def failure(event: Event, error_type: str, title: str, context: Mapping[str, str]) -> Wanted:
    """A failure under the fingerprint by which triage knows its incident."""
    signal = signal_of(event, EPOCH)
    name = identity_of_signal(signal) if signal else fingerprint(event.wire, title)
    trouble = Trouble(fingerprint=name, error_type=error_type, summary=title, context={"error": title, **context})
    return Wanted(trouble=trouble)


def wanted_of_incident(seen: Sighting) -> Wanted | None:
    """The heal of a fault that only the log told of: by its exception's type, else as one of the code.

    What an exception says is foreign text and chooses nothing.
    """
    if not seen.sources <= LOGGED:
        return None
    raised = RAISED.match(seen.title)
    kind = raised[1] if raised else ""
    fits = any(playbook.fits(kind) for playbook in ALL)
    trouble = Trouble(
        fingerprint=seen.fingerprint,
        error_type=kind or "logged error",
        summary=seen.title,
        incident_id=seen.incident_id,
        context={"error": seen.title},
    )
    return Wanted(trouble=trouble, playbook=None if fits else VERIFICATION_FIX.id)


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
