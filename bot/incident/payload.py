"""The incident as it is stored and as it leaves: bounded, and always within GitHub's limits."""

import json
import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue

from bot.events.event import Severity, Source
from bot.logging.plain_values import Flattener

MAX_PAYLOAD_BYTES = 48 * 1024
"""Ours, below the 64 KB that GitHub takes as `client_payload`."""
MAX_TRACE_CHARS = 12_000
MAX_ENTITIES_CHARS = 2_000
TRACE_SHARE, SUMMARY_SHARE = 20 / 48, 4 / 48
"""Of the payload, so that the newest lines have theirs."""
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base32: no letter that is read as another."""
INCIDENT_ID = re.compile(r"inc_[0-9a-hjkmnp-tv-z]{12}")


def new_incident_id() -> str:
    """A new id that people can quote: `inc_` and 60 random bits."""
    return "inc_" + "".join(secrets.choice(ALPHABET) for _ in range(12))


def sound(text: str) -> str:
    """The text without lone surrogates, which no JSON reader takes."""
    return text.encode("utf-8", "replace").decode("utf-8")


def cut_middle(text: str, limit: int) -> str:
    """At most `limit` characters: the first and the last, and a mark that says how many went."""
    if len(text) <= limit:
        return text
    keep = max(limit - 40, 0)
    head = keep // 3
    return f"{text[:head]}\n… {len(text) - keep} characters cut …\n{text[len(text) - (keep - head) :]}"[:limit]


def bounded(limit: int) -> AfterValidator:
    """A validator that makes a text sound and at most `limit` characters long."""
    return AfterValidator(lambda text: cut_middle(sound(text), limit) if isinstance(text, str) else text)


Line = Annotated[str, bounded(8192)]
Short = Annotated[str, bounded(200)]


def plain(value: object) -> object:
    """Any value as one that JSON can hold: no cycles, no depth without end, no NaN, no lone surrogates."""
    return Flattener(sound).flatten(value)


def small(value: JsonValue) -> JsonValue:
    """A value as it is, or its text cut when it is too long to send."""
    text = json.dumps(value)
    return value if len(text) <= MAX_ENTITIES_CHARS else cut_middle(text, MAX_ENTITIES_CHARS)


class Context(BaseModel):
    """Whose request it was when it happened, as far as that is known."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    user: Short | None = None
    user_id: Short | None = None
    channel: Short | None = None
    intent: Short | None = None
    entities: Annotated[JsonValue, BeforeValidator(plain), AfterValidator(small)] = None

    @classmethod
    def of(cls, fields: Mapping[str, object]) -> "Context":
        """The context among the fields of a log line, whatever their types."""
        known = {name: plain(fields[name]) for name in cls.model_fields if fields.get(name) is not None}
        return cls.model_validate({
            name: value if name == "entities" else str(value) for name, value in known.items()
        })  # fmt: skip


class Incident(BaseModel):
    """All that is known of one fault, redacted before it comes here."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    schema_version: Literal[1] = 1
    id: str = Field(pattern=f"^{INCIDENT_ID.pattern}$")
    summary: Annotated[str, bounded(2000)]
    severity: Severity
    source: Source = "admin"
    fingerprint: str = Field(pattern="^[0-9a-f]{16}$")
    created_at: datetime
    context: Context = Field(default_factory=Context)
    stack_trace: Annotated[str, bounded(MAX_TRACE_CHARS)] | None = None
    logs: tuple[Line, ...] = ()
    logs_cut: int = Field(0, ge=0, description="how many older lines of the slice were left out to fit")
    build: Short
    env: Short
    uptime_seconds: int = Field(ge=0)
    versions: dict[str, Short] = {}


def encoded(value: object) -> bytes:
    """JSON in the longest form a receiver may count it in: every non-ASCII character escaped."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def cut_to_bytes(text: str, limit: int) -> str:
    """The text with so much of its middle cut that it takes at most `limit` bytes as JSON."""
    cut, chars = text, len(text)
    while len(encoded(cut)) > limit and cut:
        chars = chars * 3 // 4
        cut = cut_middle(text, chars)
    return cut


def fitted(incident: Incident, limit: int = MAX_PAYLOAD_BYTES) -> Incident:
    """The incident in so many bytes: overlong texts lose their middle, marked; then the oldest lines go, counted."""
    trace = incident.stack_trace
    core = incident.model_copy(update={
        "logs": (),
        "summary": cut_to_bytes(incident.summary, int(limit * SUMMARY_SHARE)),
        "stack_trace": trace if trace is None else cut_to_bytes(trace, int(limit * TRACE_SHARE)),
    })  # fmt: skip
    room = limit - len(encoded(core.model_dump(mode="json"))) - 20
    kept: list[str] = []
    for line in reversed(incident.logs):
        whole = line if kept else cut_to_bytes(line, room - 1)
        room -= len(encoded(whole)) + 1
        if room < 0:
            break
        kept.append(whole)
    cut = incident.logs_cut + len(incident.logs) - len(kept)
    return core.model_copy(update={"logs": tuple(reversed(kept)), "logs_cut": cut})
