"""What probably went wrong, in a few claims: each cites log lines, and is dropped when they do not bear it out.

A model's answer is data from outside: only claims are kept whose quote stands, word for word, in a line that they cite,
and only suspects that the stack trace or the log names. Without a model, or when it is slow, lying or led astray, the
same question is answered from the record alone.
"""

import asyncio
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.apis.model_errors import ModelAnswerInvalid, ModelFailure
from bot.incident.fingerprint import is_own, own_frame
from bot.incident.payload import Incident
from bot.incident.traceback_reading import frames_in
from bot.logging import redact

if TYPE_CHECKING:
    from bot.apis.llm import ChatModel

SECONDS = 8.0
"""For the model; the whole summary takes less than 10."""
MOST_LINES = 60
MOST_TRACE = 6_000
MOST_ANSWER_TOKENS = 800
SHORTEST_QUOTE = 8
"""Characters: less stands in any line."""
MOST_CLAIMS, MOST_SUSPECTS, MOST_CLAIM = 5, 5, 300
FILE_NAME = re.compile(r"[\w.@+-][\w./@+-]{3,199}")
"""What a suspect looks like: no address, no sentence."""

INSTRUCTIONS = (
    "You explain an incident of a Discord bot to the person on call. From the numbered log lines and the stack trace, "
    "name the most probable causes, the most probable first. Each cause cites the numbers of the lines that show it, "
    "and quotes a part of one of them exactly. Name as suspects only files that stand in the trace or the lines. "
    "What the lines do not show, do not claim."
)
SCHEMA: dict[str, object] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["causes", "suspects"],
    "properties": {
        "causes": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["claim", "lines", "quote"],
                "properties": {
                    "claim": {"type": "string"},
                    "lines": {"type": "array", "items": {"type": "integer"}},
                    "quote": {"type": "string"},
                },
            },
        },
        "suspects": {"type": "array", "items": {"type": "string"}},
    },
}


class Claim(BaseModel):
    """One cause as the model tells it."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    claim: str
    lines: list[int]
    quote: str


class Answer(BaseModel):
    """The model's answer."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    causes: list[Claim]
    suspects: list[str]


@dataclass(frozen=True, kw_only=True)
class Past:
    """An earlier incident of the same kind, and what became of it."""

    incident_id: str
    title: str
    outcome: str = ""


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the store knows beside the incident itself."""

    count: int = 1
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    last_good_build: str | None = None
    """The last build in which the fault was not seen."""
    similar: Sequence[Past] = ()


@dataclass(frozen=True, kw_only=True)
class Cause:
    """One claim that holds: the lines by number, counted from 1."""

    claim: str
    lines: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Why it probably happened."""

    causes: tuple[Cause, ...]
    suspects: tuple[str, ...]
    facts: tuple[str, ...]
    """What the record says by itself: how often, since when, since which build, what was alike."""
    model: str | None
    """Who made the claims; None: the record alone."""
    note: str = ""
    """Why there is no model in it: a sentence."""

    def as_text(self) -> str:
        """The summary for people who see one line after the other."""
        claims = [f"{cause.claim} [{', '.join(f'L{number}' for number in cause.lines)}]" for cause in self.causes]
        suspects = [f"Look at {', '.join(self.suspects)}."] if self.suspects else []
        return "\n".join((*claims, *suspects, *self.facts))


class Purse(Protocol):
    """The day's tokens."""

    async def take(self, tokens: int) -> bool:
        """Take so many of today's; False when there are not enough left, and none is taken."""
        ...


class Summariser:
    """Summarises incidents, with a model while there is one that keeps to the facts."""

    def __init__(self, model: "ChatModel | None", purse: Purse) -> None:
        self._model = model
        self._purse = purse

    async def summarise(self, incident: Incident, known: Known) -> Summary:
        """The summary, within 10 seconds and whatever the model does."""
        plain = from_the_record(incident, known)
        if self._model is None:
            return noted(plain, "No model is set.")
        data = shown(incident)
        if not await self._purse.take(tokens_of(data)):
            return noted(plain, "The model's tokens of today are used up.")
        try:
            answer = await self._asked(self._model, data)
        except TimeoutError:
            return noted(plain, f"The model did not answer within {SECONDS:g} seconds.")
        except ModelFailure as error:
            return noted(plain, str(error))
        causes = borne_out(answer.causes, incident.logs)
        if not causes:
            return noted(plain, "Nothing that the model claimed stands in the log.")
        named = tuple(name for name in dict.fromkeys(answer.suspects) if is_named(name, incident))[:MOST_SUSPECTS]
        return replace(plain, causes=causes, suspects=named or plain.suspects, model=self._model.model)

    async def _asked(self, model: "ChatModel", data: dict[str, object]) -> Answer:
        async with asyncio.timeout(SECONDS):
            told = await model.complete_json(
                instructions=INSTRUCTIONS, data=data, schema=SCHEMA, most_tokens=MOST_ANSWER_TOKENS
            )
        try:
            return Answer.model_validate(told)
        except ValidationError:
            raise ModelAnswerInvalid("The model's answer is not in the shape that was asked for.") from None


