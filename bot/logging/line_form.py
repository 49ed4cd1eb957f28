"""What a line consists of, and in which order."""

import logging
import time
from typing import Final

from pythonjsonlogger.core import RESERVED_ATTRS

from bot.logging.context import RECORD_KEY

ORDER: Final = ("user", "user_id", "channel", "intent", "entities", "exception", "incident_id", "action")
RANKS: Final = {name: rank for rank, name in enumerate(ORDER)}
"""The fields that stand first behind the line's own, in this order; left out when they are None."""

OWN: Final = frozenset({"ts", "level", "logger", "msg"})
RESERVED: Final = frozenset({*RESERVED_ATTRS, "taskName", RECORD_KEY})
PLAIN_RECORD: Final = tuple(logging.makeLogRecord({}).__dict__)
"""The attributes of a record without extras, in their order."""

_MILLISECONDS: Final = tuple(f"{number:03d}Z" for number in range(1000))


class _Second:
    """The last second that was formatted; most records share it with the one before."""

    text: tuple[int, str, bytes] = (-1, "", b"")


_MILLISECOND_BYTES: Final = tuple(text.encode() for text in _MILLISECONDS)


def timestamp(created: float) -> str:
    """Return a time as ISO-8601 in UTC with milliseconds and Z."""
    second, part = divmod(created, 1)
    known, text, _ = _Second.text
    if known != second:
        text = _new_second(int(second))[1]
    return text + _MILLISECONDS[int(part * 1000)]


def line_start(created: float) -> bytes:
    """Return how the line of a record of this time begins."""
    second, part = divmod(created, 1)
    known, _, start = _Second.text
    if known != second:
        start = _new_second(int(second))[2]
    return start + _MILLISECOND_BYTES[int(part * 1000)]


def _new_second(second: int) -> tuple[int, str, bytes]:
    text = time.strftime("%Y-%m-%dT%H:%M:%S.", time.gmtime(second))
    _Second.text = (second, text, f'{{"ts":"{text}'.encode())
    return _Second.text
