"""The bot's own log as the watchdog sees it: lines of WARNING and above, matched in a thread of their own."""

from collections.abc import Callable

from bot.events.event import Event
from bot.watchdog.matching import Line, Matcher
from bot.watchdog.runaway import MAX_LINE

SOURCE = "the bot's log"
ERROR, CRITICAL = b'"level":"ERROR"', b'"level":"CRITICAL"'
WATCHDOG, EVENTS = b'"logger":"bot.watchdog', b'"logger":"bot.events'
"""Lines of these loggers would be told of themselves."""
HEAD = 160
"""Bytes of a line in which its level and logger stand."""


class OwnLog:
    """A sink of log lines."""

    def __init__(self, matcher: Matcher, publish: Callable[..., None]) -> None:
        self._matcher = matcher
        self._publish = publish

    def write(self, lines: list[bytes], *, urgent: bool) -> None:
        """Match these lines; what they make is published from this thread."""
        events: list[Event] = self._matcher.met([line for each in lines if (line := line_of(each))])
        if events:
            self._publish(*events)

    def rest(self) -> float | None:
        """Nothing is ever due."""
        return None


def line_of(raw: bytes) -> Line | None:
    """A line of the log; None for one of ours."""
    head = raw[:HEAD]
    if WATCHDOG in head or EVENTS in head:
        return None
    return Line(raw[:MAX_LINE].decode("utf-8", "replace"), SOURCE, ERROR in head or CRITICAL in head)
