"""Puts the log handler in place for the whole process, and takes it out again."""

import logging
import sys
import threading
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Final, TextIO

from bot.logging.context import RECORD_KEY, attach_context
from bot.logging.line_search import level_number
from bot.logging.redaction import set_known_secrets
from bot.logging.ring_buffer import RingBufferHandler

_NOISY: Final = ("discord", "asyncio", "httpcore", "httpx", "aiosqlite", "urllib3")
"""Libraries whose DEBUG lines would fill the ring; they speak from INFO on."""

_log = logging.getLogger("bot.process")


class _Installed:
    """The handler in place, and how to undo all that came with it."""

    handler: RingBufferHandler | None = None
    undo = ExitStack()


def setup_logging(level: str, secrets: Iterable[str] = (), stream: TextIO | None = None) -> RingBufferHandler:
    """Log everything of this process through one handler: to its ring, and to `stream` (stdout when None).

    A second call changes level, secrets and stream of the same handler. Raises ValueError for an unknown level.
    """
    number = level_number(level)
    set_known_secrets(secrets)
    handler = _Installed.handler
    if handler is None:
        handler = _Installed.handler = RingBufferHandler()
        _install(handler)
    if handler not in logging.getLogger().handlers:
        logging.getLogger().addHandler(handler)  # somebody configured logging anew
    handler.write_to(stream if stream is not None else sys.stdout)
    logging.getLogger().setLevel(number)
    return handler


def teardown() -> None:
    """Take the handler and all hooks out again and write what is waiting; nothing happens when none is in place."""
    _Installed.handler = None
    set_known_secrets(())
    _Installed.undo.close()


def _install(handler: RingBufferHandler) -> None:
    root = logging.getLogger()
    undo = _Installed.undo
    undo.callback(handler.close)
    undo.callback(root.setLevel, root.level)
    _replace_console_handlers(root, undo)
    root.addHandler(handler)
    undo.callback(root.removeHandler, handler)
    _adjust_libraries(undo)
    _install_factories(undo)
    _install_hooks(undo)


def _replace_console_handlers(root: logging.Logger, undo: ExitStack) -> None:
    """Take out handlers that write unredacted lines to the console."""
    for other in list(root.handlers):
        if type(other) is logging.StreamHandler and other.stream in {
            sys.stdout,
            sys.stderr,
            sys.__stdout__,
            sys.__stderr__,
        }:
            root.removeHandler(other)
            undo.callback(root.addHandler, other)


def _adjust_libraries(undo: ExitStack) -> None:
    for name in _NOISY:
        logger = logging.getLogger(name)
        undo.callback(logger.setLevel, logger.level)
        undo.callback(setattr, logger, "propagate", logger.propagate)
        logger.setLevel(max(logger.level, logging.INFO))
        logger.propagate = True
        _replace_console_handlers(logger, undo)


def _install_factories(undo: ExitStack) -> None:
    make_plain = logging.getLogRecordFactory()
    make_checked = logging.Logger.makeRecord

    def make_with_context(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make_plain(*args, **kwargs)
        attach_context(record)
        return record

    def make_lenient(self: logging.Logger, *args: Any, **kwargs: Any) -> logging.LogRecord:
        return make_checked(self, *_without_reserved_extra(args), **kwargs)

    logging.setLogRecordFactory(make_with_context)
    undo.callback(logging.setLogRecordFactory, make_plain)
    logging.Logger.makeRecord = make_lenient  # type: ignore[method-assign] # the stdlib raises KeyError in the caller
    undo.callback(setattr, logging.Logger, "makeRecord", make_checked)


_PLAIN_RECORD: Final = frozenset({*logging.makeLogRecord({}).__dict__, "message", "asctime", "taskName", RECORD_KEY})
_EXTRA: Final = 8
"""Position of `extra` among the arguments of Logger.makeRecord, after self."""


def _without_reserved_extra(args: tuple[Any, ...]) -> tuple[Any, ...]:
    extra = args[_EXTRA] if len(args) > _EXTRA else None
    if not isinstance(extra, Mapping) or _PLAIN_RECORD.isdisjoint(extra):
        return args
    renamed = {f"extra_{name}" if name in _PLAIN_RECORD else name: value for name, value in extra.items()}
    return (*args[:_EXTRA], renamed, *args[_EXTRA + 1 :])


def _install_hooks(undo: ExitStack) -> None:
    before = sys.excepthook

    def log_uncaught(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            before(kind, error, traceback)
            return
        _log.critical("uncaught exception", exc_info=(kind, error, traceback), extra={"action": "process_failed"})

    undo.callback(setattr, sys, "excepthook", before)
    sys.excepthook = log_uncaught
    undo.callback(setattr, threading, "excepthook", threading.excepthook)
    threading.excepthook = _log_thread_failure
    logging.captureWarnings(True)
    undo.callback(logging.captureWarnings, False)


def _log_thread_failure(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is None or issubclass(args.exc_type, SystemExit):
        return
    name = args.thread.name if args.thread is not None else "a thread"
    _log.error(
        "uncaught exception in %s",
        name,
        exc_info=(args.exc_type, args.exc_value, args.exc_traceback),
        extra={"action": "thread_failed"},
    )
