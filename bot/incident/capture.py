"""From the log ring to an incident: the slice, the newest error and whose request it was."""

import platform
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version

from bot.incident.fingerprint import fingerprint
from bot.incident.payload import Context, Incident, new_incident_id, sound
from bot.logging import LoggedError, RingBufferHandler, redact


def versions(packages: Iterable[str] = ("suture", "discord.py")) -> dict[str, str]:
    """The versions that a reader of the incident asks for first."""
    found = {"python": platform.python_version()}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


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
        """An incident of what the log holds now. It keeps the id under which the newest error was answered."""
        error = self.handler.last_error()
        summary = redact(sound(summary))
        return Incident(
            id=error.incident_id if error and error.incident_id else new_incident_id(),
            summary=summary,
            severity="high" if error else "medium",
            fingerprint=self._fingerprint(error, summary),
            created_at=self.clock(),
            context=Context.of(error.context) if error else asked_in,
            stack_trace=redact(error.exception) if error else None,
            logs=tuple(redact(line) for line in self.handler.lines(last=lines)),
            build=self.build,
            env=self.env,
            uptime_seconds=max(int((self.clock() - self.started_at).total_seconds()), 0),
            versions=self.versions,
        )

    @staticmethod
    def _fingerprint(error: LoggedError | None, summary: str) -> str:
        if error is None:
            return fingerprint("summary", summary)
        return fingerprint(error.type_name, error.message, error.frames)
