"""The newest logged error, as an incident needs it."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Final

from bot.logging.guard import attempt
from bot.logging.json_line import json_size
from bot.logging.line_limits import clip, cut_middle, fit_fields
from bot.logging.plain_values import Flattener
from bot.logging.redaction import redact

Frame = tuple[str, int, str]

MAX_FRAMES: Final = 200
MAX_RELATED: Final = 20
MAX_MESSAGE: Final = 8_192
MAX_CONTEXT: Final = 16_384
"""Bytes of JSON that an exception's message and the context of its line may take."""

_OWN: Final = frozenset({"ts", "level", "logger", "msg", "exception", "incident_id"})


@dataclass(frozen=True, kw_only=True)
class ExceptionFacts:
    """An exception's structure, redacted: its type, its message and where it came from (outermost frame first)."""

    type_name: str
    message: str
    frames: tuple[Frame, ...]


@dataclass(frozen=True, kw_only=True)
class LoggedError:
    """An ERROR or CRITICAL line; every text is redacted. Without an exception, type, trace and frames are empty."""

    ts: str
    level: str
    msg: str
    logger: str
    exception: str
    incident_id: str | None
    context: Mapping[str, object]
    type_name: str
    message: str
    frames: tuple[Frame, ...]
    causes: tuple[ExceptionFacts, ...] = field(default=())
    """What it was explicitly raised from, nearest first and down to the root; of a group, its first member."""
    template: str = ""
    """The message before its arguments were put in."""


def logged_error(record: logging.LogRecord, fields: Mapping[str, object]) -> LoggedError:
    """Return the error that a record of level ERROR or above is, given its redacted fields."""
    raised = record.exc_info[1] if record.exc_info else None
    facts = facts_of(raised) if raised is not None else [_NO_EXCEPTION]
    incident_id = fields.get("incident_id")
    return LoggedError(
        ts=str(fields["ts"]),
        level=str(fields["level"]),
        msg=str(fields["msg"]),
        logger=str(fields["logger"]),
        exception=str(fields.get("exception", "")),
        incident_id=None if incident_id is None else str(incident_id),
        context=_kept_context(fields),
        type_name=facts[0].type_name,
        message=facts[0].message,
        frames=facts[0].frames,
        causes=tuple(facts[1:]),
        template=redact(clip(str(record.msg), redact)),
    )


def facts_of(raised: BaseException) -> list[ExceptionFacts]:
    """Return what is known of an error and of what it was raised from, down to the root; every text is redacted."""
    return [_facts(error) for error in _down_to_the_root(raised)]


_NO_EXCEPTION: Final = ExceptionFacts(type_name="", message="", frames=())


def _kept_context(fields: Mapping[str, object]) -> Mapping[str, object]:
    """Return a copy of the line's further fields: the caller's own objects may change later, or be large."""
    flattener = Flattener(partial(clip, redact=redact))
    context = {name: flattener.flatten(value) for name, value in fields.items() if name not in _OWN}
    return fit_fields(context, MAX_CONTEXT) if json_size(context) > MAX_CONTEXT else context


def _facts(error: BaseException) -> ExceptionFacts:
    message = attempt(lambda: str(error), lambda _: "<str failed>")
    return ExceptionFacts(
        type_name=_type_name(type(error)),
        message=cut_middle(redact(clip(message, redact)), MAX_MESSAGE),
        frames=_frames(error.__traceback__),
    )


def _type_name(kind: type[BaseException]) -> str:
    return (
        kind.__qualname__ if kind.__module__ in {"builtins", "__main__"} else f"{kind.__module__}.{kind.__qualname__}"
    )


def _frames(traceback: TracebackType | None) -> tuple[Frame, ...]:
    frames: list[Frame] = []
    files: dict[str, str] = {}
    while traceback is not None:
        code = traceback.tb_frame.f_code
        name = files.get(code.co_filename)
        if name is None:
            name = files[code.co_filename] = redact(code.co_filename)
        frames.append((name, traceback.tb_lineno, code.co_name))
        traceback = traceback.tb_next
    return tuple(frames if len(frames) <= MAX_FRAMES else frames[: MAX_FRAMES // 2] + frames[-MAX_FRAMES // 2 :])


def _down_to_the_root(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen and len(seen) < MAX_RELATED:
        yield at
        seen.add(id(at))
        at = at.exceptions[0] if isinstance(at, BaseExceptionGroup) and at.__cause__ is None else at.__cause__
