"""What others do with a log call, each at its usual settings and to a sink that keeps nothing."""

import importlib.util
import io
import logging
import re
from collections.abc import Callable

from pythonjsonlogger.json import JsonFormatter

from benchmarks.workload import Call

Log = Callable[[Call], None]


class Null(io.TextIOBase):
    """A stream that takes everything and keeps nothing."""

    def write(self, text: str, /) -> int:
        """Take it."""
        return len(text)


def logger_with(handler: logging.Handler, name: str) -> logging.Logger:
    """A logger of its own, with nothing but this handler."""
    logger = logging.Logger(name, logging.DEBUG)
    logger.addHandler(handler)
    return logger


def by_stdlib(handler: logging.Handler, name: str) -> Log:
    """Log through the standard library's logger and this handler."""
    logger = logger_with(handler, name)

    def log(call: Call) -> None:
        logger.log(call.level, call.message, *call.args, extra=call.extra, exc_info=call.exc_info)

    return log


def formatted(formatter: logging.Formatter, name: str) -> Log:
    """Log through a StreamHandler to nowhere."""
    handler = logging.StreamHandler(Null())
    handler.setFormatter(formatter)
    return by_stdlib(handler, name)


def reference() -> Log:
    """python-json-logger, redacting and keeping nothing."""
    return formatted(JsonFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"), "reference")


def stdlib_plain() -> Log:
    """The standard library's plain text."""
    return formatted(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"), "plain")


def structlog_orjson() -> Log:
    """The structlog library with orjson."""
    import orjson
    import structlog

    logger = structlog.wrap_logger(
        structlog.BytesLogger(file=_NullBytes()),  # type: ignore[arg-type] # it only writes and flushes
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(10),
        cache_logger_on_first_use=True,
    )

    def log(call: Call) -> None:
        more = {"exc_info": call.exc_info} if call.exc_info else {}
        logger.log(call.level, call.message, *call.args, **call.extra, **more)

    return log


class _NullBytes(io.RawIOBase):
    def write(self, data: object, /) -> int:
        return 0


def with_loguru() -> Log:
    """The loguru library, serialising."""
    from loguru import logger

    logger.remove()
    logger.add(lambda _: None, serialize=True, catch=False, level=0, backtrace=False, diagnose=False)

    def log(call: Call) -> None:
        text = call.message % call.args if call.args else call.message
        logger.bind(**call.extra).opt(exception=call.exc_info).log(call.level, "{}", text)

    return log


PATTERNS = tuple(
    re.compile(rf"(?i)\b{prefix}[a-z0-9_-]{{20,}}\b")
    for prefix in ("ghp_", "gho_", "sk-", "xox[abp]-", "AKIA", "AIza", "glpat-", "npm_", "eyJ", "bearer ")
)
"""The ten patterns that every project writes."""


def redact_by_loop(text: str) -> str:
    """The usual redaction: one substitution after another."""
    for pattern in PATTERNS:
        text = pattern.sub("***", text)
    return text


KEY_NAMES = re.compile(
    r"(?i)(password|passwd|secret|token|api_?key|authorization)([\"']?\s*[:=]\s*[\"']?)([^\s\"',&]+)"
)


def redact_by_key_name(text: str) -> str:
    """The other usual redaction: what follows a telling name."""
    return KEY_NAMES.sub(r"\1\2***", text)


class RedactingFormatter(JsonFormatter):
    """python-json-logger with a loop of patterns behind it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, redacted."""
        return redact_by_loop(super().format(record))


def peers() -> dict[str, Log]:
    """Each peer that is installed; the reference first."""
    found = {
        "python-json-logger (REF)": reference(),
        "stdlib plain text": stdlib_plain(),
        "python-json-logger + 10 patterns": formatted(RedactingFormatter(), "redacting"),
    }
    if importlib.util.find_spec("structlog"):
        found["structlog + orjson"] = structlog_orjson()
    if importlib.util.find_spec("loguru"):
        found["loguru"] = with_loguru()
    return found
