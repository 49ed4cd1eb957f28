"""The form of a log line: its fields, their order, its limits."""

import dataclasses
import json
import logging
import re
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import PurePosixPath
from random import Random
from uuid import UUID

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pythonjsonlogger.json import JsonFormatter

from bot.logging import JsonLineFormatter, RingBufferHandler, bound, redact
from bot.logging.json_formatter import Fields
from bot.logging.json_line import to_json_bytes
from bot.logging.line_form import timestamp
from bot.logging.line_limits import MAX_TEXT, cut_line, fit_fields
from tests.unit.logging.planted_secrets import KINDS, shows


def handled(**attributes: object) -> str:
    """The line of one record on a handler of its own."""
    handler = RingBufferHandler()
    handler.handle(logging.makeLogRecord({"name": "bot.test", "levelname": "INFO", "levelno": 20, **attributes}))
    return handler.lines()[0]


def test_a_line_has_its_fields_in_the_agreed_order(logged):
    extra = {
        "zeta": 1,
        "action": "row_failed",
        "entities": {"amount": 12.5},
        "channel": "general",
        "incident_id": "inc_1",
    }
    try:
        raise LookupError("no sheet")
    except LookupError:
        with bound(user="alice", user_id=5, intent="log_expense"):
            logged.logger.exception("append failed for %s", "Expenses", extra=extra)

    assert list(logged.line()) == [
        "ts", "level", "logger", "msg", "user", "user_id", "channel", "intent", "entities", "exception", "incident_id",
        "action", "zeta",
    ]  # fmt: skip
    assert logged.line()["msg"] == "append failed for Expenses"
    assert logged.line()["entities"] == {"amount": 12.5}


def test_absent_fields_are_omitted(logged):
    logged.logger.info("hello", extra={"user": None})

    assert list(logged.line()) == ["ts", "level", "logger", "msg"]


def test_the_time_is_utc_with_milliseconds():
    assert timestamp(0.0) == "1970-01-01T00:00:00.000Z"
    assert timestamp(1763037132.9999) == "2025-11-13T12:32:12.999Z"
    assert timestamp(1763037132.0) == "2025-11-13T12:32:12.000Z"


@settings(max_examples=200, deadline=None)
@given(st.floats(0, 4e9))
def test_the_time_says_the_records_millisecond(created):
    said = datetime.strptime(timestamp(created), "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)

    assert 0 <= created - said.timestamp() < 0.0011


def test_the_formatter_is_python_json_loggers():
    assert isinstance(JsonLineFormatter(), JsonFormatter)


def test_the_formatter_serves_a_plain_handler_too():
    record = logging.makeLogRecord({"name": "x", "levelname": "INFO", "msg": "token=%s", "args": ("abc123def",)})

    assert json.loads(JsonLineFormatter().format(record))["msg"] == "token=[redacted:token]"


def test_the_exception_is_the_whole_traceback(logged):
    try:
        try:
            raise ValueError("the cause")
        except ValueError as cause:
            error = ExceptionGroup("several", [KeyError("one"), OSError("two")])
            error.add_note("a note")
            raise error from cause
    except ExceptionGroup:
        logged.logger.exception("failed")

    text = str(logged.line()["exception"])
    assert all(
        part in text for part in ("ValueError: the cause", "direct cause", "several", "KeyError", "two", "a note")
    )
    assert text.index("ValueError") < text.index("several")


def test_an_explicit_exception_text_is_kept_unless_there_is_a_traceback(logged):
    logged.logger.error("failed", extra={"exception": "sheet not found"})
    assert logged.line()["exception"] == "sheet not found"

    try:
        raise ValueError("real")
    except ValueError:
        logged.logger.exception("failed", extra={"exception": "sheet not found"})
    assert "ValueError: real" in str(logged.line()["exception"])


def test_the_stack_is_shown_when_asked_for(logged):
    logged.logger.info("here", stack_info=True)

    assert "test_the_stack_is_shown_when_asked_for" in str(logged.line()["stack_info"])


def test_extras_cannot_forge_the_lines_own_fields(logged):
    logged.logger.info("real", extra={"ts": "1999", "level": "DEBUG", "logger": "x"})

    line = logged.line()
    assert (line["level"], line["logger"], line["extra_level"]) == ("INFO", "bot.test", "DEBUG")


class Colour(Enum):
    RED = "red"


@dataclasses.dataclass
class Point:
    x: int
    secret_key: str = dataclasses.field(repr=False)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (b"caf\xc3\xa9 \xff", "café \\xff"),
        ({3}, [3]),
        ((1, "a"), [1, "a"]),
        (datetime(2025, 11, 13, 12, 0, tzinfo=UTC), "2025-11-13T12:00:00+00:00"),
        (date(2025, 11, 13), "2025-11-13"),
        (Colour.RED, "red"),
        (Point(1, "x"), {"x": 1}),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (PurePosixPath("/a/b"), "/a/b"),
        (Colour, f"{Colour.__module__}.Colour"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (2**64 + 1, 2**64 + 1),
        ({1: "a", None: "b", (1, 2): "c"}, {"1": "a", "None": "b", "(1, 2)": "c"}),
        (True, True),
        (1.5, 1.5),
    ],
)
def test_a_value_is_shown_as_plain_json(value, shown):
    assert json.loads(handled(value=value))["value"] == shown


NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.dates() | st.uuids(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text() | st.integers() | st.tuples(st.integers()), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=400, deadline=None)
@given(st.text(), st.dictionaries(st.text(), NESTED, max_size=5))
def test_a_line_is_one_valid_json_object_whatever_the_extras(message, extras):
    reserved = logging.makeLogRecord({}).__dict__.keys()
    line = handled(msg=message, **{name: value for name, value in extras.items() if name not in reserved})

    assert len(line.splitlines()) == 1
    assert len(line.encode()) <= 8_192
    assert isinstance(json.loads(line), dict)
    assert redact(line) == line


@pytest.mark.parametrize(
    "text", ["a\r\nb", "a\x1b[31mb", "a\u2028b\u2029c", "a\x85b\x0bc\x0c\x1cd\x1ee", "a\x00b\x7fc\x9bd"]
)
def test_a_record_stays_one_line_without_control_characters(text):
    line = handled(msg=text, extra_field=text)

    assert len(line.splitlines()) == 1
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029]", line)
    assert json.loads(line)["msg"] == text


def test_a_forged_line_stays_inside_its_message():
    forged = 'x"}\n{"ts":"2025-11-13T12:00:00.000Z","level":"CRITICAL","msg":"forged"}'

    line = handled(msg=forged)

    assert json.loads(line)["level"] == "INFO"
    assert json.loads(line)["msg"] == forged


@pytest.mark.parametrize("character", ["a", "é", "😀", "\x00", '"', "\u2028", "\ud800"])
@pytest.mark.parametrize("length", [8_000, 8_200, 40_000, 200_000])
def test_a_long_message_is_cut_in_the_middle_to_a_valid_line(character, length):
    line = handled(msg="first " + character * length + " last")

    message = json.loads(line)["msg"]
    assert len(line.encode()) <= 8_192
    assert message.startswith("first ")
    assert message.endswith(" last")
    if len(message) < length:
        (cut,) = re.findall(r"…\[cut (\d+) bytes\]…", message)
        assert int(cut) > 0


@pytest.mark.parametrize("length", [10_000, 20_000, 100_000])
def test_the_cut_says_how_many_bytes_went(length):
    message = json.loads(handled(msg="a" * length))["msg"]

    (cut,) = re.findall(r"…\[cut (\d+) bytes\]…", message)
    assert int(cut) + len(re.sub(r"…\[cut \d+ bytes\]…", "", message)) == length


def test_message_and_exception_share_a_line_that_is_too_long():
    line = json.loads(handled(msg="m" * 9_000, exc_text="first" + "e" * 9_000 + "last"))

    assert line["exception"].startswith("first")
    assert line["exception"].endswith("last")
    assert 2_000 < len(line["msg"]) < 6_000
    assert 2_000 < len(line["exception"]) < 6_000


@given(
    st.text(st.characters(codec="ascii"), max_size=20),
    st.integers(1, 400),
    st.dictionaries(
        st.text('abé"', max_size=4), st.text(max_size=9) | st.integers(0, 9) | st.just("x" * 300), max_size=9
    ),
    st.integers(300, 1_000),
)
def test_a_line_that_was_made_is_cut_as_its_fields_would_be(word, times, others, limit):
    fields: Fields = {"ts": "t", "level": "INFO", "logger": "x", "msg": word * times, **others}
    line = to_json_bytes(fields)
    assume(len(line) > limit)

    cut = cut_line(line, fields, limit)

    assert cut in {None, to_json_bytes(fit_fields(fields, limit))}


def test_a_line_with_one_long_plain_text_is_cut_where_it_stands():
    fields: Fields = {"ts": "t", "level": "INFO", "logger": "x", "msg": "a word. " * 1_100, "user": "alice"}

    cut = cut_line(to_json_bytes(fields), fields, 8_192)

    assert cut is not None
    assert cut == to_json_bytes(fit_fields(fields, 8_192))


def test_a_short_message_is_not_cut_because_the_exception_is_long():
    line = json.loads(handled(msg="short", exc_text="e" * 90_000, user="alice"))

    assert (line["msg"], line["user"]) == ("short", "alice")


def test_too_many_fields_are_dropped_from_the_end_and_counted():
    line = handled(msg="m", **{f"field_{number}": "x" * 90 for number in range(200)})

    fields = json.loads(line)
    assert len(line.encode()) <= 8_192
    assert fields["field_0"] == "x" * 90
    assert fields["cut_fields"] == 200 - sum(name.startswith("field_") for name in fields)


def test_a_long_container_is_cut_as_text():
    line = handled(msg="m", entities={f"k{number}": "v" * 40 for number in range(300)})

    assert len(line.encode()) <= 8_192
    assert "…[cut" in json.loads(line)["entities"]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_secret_across_the_cut_never_survives(kind):
    planted = KINDS[kind](Random(3))
    size = len(planted.text)

    for border in (4_080, MAX_TEXT // 2):
        for shift in (1, size // 2, size - 1):
            text = "x " * ((border - shift) // 2) + planted.text + " y" * 18_000
            assert not shows(planted.secret, handled(msg=text))


def test_secrets_that_shrink_a_giant_text_cannot_pull_a_clipped_one_into_view():
    long_token, hidden = "ghp_" + "a" * 600, "ghp_" + "b" * 36
    half = MAX_TEXT // 2
    head = (f"{long_token} " * 50)[: half - 15 - half % 605] + " "
    head += "c " * ((half - 15 - len(head)) // 2)

    line = handled(msg=head + hidden + " z" * 30_000)

    assert "bbbbbb" not in line
    assert "aaaaaa" not in line
