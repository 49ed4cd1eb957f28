"""A picture of the log: lines per minute by level, and the same in words for those who do not see it."""

import io
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

MINUTES = 30
WIDTH, HEIGHT = 720, 220
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 34, 26
BACKGROUND, GRID, TEXT = "#1e1f22", "#3a3c43", "#c9ccd3"
BANDS = (("calm", "#5865f2", "info"), ("warnings", "#f0b232", "warnings"), ("errors", "#f23f43", "errors"))
"""What is stacked, from the bottom: its count's name, its colour, its word in the legend."""


@dataclass(frozen=True)
class Minute:
    """What was logged in one minute."""

    calm: int = 0
    warnings: int = 0
    errors: int = 0

    @property
    def total(self) -> int:
        """All lines of the minute."""
        return self.calm + self.warnings + self.errors


def counted(lines: Iterable[str], now: datetime) -> list[Minute]:
    """The lines of the last 30 minutes, minute by minute, oldest first."""
    start = now.replace(second=0, microsecond=0) - timedelta(minutes=MINUTES - 1)
    counts: list[Counter[str]] = [Counter() for _ in range(MINUTES)]
    for line in lines:
        told = json.loads(line)
        at = int((datetime.fromisoformat(told["ts"]) - start).total_seconds() // 60)
        if 0 <= at < MINUTES:
            band = {"WARNING": "warnings", "ERROR": "errors", "CRITICAL": "errors"}.get(told["level"], "calm")
            counts[at][band] += 1
    return [Minute(**count) for count in counts]


def in_words(minutes: list[Minute]) -> str:
    """The chart's content as a sentence: its alternative text."""
    peak = max(minute.total for minute in minutes)
    errors, warnings = sum(minute.errors for minute in minutes), sum(minute.warnings for minute in minutes)
    total = sum(minute.total for minute in minutes)
    return (
        f"Log lines per minute in the last {MINUTES} minutes: {total} lines, at most {peak} in a minute, "
        f"{warnings} warning(s), {errors} error(s)."
    )


def drawn(minutes: list[Minute]) -> bytes:
    """The chart as a PNG. It takes some milliseconds: draw it in a thread."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", (WIDTH, HEIGHT), BACKGROUND)
    pen = ImageDraw.Draw(image)
    font = ImageFont.load_default(13)
    top = max(4, *(minute.total + minute.total % 2 for minute in minutes))
    floor, height = HEIGHT - BOTTOM, HEIGHT - BOTTOM - TOP
    for part in (0, 0.5, 1):
        y = floor - height * part
        pen.line((LEFT, y, WIDTH - RIGHT, y), fill=GRID)
        pen.text((LEFT - 8, y), f"{top * part:g}", fill=TEXT, font=font, anchor="rm")
    step = (WIDTH - LEFT - RIGHT) / len(minutes)
    for at, minute in enumerate(minutes):
        y = float(floor)
        for name, colour, _ in BANDS:
            tall = getattr(minute, name) / top * height
            if tall:
                pen.rectangle((LEFT + at * step + 1, y - max(tall, 1), LEFT + (at + 1) * step - 2, y - 1), fill=colour)
            y -= tall
    pen.text((LEFT, HEIGHT - 8), f"{len(minutes)} min ago", fill=TEXT, font=font, anchor="ls")
    pen.text((WIDTH - RIGHT, HEIGHT - 8), "now", fill=TEXT, font=font, anchor="rs")
    pen.text((LEFT, 18), "log lines per minute", fill=TEXT, font=font, anchor="lm")
    x = WIDTH - RIGHT
    for _, colour, word in reversed(BANDS):
        x -= int(font.getlength(word))
        pen.text((x, 18), word, fill=TEXT, font=font, anchor="lm")
        pen.rectangle((x - 16, 13, x - 6, 23), fill=colour)
        x -= 30
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
