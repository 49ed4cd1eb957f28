"""From the log ring to an incident: the slice, the newest error and whose request it was."""

import platform
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version

from bot.events.event import Severity, Source
from bot.incident.fingerprint import fingerprint, fingerprint_of
from bot.incident.payload import INCIDENT_ID, Context, Incident, new_incident_id, sound
from bot.logging import LoggedError, RingBufferHandler, redact
from bot.logging.logged_error import facts_of
from bot.logging.redaction import redact_plain


def versions(packages: Iterable[str] = ("suture", "discord.py")) -> dict[str, str]:
    """The versions that a reader of the incident asks for first."""
    found = {"python": platform.python_version()}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def redacted(context: Context) -> Context:
    """The context without secrets: it may be what somebody typed just now, which no log handler has seen."""
    return Context.model_validate(redact_plain(context.model_dump(mode="json")))


def identity_of(error: LoggedError) -> tuple[str, str]:
    """The fingerprint of an error's root cause, and its kin's: the same without the place it came from."""
    if not error.type_name:
        name = fingerprint(error.logger, error.template)
        return name, name
    root = error.causes[-1] if error.causes else error
    return fingerprint_of([error, *error.causes]), fingerprint(root.type_name, root.message)


def identity_of_raised(raised: BaseException) -> str:
    """The fingerprint that this error has, or will have, once it is logged."""
    return fingerprint_of(facts_of(raised))


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was observed of a fault, by whom."""

    summary: str
    severity: Severity
    source: Source
    fingerprint: str
    told_id: str | None = None
    """The id that somebody was told already."""


@dataclass(frozen=True, kw_only=True)
class Capture:
    """Makes incidents of this process: its log ring, its build, its clock."""

    handler: RingBufferHandler
    build: str
    env: str
    started_at: datetime
    clock: Callable[[], datetime]
    versions: dict[str, str] = field(default_factory=versions)

    def incident(self, summary: str, lines: int, asked_in: Context) -> Incident:
        """An incident of what the log holds now. It keeps the id under which the newest error was answered.

        It looks at every line: on an event loop, call it in a thread.
        """
        error = self.handler.last_error()
        summary = redact(sound(summary))
        seen = Seen(
            summary=summary,
            severity="high" if error else "medium",
            source="admin",
            fingerprint=identity_of(error)[0] if error else fingerprint("summary", summary),
        )
        return self.noticed(seen, lines, error, asked_in)

    def noticed(self, seen: Seen, lines: int, error: LoggedError | None, context: Context) -> Incident:
        """An incident of this observation, with the newest lines, and trace and context of the error if it is one."""
        answered_under = (error.incident_id if error else None) or seen.told_id or ""
        return Incident(
            id=answered_under if INCIDENT_ID.fullmatch(answered_under) else new_incident_id(),
            summary=redact(sound(seen.summary)),
            severity=seen.severity,
            source=seen.source,
            fingerprint=seen.fingerprint,
            created_at=self.clock(),
            context=redacted(Context.of(error.context) if error else context),
            stack_trace=redact(error.exception) if error and error.exception else None,
            logs=tuple(redact(line) for line in self.handler.lines(last=lines)),
            build=self.build,
            env=self.env,
            uptime_seconds=max(int((self.clock() - self.started_at).total_seconds()), 0),
            versions=self.versions,
        )
