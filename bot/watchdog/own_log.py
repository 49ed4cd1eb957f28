"""The bot's own log as the watchdog sees it: lines of WARNING and above, matched in a thread of their own."""

from collections.abc import Callable

from bot.events.event import Event
from bot.watchdog.matching import Line, Matcher

SOURCE = "the bot's log"
ERRORS = (b'"level":"ERROR"', b'"level":"CRITICAL"')
OWN = (b'"logger":"bot.watchdog', b'"logger":"bot.events')
"""Lines of ours, which would be told of themselves."""
HEAD = 160
"""Bytes of a line in which its level and logger stand."""


class OwnLog:
    """A sink of log lines."""

    def __init__(self, matcher: Matcher, publish: Callable[..., None]) -> None:
        self._matcher = matcher
        self._publish = publish

    def write(self, lines: list[bytes], *, urgent: bool) -> None:
        """Match these lines; what they make is published from this thread."""
        seen = [line_of(each) for each in lines if not any(mark in each[:HEAD] for mark in OWN)]
        events: list[Event] = self._matcher.met(seen)
        if events:
            self._publish(*events)

    def rest(self) -> float | None:
        """Nothing is ever due."""
        return None


def line_of(raw: bytes) -> Line:
    """A line of the log."""
    return Line(raw.decode("utf-8", "replace"), SOURCE, counted=any(mark in raw[:HEAD] for mark in ERRORS))
