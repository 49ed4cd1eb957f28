"""What every event is: frozen, its texts bounded, known by its wire name."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

MAX_TEXT = 4_000
MAX_LINES = 50
"""What one text of an event, and one signal's evidence, may hold."""

Severity = Literal["blocker", "high", "medium", "low"]
ANY_PLAYBOOK = "PLAYBOOK"
"""The watchdog's action whose argument is the playbook that is asked for."""
GRAVE: frozenset[str] = frozenset({"blocker", "high"})
"""The severities that get attention by themselves."""
Priority = Literal["critical", "high", "medium", "low"]
Source = Literal["log", "watchdog", "latency", "command", "admin", "sentry", "playwright", "junit", "api"]
Resource = Literal["cpu", "memory", "loop", "disk"]


def cut_to(limit: int) -> AfterValidator:
    """Makes a text as an event may carry it: sound, and its end cut off, marked, when it is longer than this."""

    def cut(text: str) -> str:
        text = text.encode("utf-8", "replace").decode("utf-8")
        return text if len(text) <= limit else text[: limit - 1] + "…"

    return AfterValidator(cut)


Text = Annotated[str, cut_to(MAX_TEXT)]
Lines = Annotated[tuple[Text, ...], AfterValidator(lambda lines: lines[-MAX_LINES:])]
Name = Annotated[str, cut_to(200)]
Fingerprint = Annotated[str, Field(pattern="^[0-9a-f]{16}$")]


class Event(BaseModel):
    """Something that happened, told to whoever subscribed to its wire name."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    wire: ClassVar[str]
