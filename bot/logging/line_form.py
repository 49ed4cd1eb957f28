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


class _Newest:
    """The last millisecond and second that were formatted: in a storm, most records share them with the one before."""

    millisecond: tuple[int, str, bytes] = (-1, "", b"")
    second: tuple[int, str] = (-1, "")


def timestamp(created: float) -> str:
    """Return a time as ISO-8601 in UTC with milliseconds and Z."""
    millisecond = int(created * 1000.0)
    known, text, _ = _Newest.millisecond
    return text if known == millisecond else _new_millisecond(millisecond)[1]


def line_start(created: float) -> bytes:
    """Return how the line of a record of this time begins."""
    millisecond = int(created * 1000.0)
    known, _, start = _Newest.millisecond
    return start if known == millisecond else _new_millisecond(millisecond)[2]


def _new_millisecond(millisecond: int) -> tuple[int, str, bytes]:
    second, part = divmod(millisecond, 1000)
    known, text = _Newest.second
    if known != second:
        text = time.strftime("%Y-%m-%dT%H:%M:%S.", time.gmtime(second))
        _Newest.second = (second, text)
    text = f"{text}{part:03d}Z"
    _Newest.millisecond = (millisecond, text, f'{{"ts":"{text}'.encode())
    return _Newest.millisecond