def shown(incident: Incident) -> dict[str, object]:
    """What the model sees, redacted once more at this door."""
    lines = incident.logs[-MOST_LINES:]
    start = len(incident.logs) - len(lines) + 1
    return {
        "summary": redact(incident.summary),
        "stack_trace": redact((incident.stack_trace or "")[-MOST_TRACE:]),
        "lines": {str(number): redact(line) for number, line in enumerate(lines, start)},
    }


def tokens_of(data: dict[str, object]) -> int:
    """How many tokens question and answer may cost: one for two bytes, about twice what they cost on ordinary text."""
    return (len(json.dumps(data)) + len(INSTRUCTIONS)) // 2 + MOST_ANSWER_TOKENS


def borne_out(claims: Sequence[Claim], lines: Sequence[str]) -> tuple[Cause, ...]:
    """The claims whose quote stands in a line that they cite."""
    kept = []
    for claim in claims:
        quote = " ".join(claim.quote.split())
        numbers = [number for number in dict.fromkeys(claim.lines) if 1 <= number <= len(lines)]
        shows = any(quote in " ".join(redact(lines[number - 1]).split()) for number in numbers)
        if len(quote) >= SHORTEST_QUOTE and shows and claim.claim.strip():
            kept.append(Cause(claim=redact(" ".join(claim.claim.split())[:MOST_CLAIM]), lines=tuple(numbers)))
    return tuple(kept[:MOST_CLAIMS])


def is_named(name: str, incident: Incident) -> bool:
    """Is it a file's name, and one that the incident itself names?"""
    named = any(name in text for text in (incident.stack_trace or "", *incident.logs))
    return named and FILE_NAME.fullmatch(name) is not None


def from_the_record(incident: Incident, known: Known) -> Summary:
    """The summary that needs nobody: the error, where it is in our own code, and what is known of it."""
    error = last_error(incident)
    place = own_place(incident.stack_trace or "")
    cited = tuple(number for number, line in enumerate(incident.logs, 1) if error and error[:80] in line)[-3:]
    if not cited and incident.logs:
        cited = (len(incident.logs),)
    what = redact(error or incident.summary)[:MOST_CLAIM]
    claim = f"{what} was raised in {place}." if place else f"{what}."
    causes = (Cause(claim=claim, lines=cited),) if cited else ()
    facts = [] if causes else [claim]
    return Summary(
        causes=causes,
        suspects=(place.partition(":")[0],) if place else (),
        facts=(*facts, *known_facts(incident, known)),
        model=None,
    )


def known_facts(incident: Incident, known: Known) -> list[str]:
    """How often, since when, since which build, and what was alike: a sentence each."""
    told = []
    if known.first_seen and known.last_seen:
        times = "once" if known.count == 1 else f"{known.count} times"
        told.append(
            f"Seen {times}, first {known.first_seen:%Y-%m-%d %H:%M}, last {known.last_seen:%Y-%m-%d %H:%M} UTC."
        )
    if known.last_good_build and known.last_good_build != incident.build:
        told.append(f"Build {known.last_good_build[:12]} did not have it; build {incident.build[:12]} does.")
    told.extend(alike(past) for past in known.similar[:3])
    return told


def alike(past: Past) -> str:
    """An earlier incident as a sentence."""
    outcome = f": {past.outcome}" if past.outcome else ""
    return f"Like {past.incident_id}, {redact(past.title)[:100]}{outcome}."


def last_error(incident: Incident) -> str:
    """The last line of the stack trace that names an exception."""
    lines = (incident.stack_trace or "").rstrip().splitlines()
    named = (line.strip() for line in reversed(lines) if re.match(r"\s*[\w.]+\w:", line))
    return next(named, lines[-1].strip() if lines else "")


def own_place(trace: str) -> str:
    """The innermost frame of our own code in a stack trace, as `file:function`; empty when there is none."""
    frames = frames_in(trace)
    return own_frame(frames) if any(is_own(file) for file, *_ in frames) else ""


def noted(summary: Summary, note: str) -> Summary:
    """The summary with the reason why no model is in it."""
    return replace(summary, note=note)
