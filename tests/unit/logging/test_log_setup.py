"""One handler for the whole process, put in place and taken out again without a trace."""

import asyncio
import io
import json
import logging
import subprocess
import sys
import threading
import warnings

import pytest

from bot.logging import bound, redact, setup_logging, teardown


@pytest.fixture
def stream():
    yield io.StringIO()
    teardown()


def state() -> tuple[object, ...]:
    root = logging.getLogger()
    return (
        root.level,
        list(root.handlers),
        logging.getLogRecordFactory(),
        logging.Logger.makeRecord,
        sys.excepthook,
        threading.excepthook,
        warnings.showwarning,
        logging.getLogger("discord").level,
        logging.getLogger("asyncio").propagate,
    )


def test_the_stream_gets_the_very_line_of_the_ring(stream):
    handler = setup_logging("INFO", stream=stream)

    with bound(user="alice"):
        logging.getLogger("bot.x").info("hello")
    handler.flush()

    assert stream.getvalue() == "".join(f"{line}\n" for line in handler.lines())
    assert json.loads(stream.getvalue())["user"] == "alice"


def test_setting_up_twice_keeps_one_handler_and_its_lines(stream):
    first = setup_logging("INFO", stream=stream)
    logging.getLogger("bot.x").info("one")
    other = io.StringIO()
    second = setup_logging("warning", stream=other)
    logging.getLogger("bot.x").info("two")
    logging.getLogger("bot.x").warning("three")
    second.flush()

    assert first is second
    assert logging.getLogger().handlers.count(first) == 1
    assert [json.loads(line)["msg"] for line in first.lines()] == ["one", "three"]
    assert json.loads(other.getvalue())["msg"] == "three"


def test_a_handler_that_somebody_took_out_is_put_back(stream):
    handler = setup_logging("INFO", stream=stream)
    logging.getLogger().removeHandler(handler)

    setup_logging("INFO", stream=stream)

    assert handler in logging.getLogger().handlers


def test_teardown_leaves_no_trace():
    before = state()
    setup_logging("DEBUG", secrets=["a-known-secret"], stream=io.StringIO())
    assert state() != before
    assert redact("a-known-secret") == "[redacted:known-secret]"

    teardown()

    assert state() == before
    assert redact("a-known-secret") == "a-known-secret"
    teardown()


def test_an_unknown_level_is_refused_and_changes_nothing():
    before = state()

    with pytest.raises(ValueError, match="Unknown log level 'LOUD': use one of"):
        setup_logging("LOUD")

    assert state() == before


def test_the_settings_secrets_are_redacted(stream):
    handler = setup_logging("INFO", secrets=["correct horse"], stream=stream)

    logging.getLogger("bot.x").info("tried correct horse")

    assert json.loads(handler.lines()[0])["msg"] == "tried [redacted:known-secret]"


def test_console_handlers_that_would_show_secrets_are_taken_out(stream):
    console = logging.StreamHandler()
    logging.getLogger().addHandler(console)
    logging.getLogger("discord").addHandler(console)
    try:
        setup_logging("INFO", stream=stream)

        assert console not in logging.getLogger().handlers + logging.getLogger("discord").handlers
        teardown()
        assert console in logging.getLogger().handlers
        assert console in logging.getLogger("discord").handlers
    finally:
        logging.getLogger().removeHandler(console)
        logging.getLogger("discord").removeHandler(console)


def test_discords_and_asyncios_loggers_are_included_but_not_their_debug_lines(stream):
    handler = setup_logging("DEBUG", stream=stream)

    for name in ("discord.gateway", "asyncio", "bot.x"):
        logging.getLogger(name).debug("debug of %s", name)
        logging.getLogger(name).info("info of %s", name)

    assert [json.loads(line)["msg"] for line in handler.lines() if "of " in line] == [
        "info of discord.gateway",
        "info of asyncio",
        "debug of bot.x",
        "info of bot.x",
    ]


