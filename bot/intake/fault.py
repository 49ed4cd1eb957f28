"""One error as a source saw it: what every adapter makes, and all that the rules look at."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.incident.fingerprint import fingerprint
from bot.incident.payload import INCIDENT_ID
from bot.intake.patch_task import Attachment, Evidence, Request, Source

ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
QUOTED_ID = re.compile(rf"\b{INCIDENT_ID.pattern}\b")
LIBRARIES = re.compile(r"(^|[/\\])(site-packages|dist-packages|node_modules|lib[/\\]python3[^/\\]*)[/\\]|^node:|^<")
MAX_NUMBER = 1_000_000_000


@dataclass(frozen=True, kw_only=True)
class Frame:
    """A place in the code; `own` says whether it is the project's, as far as the source can tell."""

    file: str
    line: int = 0
    function: str = ""
    own: bool = True

    def __str__(self) -> str:
        return f"{self.file}:{self.line} in {self.function or '?'}"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """An error as one source saw it; every text is redacted before it comes here."""

    source: Source
    id: str
    """What the source calls it."""
    title: str
    kind: str
    message: str = ""
    culprit: str = ""
    """A file, a function or a route, as the source has it."""
    frames: tuple[Frame, ...] = ()
    """The crash frame last."""
    level: str = "error"
    handled: bool | None = None
    platform: str = ""
    count: int = 1
    first_seen: datetime | None = None
    last_seen: datetime
    url: str | None = None
    breadcrumbs: tuple[str, ...] = ()
    request: Request | None = None
    test: str | None = None
    test_file: str | None = None
    attachments: tuple[Attachment, ...] = ()
    incident_id: str | None = None
    notes: Sequence[str] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    """What the project itself said of the event or the test."""

    @property
    def fingerprint(self) -> str:
        """The identity that the bot's own log would give it."""
        frames = [(each.file, each.line, each.function) for each in self.frames]
        return fingerprint(self.kind, self.message, frames)

    @property
    def own_files(self) -> tuple[str, ...]:
        """The project's own files in the trace, the innermost first."""
        files = [each.file for each in reversed(self.frames) if each.own]
        return tuple(dict.fromkeys(files))

    @property
    def evidence(self) -> Evidence:
        """The fault's evidence, as a task holds it."""
        paths = {each.name: each.path for each in self.attachments}
        return Evidence(
            sentry_url=self.url if self.source == "sentry" else None,
            stack=tuple(str(each) for each in self.frames[-40:]),
            breadcrumbs=self.breadcrumbs[-40:],
            request=self.request,
            screenshot=paths.get("screenshot"),
            network_har=paths.get("har") or paths.get("trace"),
            dom_snapshot=paths.get("error-context") or paths.get("dom-snapshot"),
            playwright_test=self.test if self.source == "playwright" else None,
            test_file=self.test_file,
            attachments=self.attachments[:40],
        )


def plain_text(value: object, limit: int = 2_000) -> str:
    """A text without terminal colours, at most so long; empty for anything that is no text or number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return ANSI.sub("", str(value)[: 4 * limit]).strip()[:limit]


def whole_number(value: object, default: int = 0) -> int:
    """A count that a service writes as a number or as a text."""
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return min(int(text), MAX_NUMBER) if re.fullmatch(r"\d{1,18}", text, re.ASCII) else default


def moment(value: object) -> datetime | None:
    """A time as services write it, in UTC; None when it is none."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        at = datetime.fromisoformat(value.strip().replace("Z", "+00:00"))
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def mapping(value: object) -> Mapping[str, object]:
    """A JSON object, or an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> Sequence[object]:
    """A JSON list, or an empty one in place of anything else."""
    return value if isinstance(value, list) else ()


def quoted_incident(*texts: str) -> str | None:
    """The first of the bot's incident ids that these texts quote."""
    for text in texts:
        if found := QUOTED_ID.search(text):
            return found[0]
    return None


def is_library(file: str) -> bool:
    """Is this a file of a library or of the language, not of the project?"""
    return LIBRARIES.search(file) is not None
