"""A log call never raises, blocks or recurses, whatever it is given and whatever is broken."""

import gc
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from typing import ClassVar

import pytest

from bot.logging import JsonLineFormatter, RingBufferHandler

SECRET = "ghp_" + "a" * 36


class RaisesInRepr:
    def __repr__(self) -> str:
        raise RuntimeError(f"no repr {SECRET}")


class RaisesInStr(RaisesInRepr):
    def __str__(self) -> str:
        raise MemoryError


class RaisesInItems(dict[str, int]):
    def items(self):
        raise RuntimeError("no items")


class RaisesInHash:
    __hash__ = None  # type: ignore[assignment]  # unhashable on purpose

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no comparison")


class LoudText(str):
    __slots__ = ()

    def __str__(self) -> str:
        raise RuntimeError("no str")


class RaisesInAttributes:
    def __getattribute__(self, name: str) -> object:
        raise AttributeError(name)


class FlippingMapping(dict[str, object]):
    other: ClassVar[dict[str, object]] = {}


def cyclic() -> list[object]:
    items: list[object] = [1]
    items.append({"again": items})
    return items


def deep(levels: int) -> object:
    value: object = "bottom"
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (cyclic(), "<cyclic>"),
        (deep(5_000), "<depth>"),
        ({(1, 2): "x"}, "(1, 2)"),
        (2**16_609, "<int 16610 bits>"),
        (-(2**16_609), "<int 16610 bits>"),
        (2**100, str(2**100)),
        ("\ud800 lone", "\\ud800 lone"),
        ("x" * 10_000_000, "…[cut "),
        (b"x" * 10_000_000, "…[cut "),
        (RaisesInRepr(), "<repr failed>"),
        ([1, RaisesInRepr(), 2], '[1,"<repr failed>",2]'),
        ({RaisesInStr(): 1}, "<repr failed>"),
        (RaisesInItems(a=1), '{"a":1}'),
        (RaisesInHash(), "RaisesInHash"),
        (LoudText("loud"), "loud"),
        (RaisesInAttributes(), "<"),
        (list(range(1_000_000)), "<more>"),
        (dict.fromkeys(range(2_000), "x" * 1_000), "…[cut "),
        ((item for item in "ab"), "generator"),
        (float("inf"), "inf"),
        (lambda: None, "lambda"),
        (object, "builtins.object"),
        (threading.Lock(), "lock"),
        (ValueError("x"), "ValueError('x')"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_any_extra_gives_one_valid_line(logged, value, shown):
    logged.logger.info("got", extra={"field": value, "nested": {"a": [value]}})
    logged.logger.info("got %s", "it", extra={"other": 1})

    first, second = logged.handler.lines()
    assert json.loads(first)["msg"] == "got"
    assert shown in first
    assert len(first.encode()) <= 8_192
    assert json.loads(second)["other"] == 1
    assert logged.handler.counts.internal_errors == {}


@pytest.mark.parametrize(
    ("message", "args", "shown"),
    [
        ("%s %s", ("one",), "%s %s <bad arguments: ('one',)>"),
        ("%d", ("one",), "%d <bad arguments: ('one',)>"),
        ("none", ("one",), "none <bad arguments: ('one',)>"),
        ("%(name)s", ({"other": 1},), "%(name)s <bad arguments: {'other': 1}>"),
        ("%s", (RaisesInStr(),), "%s <bad arguments: <repr failed>>"),
        (RaisesInStr(), (), "<repr failed> <bad arguments: ()>"),
        (None, (), "None"),
        ({"a": 1}, (), "{'a': 1}"),
        ("100%", (), "100%"),
        ("100% %s", ("x",), "100% %s <bad arguments: ('x',)>"),
    ],
)
def test_any_message_and_arguments_give_a_line(logged, message, args, shown):
    logged.logger.info(message, *args)

    assert logged.line()["msg"] == shown


def broken_redactor(fields: object) -> object:
    raise RuntimeError("the redactor broke")


@pytest.mark.parametrize("redactor", [broken_redactor, lambda fields: None], ids=["raises", "returns nothing"])
def test_a_line_that_cannot_be_redacted_is_replaced_not_passed_through(logged, redactor):
    logged.handler.setFormatter(JsonLineFormatter(redact_fields=redactor))

    logged.logger.error("login with %s", SECRET, extra={"user": "alice"})

    line = logged.line()
    assert list(line) == ["ts", "level", "logger", "msg"]
    assert (line["level"], line["logger"]) == ("ERROR", "bot.test")
    assert str(line["msg"]).startswith("[line withheld")
    assert SECRET not in logged.raw() + logged.written()
    assert logged.handler.last_error() is None
    assert sum(logged.handler.counts.internal_errors.values()) == 1
    assert logged.handler.counts.accepted == 1


class BrokenFormatter(JsonLineFormatter):
    def line(self, record):
        raise MemoryError


def test_a_broken_formatter_withholds_the_line(logged):
    logged.handler.setFormatter(BrokenFormatter())

    logged.logger.info("hello %s", SECRET)

    assert "withheld" in logged.raw()
    assert logged.handler.counts.internal_errors == {"MemoryError": 1}


def test_a_broken_filter_withholds_the_line(logged):
    def broken(record: logging.LogRecord) -> bool:
        raise RuntimeError("filter")

    logged.handler.addFilter(broken)

    logged.logger.info("hello %s", SECRET)

    assert "withheld" in logged.raw()
    assert SECRET not in logged.raw()


def test_a_record_with_a_broken_time_is_counted_as_dropped(logged):
    record = logged.logger.makeRecord("x", 20, "f", 1, "hello", (), None)
    record.created = "never"

    logged.logger.handle(record)

    assert logged.handler.lines() == []
    assert logged.handler.counts.dropped == {"failed": 1}
    assert logged.handler.counts.internal_errors == {"TypeError": 1}


@pytest.mark.parametrize("exc_info", [(None, None, None), True, (ValueError, None, None), (1, 2, 3)], ids=repr)
def test_odd_exception_infos_give_a_line(logged, exc_info):
    record = logged.logger.makeRecord("x", 40, "f", 1, "hello", (), None)
    record.exc_info = exc_info

    logged.logger.handle(record)

    assert logged.line()["msg"] in {"hello", "[line withheld: it could not be formatted or redacted (AttributeError)]"}


def test_an_exception_whose_text_raises_gives_a_line(logged):
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError("mute")

    try:
        raise Mute
    except Mute:
        logged.logger.exception("failed")

    assert "Mute" in str(logged.line()["exception"])
    assert logged.handler.last_error().message == "<str failed>"


def test_a_chain_of_causes_that_bites_its_tail_gives_a_line(logged):
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first

    logged.logger.error("failed", exc_info=first)

    assert "first" in str(logged.line()["exception"])
    assert len(logged.handler.last_error().causes) == 1


def test_an_exception_group_too_deep_to_print_gives_a_line(logged):
    error: Exception = ValueError("bottom")
    for _ in range(3_000):
        error = ExceptionGroup("level", [error])

    logged.logger.error("failed", exc_info=error)

    assert "level" in str(logged.line()["exception"])


def test_a_record_logged_from_inside_the_handler_is_ignored_and_counted(logged):
    class LogsInRepr:
        def __repr__(self) -> str:
            logged.logger.warning("from inside")
            return "shown"

    logged.logger.info("outer", extra={"field": LogsInRepr()})

    assert [json.loads(line)["msg"] for line in logged.handler.lines()] == ["outer"]
    assert logged.line()["field"] == "shown"
    assert logged.handler.counts.dropped == {"recursion": 1}


def test_a_record_logged_while_garbage_is_collected_does_not_hang(logged):
    class LogsWhenGone:
        def __del__(self) -> None:
            logged.logger.info("gone")

    cycle = [LogsWhenGone()]
    cycle.append(cycle)  # type: ignore[arg-type]  # a list in itself
    del cycle
    gc.collect()

    assert logged.line()["msg"] == "gone"


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="no such signal here")
def test_a_record_logged_in_a_signal_handler_does_not_hang(logged):
    before = signal.signal(signal.SIGUSR1, lambda *_: logged.logger.info("signalled"))

    class SignalsInRepr:
        def __repr__(self) -> str:
            os.kill(os.getpid(), signal.SIGUSR1)
            return "shown"

    try:
        logged.logger.info("outer", extra={"field": SignalsInRepr()})
        os.kill(os.getpid(), signal.SIGUSR1)
        logged.logger.info("last")
    finally:
        signal.signal(signal.SIGUSR1, before)

    counts = logged.handler.counts
    assert counts.accepted + sum(counts.dropped.values()) == 4
    assert logged.line()["msg"] == "last"


