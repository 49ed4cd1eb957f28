"""The ring's bounds, its filters, its counts and the newest error."""

import asyncio
import json
import logging
import os
import sys
import threading
import tracemalloc
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.logging import JsonLineFormatter, RingBufferHandler
from bot.logging.json_line import to_json
from bot.logging.line_ring import MOST_ARRIVED


def messages(lines: list[str]) -> list[str]:
    return [json.loads(line)["msg"] for line in lines]


def test_the_last_two_thousand_of_2500_records_are_kept_in_order(logged):
    for number in range(2_500):
        logged.logger.info("line %d", number)

    assert messages(logged.handler.lines()) == [f"line {number}" for number in range(500, 2_500)]
    assert logged.handler.counts.accepted == 2_500


def test_the_ring_is_bounded_in_bytes_too():
    handler = RingBufferHandler(max_bytes=50_000)
    for number in range(200):
        handler.handle(logging.makeLogRecord({"msg": f"{number} " + "é" * 700, "levelname": "INFO", "levelno": 20}))

    lines = handler.lines()
    assert sum(len(line.encode()) for line in lines) <= 50_000
    assert 20 < len(lines) < 40
    assert messages(lines)[-1].startswith("199 ")


def test_a_full_ring_of_the_longest_lines_stays_within_four_mebibytes(logged):
    for _ in range(600):
        logged.logger.info("x" * 20_000)

    lines = logged.handler.lines()
    assert 4_000_000 < sum(len(line.encode()) for line in lines) <= 4 * 1024 * 1024


def test_a_kept_line_takes_no_more_memory_than_it_is_long():
    handler = RingBufferHandler()
    tracemalloc.start()
    try:
        for _ in range(200):
            handler.handle(logging.makeLogRecord({"msg": "x" * 20_000, "levelname": "INFO", "levelno": 20}))
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()

    kept = sum(len(line.encode()) for line in handler.lines())
    assert kept < held < 1.2 * kept


def test_limits_can_be_set():
    handler = RingBufferHandler(max_lines=3, max_line_bytes=400)
    for number in range(5):
        handler.handle(logging.makeLogRecord({"msg": f"{number}" + "x" * 900, "levelname": "INFO", "levelno": 20}))

    lines = handler.lines()
    assert [message[0] for message in messages(lines)] == ["2", "3", "4"]
    assert all(len(line.encode()) <= 400 for line in lines)


@pytest.fixture
def filled(logged):
    for level, text in [
        (logging.DEBUG, "starting"),
        (logging.INFO, "Saved ROW 1"),
        (logging.WARNING, "slow row"),
        (logging.ERROR, "row [1] (lost)"),
        (logging.CRITICAL, "down"),
    ]:
        logged.logger.log(level, text)
    return logged.handler


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["starting", "Saved ROW 1", "slow row", "row [1] (lost)", "down"]),
        ({"last": 2}, ["row [1] (lost)", "down"]),
        ({"last": 0}, []),
        ({"last": -1}, []),
        ({"last": 10**9}, ["starting", "Saved ROW 1", "slow row", "row [1] (lost)", "down"]),
        ({"level": "WARNING"}, ["slow row", "row [1] (lost)", "down"]),
        ({"level": "warn"}, ["slow row", "row [1] (lost)", "down"]),
        ({"level": " Error "}, ["row [1] (lost)", "down"]),
        ({"contains": "ROW"}, ["Saved ROW 1", "slow row", "row [1] (lost)"]),
        ({"contains": "[1] ("}, ["row [1] (lost)"]),
        ({"contains": "r.w"}, []),
        ({"contains": ""}, ["starting", "Saved ROW 1", "slow row", "row [1] (lost)", "down"]),
        ({"contains": "row", "last": 2}, ["slow row", "row [1] (lost)"]),
        ({"contains": "row", "level": "error", "last": 5}, ["row [1] (lost)"]),
    ],
)
def test_filters_select_lines_oldest_first(filled, filters, expected):
    assert messages(filled.lines(**filters)) == expected


def test_an_unknown_level_is_refused_with_the_valid_names(filled):
    with pytest.raises(ValueError, match=r"Unknown log level 'LOUD'.*DEBUG.*INFO.*WARN.*ERROR.*CRITICAL"):
        filled.lines(level="LOUD")


