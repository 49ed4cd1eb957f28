"""A traceback's text, read back: the error it tells of, and what that was explicitly raised from, down to the root."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.incident.fingerprint import Frame
from bot.incident.message_mask import plain

CAUSED = "The above exception was the direct cause of the following exception:"
DURING = "During handling of the above exception, another exception occurred:"
FRAME = re.compile(r'^[ \t|]*File "([^"\n]{1,1000})", line (\d{1,9})(?:, in ([^\n]{1,300}?))?\s*$', re.MULTILINE)
SAID = re.compile(r"([A-Za-z_][\w.]*)(?:: ?(.*))?$")
FIRST_MEMBER = re.compile(r"( *)\+-\+-+ 1 -+$")
GUTTER = re.compile(r"  [|+] ?")
MAX_NESTED = 20
MAX_LINES = 5_000


@dataclass(frozen=True)
class ToldError:
    """One error of a traceback: its type, what it said, and its frames, the innermost last."""

    type_name: str
    message: str
    frames: tuple[Frame, ...]


def frames_in(text: str) -> list[Frame]:
    """Every frame that a text shows in Python's form, in its order: the innermost of the last error is the last."""
    return [frame_of(found) for found in FRAME.finditer(text)]


def frame_of(found: re.Match[str]) -> Frame:
    """The frame of a line that tells one; a syntax error's has no function."""
    return found[1], int(found[2]), found[3] or "<module>"


def read_traceback(text: str) -> list[ToldError]:
    """The error that the text tells of and its explicit causes, the root last; of a group, its first member.

    An error that was being handled when another one was raised is a fault of its own and left out. Empty for a text
    that is no traceback.
    """
    return read_lines(plain(text).splitlines()[-MAX_LINES:], 0)


def read_lines(lines: list[str], depth: int) -> list[ToldError]:
    """The same of lines without what stands in front of a group's members."""
    if depth > MAX_NESTED:
        return []
    blocks = list(explicit(lines))
    members = first_member(blocks[0])
    alone = [block if (found := first_member(block)) is None else block[: found[0]] for block in blocks]
    errors = [error for error in map(told_by, reversed(alone)) if error]
    return errors if members is None else [*errors, *read_lines(members[1], depth + 1)]


def explicit(lines: list[str]) -> Iterator[list[str]]:
    """The blocks of the last error and its explicit causes, the root first."""
    start = max((at + 1 for at, line in enumerate(lines) if line == DURING), default=0)
    block: list[str] = []
    for line in lines[start:]:
        if line == CAUSED:
            yield block
            block = []
        else:
            block.append(line)
    yield block


def first_member(block: list[str]) -> tuple[int, list[str]] | None:
    """Where a group's members begin, and the lines of the first one without its gutter; None when it is no group."""
    for at, line in enumerate(block):
        found = FIRST_MEMBER.fullmatch(line)
        if found:
            column = len(found[1]) + 2
            end = re.compile(rf" {{{column}}}\+-+(?: \d+ -+)?$")
            return at, list(inside(block[at + 1 :], column, end))
    return None


def inside(lines: list[str], column: int, end: re.Pattern[str]) -> Iterator[str]:
    """The lines up to the end of a member, without the gutter in this column."""
    for line in lines:
        if end.fullmatch(line):
            return
        yield line[column + 2 :] if line[column : column + 1] == "|" else line[column:]


def told_by(block: list[str]) -> ToldError | None:
    """The error of one block; None when there is none in it."""
    lines = [GUTTER.sub("", line, count=1) if GUTTER.match(line) else line for line in block]
    frames: list[Frame] = []
    for at, line in enumerate(lines):
        if frame := FRAME.match(line):
            frames.append(frame_of(frame))
        elif (said := SAID.match(line)) and not line.startswith("Traceback (most"):
            message = "\n".join([said[2] or "", *lines[at + 1 :]]).rstrip()
            return ToldError(said[1], message, tuple(frames))
    return None
