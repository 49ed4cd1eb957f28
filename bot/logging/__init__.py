"""The process's log: every record becomes one redacted JSON line, kept in a bounded ring and written to stdout.

Redaction, request context and a line's form belong here; what a line means, who may read it and where it goes do not.
Everything above may call it; it imports the standard library, python-json-logger and orjson, nothing of this project.
"""

from bot.logging.context import bind, bound, current, in_context
from bot.logging.json_formatter import JsonLineFormatter
from bot.logging.line_search import UnknownLevel
from bot.logging.logged_error import ExceptionFacts, LoggedError
from bot.logging.redaction import redact, set_known_secrets
from bot.logging.ring_buffer import LogCounts, RingBufferHandler
from bot.logging.setup import setup_logging, teardown
from bot.logging.traceback_text import Frame

__all__ = [
    "ExceptionFacts",
    "Frame",
    "JsonLineFormatter",
    "LogCounts",
    "LoggedError",
    "RingBufferHandler",
    "UnknownLevel",
    "bind",
    "bound",
    "current",
    "in_context",
    "redact",
    "set_known_secrets",
    "setup_logging",
    "teardown",
]
