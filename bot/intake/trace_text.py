"""Traces out of the text of a failure: Python's own, pytest's, and those of JavaScript."""

import re
from dataclasses import dataclass

from bot.incident.traceback_reading import read_traceback
from bot.intake.fault import Frame, is_library, whole_number

MAX_FRAMES = 50
SCRIPT_FRAME = re.compile(
    r"^[ \t]*at (?:(?:async )?([^()\n]{1,200}?) \()?([^()\s][^()\n]{0,300}?):(\d{1,7}):\d{1,7}\)?[ \t]*$", re.MULTILINE
)
PYTEST_FRAME = re.compile(r"^([^\s:][^:\n]{0,300}\.py):(\d{1,7}): (?:in ([\w.<>]{1,100}))?", re.MULTILINE)
PYTEST_ERROR = re.compile(r"^E[ ]{3}((?:[A-Za-z_]\w{0,80}\.){0,8}[A-Z]\w{0,80})(?:: (.*))?$", re.MULTILINE)
DEFINED = re.compile(r"^[ >]*(?:async )?def (\w{1,100})\(", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Trace:
    """An error as its text tells it: its type, its message, where it came from (the crash frame last)."""

    kind: str
    message: str
    frames: tuple[Frame, ...] = ()

    @property
    def said(self) -> str:
        """The error in a line: its type, where it has one, and the first line of its message."""
        message = first_line(self.message)
        return f"{self.kind}: {message}".removesuffix(": ") if self.kind[:1].isupper() or "." in self.kind else message


def python_trace(text: str) -> Trace | None:
    """The root of the last Python traceback in a text, or None when there is none.

    Of errors that were raised from one another the first is the root; one raised while another was handled is its own.
    """
    start = text.find("Traceback (most recent call last)")
    errors = read_traceback(text[start:]) if start >= 0 else []
    if not errors or not errors[-1].frames:
        return None
    root = errors[-1]
    frames = tuple(frame_of(file, str(line), function) for file, line, function in root.frames[-MAX_FRAMES:])
    return Trace(kind=root.type_name, message=root.message.partition("\n")[0], frames=frames)


def pytest_trace(text: str) -> Trace | None:
    """The error in pytest's own way of showing it, or None."""
    errors = list(PYTEST_ERROR.finditer(text))
    if not errors:
        return None
    return Trace(kind=errors[-1][1], message=(errors[-1][2] or "").strip(), frames=tuple(pytest_frames(text)))


def pytest_frames(text: str) -> list[Frame]:
    """The frames that pytest shows; where it leaves a function's name out, the source above has it."""
    frames: list[Frame] = []
    for place in list(PYTEST_FRAME.finditer(text))[-MAX_FRAMES:]:
        above = DEFINED.findall(text, 0, place.start())
        frame = frame_of(place[1], place[2], place[3] or (above[-1] if above else ""))
        if frames and (frames[-1].file, frames[-1].line) == (frame.file, frame.line):
            continue  # the last place is told twice: in the trace, and with the error
        frames.append(frame)
    return frames


def script_frames(text: str) -> tuple[Frame, ...]:
    """The frames of a JavaScript stack, turned so that the crash frame is last."""
    places = list(SCRIPT_FRAME.finditer(text))[:MAX_FRAMES]
    frames = [frame_of(place[2].removeprefix("file://"), place[3], place[1] or "") for place in places]
    return tuple(reversed(frames))


def frame_of(file: str, line: str, function: str) -> Frame:
    """A frame from its parts."""
    return Frame(file=file, line=whole_number(line), function=function.strip(), own=not is_library(file))


def first_line(text: str) -> str:
    """The first line that says something, without its `Error:`."""
    lines = (line.strip() for line in text.splitlines())
    return next((line.removeprefix("Error: ") for line in lines if line), "")[:200]