def test_a_log_call_at_the_end_of_the_stack_leaves_the_handler_usable(logged):
    def dig() -> None:
        logged.logger.info("deep", extra={"field": [1]})
        dig()

    with pytest.raises(RecursionError):
        dig()
    logged.logger.info("after")

    counts = logged.handler.counts
    assert logged.line()["msg"] == "after"
    assert counts.accepted > 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_child_process_logs_on_after_a_fork():
    program = """
import logging, os, sys, threading
from bot.logging import setup_logging
handler = setup_logging("INFO")
for _ in range(200):
    logging.getLogger("x").info("before")
held, release = threading.Event(), threading.Event()
def hold():
    with handler._mutex, handler._ring._door, handler._writer._counting:
        held.set()
        release.wait()
threading.Thread(target=hold).start()
held.wait()
child = os.fork()
release.set()
logging.getLogger("x").info("child" if child == 0 else "parent")
handler.counts, handler.flush()
if child:
    os.waitpid(child, 0)
os._exit(0)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)

    messages = sorted(json.loads(line)["msg"] for line in done.stdout.splitlines())
    assert messages == ["before"] * 200 + ["child", "parent"]


def test_a_handler_without_any_settings_works():
    handler = RingBufferHandler()

    handler.emit(logging.makeLogRecord({"msg": "hello", "levelname": "INFO", "levelno": 20}))

    assert json.loads(handler.lines()[0])["msg"] == "hello"
