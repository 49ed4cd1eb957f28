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
MAX_STACKS: Final = 128
"""Places in the code whose text is kept, and ways through them."""

_MAX_KEPT_FRAMES: Final = 64
"""Frames of a way that is kept."""

_HEADING: Final = "Traceback (most recent call last):\n"
_MAX_KEPT_TEXT: Final = 1_000
_SHOWN_REPEATS: Final = 3
"""How often the library shows one line of a recursion before it only counts."""

Place = tuple[int, int, int]
Frame = tuple[str, int, str]
"""File, line and function."""

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


class _Rendered(NamedTuple):
    """A frame's text; `code` keeps the id in the key its own, `source` is what linecache held when it was made."""

    code: CodeType
    source: object
    text: str
    frame: Frame


class _Stack(NamedTuple):
    """A traceback's frames: as texts, repeated ones told once, and as facts."""

    rendered: tuple[_Rendered, ...]
    texts: list[str]
    text: str
    """All of them, under the library's heading."""
    frames: tuple[Frame, ...]
    sources: tuple[tuple[str, object], ...]
    """The files, and what linecache held of them when the texts were made."""

    def is_current(self) -> bool:
        """Whether linecache holds the same still."""
        cached = linecache.cache.get
        for file, source in self.sources:  # noqa: SIM110 - of every error
            if cached(file) is not source:
                return False
        return True


class TracebackText(NamedTuple):
    """The text of an exception in pieces, of which those that come again and again are the same objects each time.

    `frames` are those of an exception with no other around it; outermost first.
    """

    pieces: list[str]
    frames: tuple[Frame, ...] | None


class _ToldStack(traceback.StackSummary):
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
        self._stacks: dict[tuple[int, ...], _Stack] = {}

    def __len__(self) -> int:
        return len(self._known)

    def format(self, exc_info: ExcInfo) -> str:
        """Return the very text of `logging.Formatter.formatException`."""
        return "".join(self.tell(exc_info).pieces)

    def tell(self, exc_info: ExcInfo) -> TracebackText:
        """Return that text in pieces."""
        kind, error, trace = exc_info
        if hasattr(sys, "tracebacklimit"):
            return TracebackText(["".join(traceback.format_exception(kind, error, trace)).rstrip("\n")], None)
        if _is_alone(error):
            return self._alone(error, trace)
        told = traceback.TracebackException(kind, error, trace, limit=0, compact=True)
        for part, frames in _parts(told, error, trace):
            part.stack = _told(self._stack(frames))
        if told.exceptions is None and told.__cause__ is None and told.__context__ is None:
            pieces = [*_told_stack(told), *told.format_exception_only()]
        else:
            pieces = list(told.format())
        if pieces and pieces[-1][-1:] == "\n":
            pieces[-1] = pieces[-1][:-1]
        return TracebackText(pieces, None)

    def _alone(self, error: BaseException, trace: TracebackType | None) -> TracebackText:
        """Return the text of an exception with nothing around it; the library would take ten times as long."""
        kind = type(error)
        name = kind.__qualname__
        if kind.__module__ not in {"__main__", "builtins"}:
            name = f"{kind.__module__}.{name}"
        message = attempt(partial(str, error), lambda _: "<exception str() failed>")
        last = f"{name}: {message}" if message else name
        if trace is None:
            return TracebackText([last], ())
        stack = self._stack(trace)
        return TracebackText([stack.text, last], stack.frames)

    def _stack(self, trace: TracebackType) -> _Stack:
        way: list[int] = []
        at: TracebackType | None = trace
        while at is not None:
            way += id(at.tb_frame.f_code), at.tb_lasti, at.tb_lineno
            at = at.tb_next
        key = tuple(way)
        stack = self._stacks.get(key)
        if stack is None or not stack.is_current():
            stack = _stack_of(tuple(self._rendered(trace)))
            if len(self._stacks) >= MAX_STACKS:
                self._stacks.clear()
            if len(stack.rendered) <= _MAX_KEPT_FRAMES:
                self._stacks[key] = stack
        return stack

    def _rendered(self, trace: TracebackType | None) -> Iterator[_Rendered]:
        known, sources = self._known, linecache.cache
        while trace is not None:
            code = trace.tb_frame.f_code
            place = (id(code), trace.tb_lasti, trace.tb_lineno)
            rendered = known.get(place)
            if rendered is None or rendered.source is not sources.get(code.co_filename):
                rendered = self._render(place, trace)
            yield rendered
            trace = trace.tb_next

    def _render(self, place: Place, at: TracebackType) -> _Rendered:
        code = at.tb_frame.f_code
        alone = TracebackType(None, at.tb_frame, at.tb_lasti, at.tb_lineno)
        text = "".join(traceback.format_tb(alone))
        frame = (code.co_filename, at.tb_lineno, code.co_name)
        rendered = _Rendered(code, linecache.cache.get(code.co_filename), text, frame)
        if len(self._known) >= self._max_places:
            self._known.clear()
        if len(text) <= _MAX_KEPT_TEXT:
            self._known[place] = rendered
        return rendered


def _stack_of(rendered: tuple[_Rendered, ...]) -> _Stack:
    texts: list[str] = []
    before: Frame | None = None
    repeats = 0
    for _, _, text, frame in rendered:
        if frame is not before and frame != before:
            texts += _repeated(repeats)
            before, repeats = frame, 0
        repeats += 1
        if repeats <= _SHOWN_REPEATS:
            texts.append(text)
    texts += _repeated(repeats)
    sources = {each.frame[0]: each.source for each in rendered}
    text = "".join((_HEADING, *texts))
    return _Stack(rendered, texts, text, tuple(each.frame for each in rendered), tuple(sources.items()))


def _told(stack: _Stack) -> _ToldStack:
    told = _ToldStack()
    told.append(_SOME_FRAME)  # an empty one would be left out
    told.texts = stack.texts
    return told


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
