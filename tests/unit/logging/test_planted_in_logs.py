"""No planted secret shows in the ring or on the stream, wherever in a record it is."""

import io
import logging
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from planted_secrets import KINDS, shows

from bot.logging import RingBufferHandler, bound


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


def log_everywhere(logger: logging.Logger, place: str, text: str, depth: int) -> None:
    half = len(text) // 2
    if place == "message":
        logger.warning(text)
    elif place == "argument":
        logger.warning("got %s", text)
    elif place == "split over arguments":
        logger.warning("got %s%s", text[:half], text[half:])
    elif place == "bad arguments":
        logger.warning("got %s %d", text)
    elif place == "extra":
        logger.warning("got", extra={"field": nest(text, depth)})
    elif place == "extra key":
        logger.warning("got", extra={"field": nest({text: 1}, depth)})
    elif place == "bytes":
        logger.warning("got %r", text.encode(), extra={"field": nest(text.encode(), depth)})
    elif place == "context":
        with bound(entities=nest(text, depth)):
            logger.warning("got")
    elif place == "logger name":
        logging.Logger.handle(logger, logger.makeRecord(text, 30, "f", 1, "got", (), None))
    else:
        try:
            raise_chained(text)
        except RuntimeError:
            logger.exception("failed", stack_info=True)


PLACES = [
    "message", "argument", "split over arguments", "bad arguments", "extra", "extra key", "bytes", "context",
    "logger name", "exception",
]  # fmt: skip


@settings(max_examples=800, deadline=None)
@given(st.sampled_from(sorted(KINDS)), st.sampled_from(PLACES), st.integers(0, 2**32), st.integers(0, 6))
def test_no_planted_secret_shows_in_ring_or_stream(kind, place, seed, depth):
    planted = KINDS[kind](Random(seed))
    stream = io.StringIO()
    handler = RingBufferHandler(stream=stream)
    logger = logging.Logger("bot.planted")
    logger.addHandler(handler)

    log_everywhere(logger, place, f"a {planted.text} b", depth)
    handler.close()

    (line,) = handler.lines()
    error = handler.last_error()
    assert not shows(planted.secret, line)
    assert stream.getvalue() == line + "\n"
    assert not shows(planted.secret, repr(error))
    assert not handler.counts.internal_errors


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["password", "apiKey", "BOT_TOKEN", "client-secret", "dsn", "Authorization", "cookies", "session"]),
       st.integers(0, 2**32), st.integers(0, 5))  # fmt: skip
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
