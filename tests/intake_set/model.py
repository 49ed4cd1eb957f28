"""A labelled error: what a watcher reports, and what an experienced person says of it."""

from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["blocker", "high", "medium", "low"]
Source = Literal["sentry", "playwright", "junit"]


@dataclass(frozen=True)
class Frame:
    """One frame, as the watcher writes its path; the innermost is the last."""

    file: str
    function: str
    in_app: bool


@dataclass(frozen=True, kw_only=True)
class TestResult:
    """A test's outcome; `retries` is how many further tries there were, `status` what the last one said."""

    __test__ = False
    file: str
    title: str
    status: Literal["failed", "timedOut", "flaky", "skipped", "error"]
    retries: int = 0


@dataclass(frozen=True, kw_only=True)
class Record:
    """One error with its labels; fields a source does not have are empty."""

    name: str
    severity: Severity
    path: str | None  # the file of the repository that decides area and owners; None: no file is told
    source: Source
    title: str
    type: str = ""
    value: str = ""
    culprit: str = ""
    level: Literal["fatal", "error", "warning", "info"] = "error"
    times_seen: int = 1
    users: int = 0
    environment: str = "production"
    frames: tuple[Frame, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)
    test: TestResult | None = None


def frames(*rows: str) -> tuple[Frame, ...]:
    """Frames from `file:function`; a leading `-` marks one that is not ours."""
    split = [row.removeprefix("-").rpartition(":") for row in rows]
    return tuple(
        Frame(file, function, not row.startswith("-")) for row, (file, _, function) in zip(rows, split, strict=True)
    )