@pytest.mark.parametrize("text", ['say "hi"', "C:\\temp", "a\nb", "a\x00b", "ÀÉÎ", "😀 ok", "tab\there"])
def test_contains_finds_the_text_as_it_was_logged(logged, text):
    logged.logger.info("before %s after", text)
    logged.logger.info("something else")

    assert len(logged.handler.lines(contains=text)) == 1
    assert len(logged.handler.lines(contains=text.upper().lower())) == 1


def test_contains_finds_an_incident_by_its_id(logged):
    logged.logger.error("failed", extra={"incident_id": "inc_0123456789ab"})
    logged.logger.error("failed", extra={"incident_id": "inc_ba9876543210"})

    assert len(logged.handler.lines(contains="INC_0123456789AB")) == 1


def test_each_record_is_either_accepted_or_dropped(logged):
    logged.handler.addFilter(lambda record: record.getMessage() != "filtered")
    for text in ("one", "two", "filtered"):
        logged.logger.info(text)
    logged.logger.error("three")

    counts = logged.handler.counts
    assert (counts.accepted, dict(counts.dropped)) == (3, {"filtered": 1})
    assert counts.by_level == {"INFO": 2, "ERROR": 1}
    assert counts.internal_errors == {}


def test_the_time_of_the_last_error_is_kept(logged):
    logged.logger.warning("not one")
    assert logged.handler.counts.last_error_at is None

    before = datetime.now(UTC)
    logged.logger.error("one")

    assert (logged.handler.counts.last_error_at or before) >= before.replace(microsecond=0)
    assert logged.handler.counts.last_error_at is not None


def fail_with(error: BaseException) -> None:
    raise error


def test_the_newest_error_with_an_exception_is_kept_whole_and_redacted(logged):
    secret = "sk-" + "a1" * 20
    try:
        fail_with(PermissionError(f"key {secret} refused"))
    except PermissionError:
        logged.logger.exception(
            "sync %s failed", secret, extra={"incident_id": "inc_1", "user": "alice", "action": "x"}
        )
    logged.logger.error("later, without an exception")
    logged.logger.warning("later, no error", exc_info=ValueError("no"))

    error = logged.handler.last_error()

    assert (error.type_name, error.message) == ("PermissionError", "key [redacted:openai-key] refused")
    assert (error.msg, error.logger, error.level) == ("sync [redacted:openai-key] failed", "bot.test", "ERROR")
    assert (error.incident_id, error.context) == ("inc_1", {"user": "alice", "action": "x"})
    assert error.ts == json.loads(logged.handler.lines(level="error")[0])["ts"]
    assert "PermissionError: key [redacted:openai-key] refused" in error.exception
    assert [frame[2] for frame in error.frames] == [
        "test_the_newest_error_with_an_exception_is_kept_whole_and_redacted",
        "fail_with",
    ]
    assert error.frames[-1][:2] == (__file__, fail_with.__code__.co_firstlineno + 1)
    assert error.causes == ()


def test_the_explicit_causes_of_an_error_are_kept_down_to_the_root(logged):
    try:
        try:
            fail_with(ExceptionGroup("several", [json.JSONDecodeError("bad", "x", 0), OSError("second")]))
        except ExceptionGroup as cause:
            raise RuntimeError("outer") from cause
    except RuntimeError:
        logged.logger.exception("failed")

    error = logged.handler.last_error()

    assert [cause.type_name for cause in error.causes] == ["ExceptionGroup", "json.decoder.JSONDecodeError"]
    assert error.causes[0].frames[-1][2] == "fail_with"


def test_an_implicit_context_is_no_cause(logged):
    try:
        try:
            raise KeyError("first")
        except KeyError:
            raise RuntimeError("second")  # noqa: B904 - the case under test
    except RuntimeError:
        logged.logger.exception("failed")

    assert logged.handler.last_error().causes == ()
    assert "KeyError" in logged.handler.last_error().exception


def test_a_deep_recursion_keeps_its_first_and_last_frames(logged):
    def dig(depth: int) -> int:
        return dig(depth + 1)

    try:
        dig(0)
    except RecursionError:
        logged.logger.exception("failed")

    error = logged.handler.last_error()
    assert error.type_name == "RecursionError"
    assert len(error.frames) == 200
    assert error.frames[0][2] == "test_a_deep_recursion_keeps_its_first_and_last_frames"


