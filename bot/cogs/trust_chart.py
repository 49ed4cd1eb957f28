"""A picture of trust over time, and the same in words for those who do not see it."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.records.healing_store import TrustChange

WIDTH, HEIGHT = 720, 260
LEFT, RIGHT, TOP, BOTTOM = 46, 190, 34, 26
BACKGROUND, GRID, TEXT = "#1e1f22", "#3a3c43", "#c9ccd3"
COLOURS = ("#5865f2", "#57f287", "#f0b232", "#eb459e", "#f23f43", "#45ddc0")
MOST_LINES = len(COLOURS)


@dataclass(frozen=True)
class Course:
    """How far one subject was trusted, over time."""

    subject: str
    points: tuple[tuple[datetime, float], ...]

    @property
    def now(self) -> float:
        """How far it is trusted since its last verdict."""
        return self.points[-1][1]


def courses_of(changes: Iterable[TrustChange]) -> list[Course]:
    """The courses of what moved last, the newest first; each begins with the trust before its first change."""
    found: dict[str, list[TrustChange]] = {}
    for change in sorted(changes, key=lambda each: each.at):
        found.setdefault(change.subject, []).append(change)
    courses = [
        Course(subject, ((moves[0].at, moves[0].before), *((move.at, move.after) for move in moves)))
        for subject, moves in found.items()
    ]
    return sorted(courses, key=lambda course: course.points[-1][0], reverse=True)


def in_words(courses: Sequence[Course]) -> str:
    """The chart's content as a sentence: its alternative text."""
    told = (f"{course.subject} from {course.points[0][1]:.2f} to {course.now:.2f}" for course in courses[:MOST_LINES])
    return f"Trust over time: {', '.join(told) or 'nothing was tried yet'}."


def drawn(courses: Sequence[Course]) -> bytes:
    """The chart as a PNG. It takes some milliseconds: draw it in a thread."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", (WIDTH, HEIGHT), BACKGROUND)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(13)
    floor, height = HEIGHT - BOTTOM, HEIGHT - BOTTOM - TOP
    for part in (0.0, 0.5, 1.0):
        y = floor - height * part
        pen.line((LEFT, y, WIDTH - RIGHT, y), fill=GRID)
        pen.text((LEFT - 8, y), f"{part:g}", fill=TEXT, font=font, anchor="rm")
    shown = courses[:MOST_LINES]
    first, last = span_of(shown)
    seconds = max((last - first).total_seconds(), 1.0)
    for number, (course, colour) in enumerate(zip(shown, COLOURS, strict=False)):
        corners = stairs(
            [
                (LEFT + (WIDTH - LEFT - RIGHT) * (at - first).total_seconds() / seconds, floor - height * trust)
                for at, trust in course.points
            ],
            WIDTH - RIGHT,
        )
        pen.line(corners, fill=colour, width=2)
        pen.text(
            (WIDTH - RIGHT + 10, TOP + 18 * number), f"{course.now:.2f} {short(course.subject)}", fill=colour, font=font
        )
    pen.text((LEFT, 18), "trust, 0 to 1", fill=TEXT, font=font, anchor="lm")
    pen.text((LEFT, HEIGHT - 8), f"{first:%Y-%m-%d %H:%M}", fill=TEXT, font=font, anchor="ls")
    pen.text((WIDTH - RIGHT, HEIGHT - 8), f"{last:%Y-%m-%d %H:%M}", fill=TEXT, font=font, anchor="rs")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def span_of(courses: Sequence[Course]) -> tuple[datetime, datetime]:
    """The first and the last moment of these courses."""
    moments = [at for course in courses for at, _ in course.points]
    return min(moments), max(moments)


def stairs(points: list[tuple[float, float]], end: float) -> list[tuple[float, float]]:
    """A line that stays level until the next change, and to the end."""
    corners = points[:1]
    for x, y in points[1:]:
        corners += [(x, corners[-1][1]), (x, y)]
    return [*corners, (end, corners[-1][1])]


def short(subject: str) -> str:
    """A subject as the legend has room for it."""
    name = subject.removeprefix("playbook ").removeprefix("component ")
    return name if len(name) <= 20 else name[:19] + "…"
