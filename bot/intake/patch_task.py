"""The patch task: one fault from outside, in the form that people, agents and pull requests share."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AliasGenerator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from bot.events.event import Severity
from bot.incident.payload import sound

FixKind = Literal["guardrail", "bugfix", "refactor", "test", "docs"]
Source = Literal["sentry", "playwright", "junit"]

SEVERITIES: tuple[Severity, ...] = ("blocker", "high", "medium", "low")
MAX_TITLE = 300
MAX_TEXT = 2_000
MAX_STACK = 40
MAX_HINTS = 5
MAX_TASKS_BYTES = 64 * 1024 * 1024


def cut(limit: int) -> AfterValidator:
    """A validator that makes a text sound and at most `limit` characters long."""
    return AfterValidator(lambda text: sound(text)[:limit])


Short = Annotated[str, cut(MAX_TITLE)]
Text = Annotated[str, cut(MAX_TEXT)]


class Part(BaseModel):
    """A part of the task: what we call by snake case is camel case in JSON."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        populate_by_name=True,
        alias_generator=AliasGenerator(alias=to_camel),
    )


class Sighting(Part):
    """Where and how often one source saw it; `id` is the source's own."""

    source: Source
    id: Short
    count: int = Field(1, ge=0)
    url: Text | None = None


class Request(Part):
    """The request in which it happened, without its data."""

    url: Text | None = None
    method: Short | None = None


class Attachment(Part):
    """A file that a test left."""

    name: Short
    path: Text


class Evidence(Part):
    """What is known of how it happened."""

    sentry_url: Text | None = None
    stack: tuple[Text, ...] = Field((), max_length=MAX_STACK)
    """The crash frame last, as Python and Sentry write it."""
    breadcrumbs: tuple[Text, ...] = Field((), max_length=MAX_STACK)
    request: Request | None = None
    dom_snapshot: Text | None = None
    network_har: Text | None = None
    screenshot: Text | None = None
    playwright_test: Text | None = None
    test_file: Text | None = None
    attachments: tuple[Attachment, ...] = Field((), max_length=MAX_STACK)


class ExpectedFix(Part):
    """What a fix would be, as far as rules can tell."""

    kind: FixKind
    files_hint: tuple[Text, ...] = Field((), max_length=MAX_HINTS)
    notes: Text = ""


class PatchTask(Part):
    """One fault, whoever saw it."""

    id: str = Field(pattern="^[a-z0-9][a-z0-9-]{0,79}$")
    title: Short
    area: str = Field(pattern="^[a-z][a-z0-9_-]{0,39}$")
    """frontend, backend or infra, unless the operator's own table has other names."""
    owner: Short
    severity: Severity
    frequency: int = Field(ge=0)
    last_seen: datetime
    first_seen: datetime | None = None
    fingerprint: str = Field(pattern="^[0-9a-f]{16}$")
    """The fault's identity, the same in the bot's own log."""
    incident_id: str | None = Field(None, pattern="^inc_[0-9a-hjkmnp-tv-z]{12}$")
    """The id under which the bot answered, where a source quotes it."""
    kind: Short
    """An exception's type, or what became of a test: failed, timedOut, interrupted, flaky, error."""
    message: Text = ""
    why: Short = ""
    """The rule that told the severity."""
    sightings: tuple[Sighting, ...] = Field(min_length=1)
    evidence: Evidence = Evidence()
    expected_fix: ExpectedFix

    @property
    def sources(self) -> tuple[Source, ...]:
        """Who saw it, in the order of the first look."""
        return tuple(dict.fromkeys(each.source for each in self.sightings))


TASKS: TypeAdapter[tuple[PatchTask, ...]] = TypeAdapter(tuple[PatchTask, ...])


class TasksUnreadable(Exception):
    """A file holds no patch tasks; the sentence says what is wrong."""


def urgency(task: PatchTask) -> tuple[int, int, str]:
    """The order of work: the gravest first, then the most frequent."""
    return SEVERITIES.index(task.severity), -task.frequency, task.id


def tasks_json(tasks: Iterable[PatchTask]) -> str:
    """The tasks as their file holds them."""
    plain = [task.model_dump(mode="json", by_alias=True, exclude_none=True) for task in tasks]
    return json.dumps(plain, indent=1, ensure_ascii=False) + "\n"


def read_tasks(data: bytes, name: str) -> list[PatchTask]:
    """The tasks in a file of that name. Raises TasksUnreadable."""
    if len(data) > MAX_TASKS_BYTES:
        raise TasksUnreadable(f"{name} is larger than {MAX_TASKS_BYTES >> 20} MiB: that is no list of patch tasks.")
    try:
        return list(TASKS.validate_json(data))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise TasksUnreadable(
            f"{name} holds no patch tasks of their schema ({where}: {first['msg']}): run the step before again."
        ) from error


def task_schema() -> dict[str, object]:
    """The JSON Schema (draft-07) of one task, as it is published."""
    schema = PatchTask.model_json_schema(by_alias=True)
    return {"$schema": "http://json-schema.org/draft-07/schema#", **schema}
