"""Tracebacks as the standard library writes them, each place in the code rendered once.

A frame's text depends on its code and its place in it alone, so it is kept; reading the source anew for every frame of
every error is what makes `traceback` slow. Everything else (messages, notes, causes, groups) is the library's own work.
"""

import linecache
import sys
import traceback
from collections.abc import Iterator
from functools import partial
from types import CodeType, TracebackType
from typing import Final, NamedTuple

from bot.logging.guard import attempt

MAX_PLACES: Final = 1_024
"""Places in the code whose text is kept."""

_HEADING: Final = "Traceback (most recent call last):\n"
_MAX_KEPT_TEXT: Final = 1_000
_SHOWN_REPEATS: Final = 3
"""How often the library shows one line of a recursion before it only counts."""

Place = tuple[int, int, int]
Line = tuple[int, str, str]
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


class _Rendered(NamedTuple):
    """A frame's text; `code` keeps the id in the key its own, `source` is what linecache held when it was made."""

    code: CodeType
    source: object
    text: str
    line: Line


class _Stack(traceback.StackSummary):
    """A stack that is text already."""

    texts: list[str]

    def format(self, **_: object) -> list[str]:
        """Return the frames' texts."""
        return self.texts


class TracebackTexts:
    """The texts of frames; when there are too many of them, all are forgotten."""

    def __init__(self, max_places: int = MAX_PLACES) -> None:
        self._max_places = max_places
        self._known: dict[Place, _Rendered] = {}

    def __len__(self) -> int:
        return len(self._known)

    def format(self, exc_info: ExcInfo) -> str:
        """Return the very text of `logging.Formatter.formatException`."""
        return "".join(self.pieces(exc_info))

    def pieces(self, exc_info: ExcInfo) -> list[str]:
        """Return that text in pieces; a frame is one, and the same object each time."""
        kind, error, trace = exc_info
        if hasattr(sys, "tracebacklimit"):
            return ["".join(traceback.format_exception(kind, error, trace)).rstrip("\n")]
        if _is_alone(error):
            return self._alone(error, trace)
        told = traceback.TracebackException(kind, error, trace, limit=0, compact=True)
        for part, frames in _parts(told, error, trace):
            part.stack = self._stack(frames)
        if told.exceptions is None and told.__cause__ is None and told.__context__ is None:
            pieces = [*_told_stack(told), *told.format_exception_only()]
        else:
            pieces = list(told.format())
        if pieces and pieces[-1][-1:] == "\n":
            pieces[-1] = pieces[-1][:-1]
        return pieces

    def _alone(self, error: BaseException, trace: TracebackType | None) -> list[str]:
        """Return the pieces of an exception with nothing around it; the library would take ten times as long."""
        kind = type(error)
        name = kind.__qualname__
        if kind.__module__ not in {"__main__", "builtins"}:
            name = f"{kind.__module__}.{name}"
        message = attempt(partial(str, error), lambda _: "<exception str() failed>")
        frames = [_HEADING, *self._stack(trace).texts] if trace is not None else []
        return [*frames, f"{name}: {message}" if message else name]

    def _stack(self, trace: TracebackType) -> _Stack:
        stack = _Stack()
        stack.append(_SOME_FRAME)  # an empty one would be left out
        texts = stack.texts = []
        at: TracebackType | None = trace
        known, sources = self._known, linecache.cache
        before: Line | None = None
        repeats = 0
        while at is not None:
            code = at.tb_frame.f_code
            place = (id(code), at.tb_lasti, at.tb_lineno)
            rendered = known.get(place)
            if rendered is None or rendered.source is not sources.get(code.co_filename):
                rendered = self._render(place, at)
            _, _, text, line = rendered
            if line is not before and line != before:
                if repeats > _SHOWN_REPEATS:
                    texts += _repeated(repeats)
                before, repeats = line, 0
            repeats += 1
            if repeats <= _SHOWN_REPEATS:
                texts.append(text)
            at = at.tb_next
        texts += _repeated(repeats)
        return stack

    def _render(self, place: Place, at: TracebackType) -> _Rendered:
        code = at.tb_frame.f_code
        alone = TracebackType(None, at.tb_frame, at.tb_lasti, at.tb_lineno)
        text = "".join(traceback.format_tb(alone))
        line = (at.tb_lineno, code.co_name, code.co_filename)
        rendered = _Rendered(code, linecache.cache.get(code.co_filename), text, line)
        if len(self._known) >= self._max_places:
            self._known.clear()
        if len(text) <= _MAX_KEPT_TEXT:
            self._known[place] = rendered
        return rendered


def _is_alone(error: BaseException) -> bool:
    """Whether there is nothing around an exception, and nothing in it that the library tells more about."""
    return (
        error.__cause__ is None
        and error.__context__ is None
        and not hasattr(error, "__notes__")
        and not isinstance(error, (SyntaxError, NameError, AttributeError, ImportError, BaseExceptionGroup))
    )


def _told_stack(told: traceback.TracebackException) -> Iterator[str]:
    """Yield an exception's frames under their heading, as the library does; nothing when there are none."""
    if told.stack:
        yield _HEADING
        yield from told.stack.format()


def _parts(
    told: traceback.TracebackException, error: BaseException, trace: TracebackType | None
) -> Iterator[tuple[traceback.TracebackException, TracebackType]]:
    """Yield every exception that will be told, causes and members of groups included, and its frames."""
    waiting: list[tuple[traceback.TracebackException | None, BaseException | None, TracebackType | None]]
    waiting = [(told, error, trace)]
    while waiting:
        part, twin, frames = waiting.pop()
        if part is None or twin is None:
            continue
        if frames is not None:
            yield part, frames
        near = [(part.__cause__, twin.__cause__), (part.__context__, twin.__context__)]
        if part.exceptions and isinstance(twin, BaseExceptionGroup):
            near += zip(part.exceptions, twin.exceptions, strict=False)
        waiting += [(inner, real, real.__traceback__) for inner, real in near if real is not None]


def _repeated(times: int) -> tuple[str, ...]:
    """Return the line that stands for a recursion's further repetitions, if there are any."""
    hidden = times - _SHOWN_REPEATS
    return (f"  [Previous line repeated {hidden} more time{'s' if hidden > 1 else ''}]\n",) if hidden > 0 else ()


_SOME_FRAME: Final = traceback.FrameSummary("", 0, "", lookup_line=False)