@pytest.mark.parametrize(
    "name", ["message", "asctime", "name", "args", "levelname", "exc_info", "bound_context", "taskName"]
)
def test_an_extra_with_a_reserved_name_does_not_raise_in_the_caller(stream, name):
    handler = setup_logging("INFO", stream=stream)

    logging.getLogger("bot.x").info("hello", extra={name: "mine", "user": "alice"})

    line = json.loads(handler.lines()[-1])
    assert (line["msg"], line["user"], line[f"extra_{name}"]) == ("hello", "alice", "mine")


def test_an_extra_may_have_the_name_of_a_context_field(stream):
    handler = setup_logging("INFO", stream=stream)

    with bound(user="alice"):
        logging.getLogger("bot.x").info("hello", extra={"user": "bob"})

    assert json.loads(handler.lines()[-1])["user"] == "bob"


def test_an_uncaught_exception_is_logged_with_its_traceback(stream):
    handler = setup_logging("INFO", stream=stream)
    error = ValueError("lost " + "ghp_" + "a" * 36)

    sys.excepthook(type(error), error, None)

    line = json.loads(handler.lines()[-1])
    assert (line["level"], line["action"]) == ("CRITICAL", "process_failed")
    assert line["exception"] == "ValueError: lost [redacted:github-token]"


def test_ctrl_c_is_left_to_python(stream, monkeypatch):
    seen = []
    monkeypatch.setattr(sys, "excepthook", lambda *args: seen.append(args[0]))
    handler = setup_logging("INFO", stream=stream)

    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    teardown()

    assert seen == [KeyboardInterrupt]
    assert handler.lines() == []


def test_an_uncaught_exception_in_a_thread_is_logged(stream):
    handler = setup_logging("INFO", stream=stream)

    def fail() -> None:
        raise LookupError("in a thread")

    thread = threading.Thread(target=fail, name="worker")
    thread.start()
    thread.join()

    line = json.loads(handler.lines()[-1])
    assert (line["msg"], line["action"]) == ("uncaught exception in worker", "thread_failed")
    assert "LookupError: in a thread" in line["exception"]


def test_warnings_are_logged(stream):
    handler = setup_logging("INFO", stream=stream)

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(False)
        logging.captureWarnings(True)
        warnings.warn("old way", DeprecationWarning, stacklevel=1)
        logging.captureWarnings(False)

    line = json.loads(handler.lines()[-1])
    assert (line["level"], line["logger"]) == ("WARNING", "py.warnings")
    assert "DeprecationWarning: old way" in line["msg"]


async def test_a_failed_task_that_nobody_awaits_is_logged(stream):
    handler = setup_logging("INFO", stream=stream)
    loop = asyncio.get_running_loop()

    loop.call_exception_handler({"message": "task failed", "exception": ValueError("alone")})

    line = json.loads(handler.lines()[-1])
    assert (line["logger"], line["level"]) == ("asyncio", "ERROR")
    assert "ValueError: alone" in line["exception"]


def test_a_real_process_writes_every_line_before_it_ends():
    program = """
import logging
from bot.logging import setup_logging
setup_logging("INFO", secrets=["hunter-two"])
for number in range(3000):
    logging.getLogger("x").info("line %d", number)
raise SystemError("the end of hunter-two")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)

    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["msg"] for line in lines] == [*(f"line {number}" for number in range(3000)), "uncaught exception"]
    assert "SystemError: the end of [redacted:known-secret]" in lines[-1]["exception"]
    assert done.stderr == ""
    assert done.returncode == 1


def test_the_package_shadows_no_standard_module_and_loads_nothing_heavy():
    program = """
import sys, bot.logging, logging
print(logging.__file__.endswith("logging/__init__.py") and "bot" not in logging.__file__.split("/")[-3:])
loaded = {name.partition(".")[0] for name in sys.modules}
print(sorted(loaded & {"discord", "httpx", "pydantic", "sqlalchemy", "aiohttp"}))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout.split("\n")[:2] == ["True", "[]"]
