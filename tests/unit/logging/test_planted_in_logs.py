"""No planted secret shows in the ring or on the stream, wherever in a record it is."""

import io
import logging
import os
from collections.abc import Callable
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.logging import RingBufferHandler, bound
from tests.unit.logging.planted_secrets import KINDS, shows

EXAMPLES = int(os.environ.get("SOAK_EXAMPLES", "300"))


def nest(value: object, depth: int) -> object:
    for level in range(depth):
        value = {f"level{level}": value} if level % 2 else ["x", value]
    return value


def raise_chained(text: str) -> None:
    try:
        raise ValueError(text)
    except ValueError as cause:
        error = RuntimeError("outer")
        error.add_note(f"noted {text}")
        raise error from cause


def log_exception(logger: logging.Logger, text: str) -> None:
    try:
        raise_chained(text)
    except RuntimeError:
        logger.exception("failed", stack_info=True)


def log_in_context(logger: logging.Logger, value: object) -> None:
    with bound(entities=value):
        logger.warning("got")


PLACES: dict[str, Callable[[logging.Logger, str, int], None]] = {
    "message": lambda logger, text, depth: logger.warning(text),
    "argument": lambda logger, text, depth: logger.warning("got %s", text),
    "split": lambda logger, text, depth: logger.warning("got %s%s", text[: depth * 4], text[depth * 4 :]),
    "bad arguments": lambda logger, text, depth: logger.warning("got %s %d", *[text]),
    "extra": lambda logger, text, depth: logger.warning("got", extra={"field": nest(text, depth)}),
    "message and extra": lambda logger, text, depth: logger.warning(
        text, extra={"field": nest(text, depth), "own": text}
    ),
    "extra key": lambda logger, text, depth: logger.warning("got", extra={"field": nest({text: 1}, depth)}),
    "bytes": lambda logger, text, depth: logger.warning("%r", text.encode(), extra={"x": nest(text.encode(), depth)}),
    "context": lambda logger, text, depth: log_in_context(logger, nest(text, depth)),
    "logger name": lambda logger, text, depth: logger.handle(logger.makeRecord(text, 30, "f", 1, "got", (), None)),
    "exception": lambda logger, text, depth: log_exception(logger, text),
}


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.sampled_from(sorted(KINDS)), st.sampled_from(sorted(PLACES)), st.integers(0, 2**32), st.integers(0, 6))
def test_no_planted_secret_shows_in_ring_or_stream(kind, place, seed, depth):
    planted = KINDS[kind](Random(seed))
    stream = io.StringIO()
    handler = RingBufferHandler(stream=stream)
    logger = logging.Logger("bot.planted")
    logger.addHandler(handler)

    PLACES[place](logger, f"a {planted.text} b", depth)
    handler.close()

    (line,) = handler.lines()
    error = handler.last_error()
    assert not shows(planted.secret, line)
    assert stream.getvalue() == line + "\n"
    assert not shows(planted.secret, repr(error))
    assert not handler.counts.internal_errors


TELLING = ["password", "apiKey", "BOT_TOKEN", "client-secret", "dsn", "Authorization", "cookies", "session"]


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(TELLING), st.integers(0, 2**32), st.integers(0, 5))
def test_a_value_under_a_telling_key_never_shows(key, seed, depth):
    secret = "".join(Random(seed).choice("abcdefghij") for _ in range(14))
    handler = RingBufferHandler()
    logger = logging.Logger("bot.planted")
    logger.addHandler(handler)

    logger.info("got", extra={key: secret, "field": nest({key: [secret, {"deep": secret}]}, depth)})

    assert not shows(secret, handler.lines()[0])


def test_a_number_under_a_strong_telling_key_never_shows(logged):
    logged.logger.info("got", extra={"password": 73519284, "token": 51, "max_tokens": 4096, "api_key": None})

    line = logged.line()
    assert line["password"] == "[redacted:password]"
    assert (line["token"], line["max_tokens"], line["api_key"]) == (51, 4096, None)


def test_a_named_value_never_shows(logged):
    logged.logger.info(
        "got", extra={"env": [{"name": "DB_PASSWORD", "value": "correcthorse"}, {"name": "PORT", "value": "80"}]}
    )

    assert logged.line()["env"] == [
        {"name": "DB_PASSWORD", "value": "[redacted:password]"},
        {"name": "PORT", "value": "80"},
    ]


def test_known_secrets_of_the_handler_never_show():
    value = "correct horse battery"
    handler = RingBufferHandler(secrets=[value])

    handler.handle(logging.makeLogRecord({"msg": f"tried {value}!", "levelname": "INFO", "levelno": 20}))

    assert "horse" not in handler.lines()[0]
    assert "[redacted:known-secret]" in handler.lines()[0]
