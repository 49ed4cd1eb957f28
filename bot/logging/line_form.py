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

    text: tuple[int, str] = (-1, "")


def timestamp(created: float) -> str:
    """Return a time as ISO-8601 in UTC with milliseconds and Z."""
    second = int(created // 1)
    known, text = _Second.text
    if known != second:
        text = time.strftime("%Y-%m-%dT%H:%M:%S.", time.gmtime(second))
        _Second.text = (second, text)
    return text + _MILLISECONDS[int((created - second) * 1000)]
