"""Issues as the sandbox Sentry keeps them, in the shapes of Sentry's web API."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

Json = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class SentryFrame:
    """One frame of a stack."""

    file: str
    function: str
    line: int
    is_own: bool = True

    def shown(self) -> Json:
        """The frame, with a variable and its lines of code around it."""
        return {
            "filename": self.file,
            "absPath": f"/app/{self.file}" if self.is_own else f"/usr/lib/python3/site-packages/{self.file}",
            "module": self.file.removesuffix(".py").replace("/", "."),
            "function": self.function,
            "lineNo": self.line,
            "colNo": None,
            "inApp": self.is_own,
            "vars": {"self": "<object>", "text": "'what somebody typed'"},
            "context": [[self.line, "    return parse(text)"]],
        }


@dataclass(frozen=True, kw_only=True)
class SentryIssue:
    """One issue; `frames` come oldest first, the crash frame last."""

    id: str
    kind: str
    value: str
    last_seen: datetime
    first_seen: datetime
    frames: tuple[SentryFrame, ...] = ()
    module: str | None = None
    culprit: str = ""
    count: int = 1
    level: str = "error"
    platform: str = "python"
    is_unhandled: bool = True
    is_resolved: bool = False
    environments: tuple[str, ...] = ("production",)
    tags: Mapping[str, str] = field(default_factory=dict)
    request: Mapping[str, str] | None = None
    has_event: bool = True
    title: str = ""

    def as_listed(self, url: str, organisation: str) -> Json:
        """The issue in a list; its count is a text."""
        return {
            "id": self.id,
            "shortId": f"SUTURE-{self.id}",
            "title": self.title or f"{self.kind}: {self.value}",
            "culprit": self.culprit,
            "permalink": f"{url}/organizations/{organisation}/issues/{self.id}/",
            "level": self.level,
            "logger": None,
            "platform": self.platform,
            "type": "error",
            "status": "resolved" if self.is_resolved else "unresolved",
            "isUnhandled": self.is_unhandled,
            "count": str(self.count),
            "userCount": 1,
            "firstSeen": _stamp(self.first_seen),
            "lastSeen": _stamp(self.last_seen),
            "metadata": {
                "type": self.kind,
                "value": self.value,
                "filename": self.frames[-1].file if self.frames else "",
                "function": self.frames[-1].function if self.frames else "",
            },
            "stats": {"14d": [[0, self.count]]},
        }

    def as_event(self, environment: str | None) -> Json | None:
        """The latest event in the environment; None when there is none."""
        if not self.has_event or (environment is not None and environment not in self.environments):
            return None
        place = environment or next(iter(self.environments), "")
        tags = {"environment": place, "level": self.level, **self.tags}
        value: Json = {
            "type": self.kind,
            "value": self.value,
            "module": self.module,
            "mechanism": {"type": "generic", "handled": not self.is_unhandled},
            "stacktrace": {"frames": [frame.shown() for frame in self.frames]},
        }
        crumbs = [
            {"category": "query", "message": "select 1", "data": {"db": "x"}, "timestamp": _stamp(self.last_seen)}
        ]
        return {
            "eventID": self.id.rjust(32, "0"),
            "groupID": self.id,
            "dateCreated": _stamp(self.last_seen),
            "platform": self.platform,
            "culprit": self.culprit,
            "message": "",
            "user": {"id": "7", "ip_address": "192.0.2.7", "email": "somebody@example.invalid"},
            "tags": [{"key": key, "value": value} for key, value in tags.items()],
            "entries": [
                *([{"type": "exception", "data": {"values": [value]}}] if self.frames else []),
                {"type": "breadcrumbs", "data": {"values": crumbs}},
                *([{"type": "request", "data": dict(self.request)}] if self.request else []),
            ],
        }


def _stamp(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
