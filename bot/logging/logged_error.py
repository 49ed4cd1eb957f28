"""The newest logged error, as an incident needs it."""

import logging
from collections.abc import Iterator, Mapping
from functools import partial
from types import TracebackType
from typing import Final, NamedTuple

from bot.logging.guard import attempt
from bot.logging.json_line import json_size
from bot.logging.line_limits import clip, cut_middle, fit_fields
from bot.logging.plain_values import Flattener
from bot.logging.redaction import redact
from bot.logging.traceback_text import Frame

MAX_FRAMES: Final = 200
MAX_RELATED: Final = 20
MAX_MESSAGE: Final = 8_192
MAX_CONTEXT: Final = 16_384
"""Bytes of JSON that an exception's message and the context of its line may take."""

_OWN: Final = frozenset({"ts", "level", "logger", "msg", "exception", "incident_id"})


class ExceptionFacts(NamedTuple):
    """An exception's structure, redacted: its type, its message and where it came from (outermost frame first)."""

    type_name: str
    message: str
    frames: tuple[Frame, ...]


class LoggedError(NamedTuple):
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
    causes: tuple[ExceptionFacts, ...] = ()
    """What it was explicitly raised from, nearest first and down to the root; of a group, its first member."""
    template: str = ""
    """The message before its arguments were put in."""


def logged_error(
    record: logging.LogRecord, fields: Mapping[str, object], frames: tuple[Frame, ...] | None = None
) -> LoggedError:
    """Return the error that a record of level ERROR or above is, given its redacted fields and maybe its frames."""
    raised = record.exc_info[1] if record.exc_info else None
    facts = facts_of(raised, frames) if raised is not None else [_NO_EXCEPTION]
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


def facts_of(raised: BaseException, frames: tuple[Frame, ...] | None = None) -> list[ExceptionFacts]:
    """Return what is known of an error and of what it was raised from, down to the root; every text is redacted.

    `frames` are those of an error that was raised from no other, when they are known already.
    """
    if frames is not None:
        return [_facts(raised, frames)]
    return [_facts(error, _frames(error.__traceback__)) for error in _down_to_the_root(raised)]


_NO_EXCEPTION: Final = ExceptionFacts(type_name="", message="", frames=())


def _kept_context(fields: Mapping[str, object]) -> Mapping[str, object]:
    """Return a copy of the line's further fields: the caller's own objects may change later, or be large."""
    flattener = Flattener(partial(clip, redact=redact))
    context = {name: flattener.flatten(value) for name, value in fields.items() if name not in _OWN}
    return fit_fields(context, MAX_CONTEXT) if json_size(context) > MAX_CONTEXT else context


def _facts(error: BaseException, frames: tuple[Frame, ...]) -> ExceptionFacts:
    message = attempt(lambda: str(error), lambda _: "<str failed>")
    return ExceptionFacts(
        type_name=_type_name(type(error)),
        message=cut_middle(redact(clip(message, redact)), MAX_MESSAGE),
        frames=_told_frames(frames),
    )


def _type_name(kind: type[BaseException]) -> str:
    return (
        kind.__qualname__ if kind.__module__ in {"builtins", "__main__"} else f"{kind.__module__}.{kind.__qualname__}"
    )


def _frames(traceback: TracebackType | None) -> tuple[Frame, ...]:
    frames: list[Frame] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        frames.append((code.co_filename, traceback.tb_lineno, code.co_name))
        traceback = traceback.tb_next
    return tuple(frames)


def _told_frames(frames: tuple[Frame, ...]) -> tuple[Frame, ...]:
    """Return redacted frames; of very many, the first and the last ones."""
    if len(frames) > MAX_FRAMES:
        frames = frames[: MAX_FRAMES // 2] + frames[-MAX_FRAMES // 2 :]
    names = {file: redact(file) for file in {frame[0] for frame in frames}}
    if list(names) == list(names.values()):
        return frames
    return tuple((names[file], line, function) for file, line, function in frames)


def _down_to_the_root(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen and len(seen) < MAX_RELATED:
        yield at
        seen.add(id(at))
        at = at.exceptions[0] if isinstance(at, BaseExceptionGroup) and at.__cause__ is None else at.__cause__