def test_no_error_yet_is_none():
    assert RingBufferHandler().last_error() is None


def log_from_thirty_threads(logger, level):
    """Three thousand lines, the threads taking turns as often as can be."""

    def log_many() -> None:
        for number in range(100):
            logger.log(level, "line %d", number, extra={"entities": {"n": number}})

    switch_interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    threads = [threading.Thread(target=log_many) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.setswitchinterval(switch_interval)


def test_threads_lose_no_error(logged):
    log_from_thirty_threads(logged.logger, logging.ERROR)

    counts = logged.handler.counts
    assert (counts.accepted, counts.dropped, counts.by_level) == (3_000, {}, {"ERROR": 3_000})
    assert len(logged.handler.lines()) == 2_000
    assert all(json.loads(line) for line in logged.handler.lines())


def test_threads_count_each_line_exactly_once(logged):
    log_from_thirty_threads(logged.logger, logging.INFO)

    counts = logged.handler.counts
    assert counts.accepted + counts.dropped.get("crowded", 0) == 3_000
    assert counts.by_level == {"INFO": counts.accepted}
    assert counts.dropped.keys() <= {"crowded"}


def test_reading_while_others_write_gives_whole_lines(logged):
    done = threading.Event()

    def log_until_done() -> None:
        while not done.is_set():
            logged.logger.info("x" * 50)

    writer = threading.Thread(target=log_until_done)
    writer.start()
    try:
        for _ in range(50):
            assert all(message == "x" * 50 for message in messages(logged.handler.lines(last=50)))
    finally:
        done.set()
        writer.join()


def test_another_formatter_than_ours_does_not_open_the_ring(logged):
    logged.handler.setFormatter(logging.Formatter("%(message)s"))

    logged.logger.info("token=%s", "abc123def456")

    assert logged.line()["msg"] == "token=[redacted:token]"


def test_our_formatter_can_be_given_another_limit(logged):
    logged.handler.setFormatter(JsonLineFormatter(300))

    logged.logger.info("x" * 1_000)

    assert len(logged.raw()) <= 300


WORDS = st.text(st.sampled_from('aAsSkKßſKﬁfiİIıéÉåÅΣσςжЖ {}"\\\u2028\x85'), max_size=8)


@settings(max_examples=int(os.environ.get("SOAK_EXAMPLES", "500")), deadline=None)
@given(st.lists(WORDS, max_size=8), WORDS.filter(bool), st.integers(1, 6))
def test_contains_finds_what_a_search_in_folded_text_finds(texts, wanted, last):
    handler = RingBufferHandler()
    for text in texts:
        handler.handle(logging.makeLogRecord({"msg": f"<{text}>", "levelname": "info", "levelno": 20, "name": "-"}))

    found = handler.lines(last=last, contains=wanted)

    needles = {wanted.casefold(), to_json(wanted)[1:-1].casefold(), json.dumps(wanted)[1:-1].casefold()}
    expected = [line for line in handler.lines() if any(needle in line.casefold() for needle in needles)]
    assert found == expected[-last:]
    assert asyncio.run(handler.find(last=last, contains=wanted)) == found


def test_while_nobody_takes_lines_in_those_below_error_are_shed_and_counted():
    handler = RingBufferHandler(max_lines=10_000)
    logger = logging.Logger("storm", logging.DEBUG)
    logger.addHandler(handler)

    with handler._ring._door:
        for number in range(MOST_ARRIVED + 100):
            logger.info("line %d", number)
        logger.error("disk full")
    kept = messages(handler.lines())

    assert len(kept) == MOST_ARRIVED + 1
    assert kept[-1] == "disk full"
    assert handler.counts.dropped == {"crowded": 100}
    assert handler.counts.accepted == MOST_ARRIVED + 1


def test_after_a_crowd_lines_are_kept_again():
    handler = RingBufferHandler(max_lines=10_000)
    logger = logging.Logger("storm", logging.DEBUG)
    logger.addHandler(handler)
    with handler._ring._door:
        for _ in range(MOST_ARRIVED + 1):
            logger.info("too much")

    logger.info("this one finds the door free, and clears it")
    logger.info("calm again")

    assert messages(handler.lines())[-1] == "calm again"
    assert handler.counts.dropped == {"crowded": 2}
