"""From what the log holds to an incident."""

import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.incident.capture import Capture, versions
from bot.incident.payload import Context, fitted
from bot.logging import RingBufferHandler, bound
from tests.factories import NOW, Clock


@pytest.fixture
def log() -> Iterator[logging.Logger]:
    """A logger whose lines go into a ring and nowhere else."""
    logger = logging.Logger("bot.ledger")
    logger.addHandler(RingBufferHandler())
    yield logger
    logger.handlers[0].close()


@pytest.fixture
def capture(log: logging.Logger) -> Capture:
    clock = Clock()
    clock.forward(90.7)
    handler = log.handlers[0]
    assert isinstance(handler, RingBufferHandler)
    return Capture(handler=handler, build="abc1234", env="test", started_at=NOW, clock=clock)


def read_amount(text: str) -> float:
    return float(text)


def fail(log: logging.Logger, text: str, **fields: object) -> None:
    """Log an amount that cannot be read, as a cog does."""
    try:
        read_amount(text)
    except ValueError:
        with bound(user="ada", user_id=1001, channel="ledger", intent="expense", entities={"amount": text}):
            log.exception("command failed", extra=fields)


def test_an_incident_holds_the_newest_lines_and_the_facts_of_the_process(log: logging.Logger, capture: Capture) -> None:
    for number in range(30):
        log.warning("line %s", number)

    incident = capture.incident("lunch is lost", 10, Context(user="ada"))

    assert [f"line {number}" in line for number, line in enumerate(incident.logs, 20)] == [True] * 10
    assert (incident.summary, incident.severity, incident.stack_trace) == ("lunch is lost", "medium", None)
    assert (incident.build, incident.env, incident.uptime_seconds) == ("abc1234", "test", 90)
    assert incident.created_at == NOW + timedelta(seconds=90.7)
    assert incident.context == Context(user="ada")


def test_the_newest_error_gives_trace_context_and_identity(log: logging.Logger, capture: Capture) -> None:
    fail(log, "12;50")
    fail(log, "12,50", incident_id="inc_000000000001")

    incident = capture.incident("lunch is lost", 10, Context(user="somebody else"))

    assert incident.id == "inc_000000000001"
    assert incident.severity == "high"
    assert "could not convert string to float: '12,50'" in (incident.stack_trace or "")
    assert "read_amount" in (incident.stack_trace or "")
    assert incident.context == Context(
        user="ada", user_id="1001", channel="ledger", intent="expense", entities={"amount": "12,50"}
    )


def test_the_same_bug_is_captured_with_the_same_fingerprint(log: logging.Logger, capture: Capture) -> None:
    fail(log, "12,50")
    first = capture.incident("lunch is lost", 10, Context())
    fail(log, "7,80")
    second = capture.incident("dinner too", 10, Context())
    log.error("another", exc_info=KeyError("x"))
    third = capture.incident("dinner too", 10, Context())

    assert first.fingerprint == second.fingerprint != third.fingerprint


def raised_from(root: Exception | None) -> Exception:
    """An error whose explicit cause is this one."""
    try:
        raise RuntimeError("the command failed") from root
    except RuntimeError as error:
        return error


def test_the_fingerprint_is_the_root_causes(log: logging.Logger, capture: Capture) -> None:
    def fingerprint_of(error: BaseException) -> str:
        log.error("it broke", exc_info=error)
        return capture.incident("x", 10, Context()).fingerprint

    quota = fingerprint_of(raised_from(ConnectionError("429 quota")))
    sharing = fingerprint_of(raised_from(ConnectionError("403 not shared")))
    grouped = fingerprint_of(ExceptionGroup("several", [raised_from(ConnectionError("429 quota"))]))

    assert quota != sharing
    assert grouped == quota


@pytest.mark.parametrize("foreign", ["PD-17", "inc_TOO-LOUD", "../../etc", "inc_0123456789abc", ""])
def test_an_id_that_is_not_ours_is_replaced(log: logging.Logger, capture: Capture, foreign: str) -> None:
    fail(log, "12,50", incident_id=foreign)

    incident = capture.incident("lunch is lost", 10, Context())

    assert incident.id != foreign
    assert incident.id.startswith("inc_")


def test_no_secret_enters_an_incident_by_any_door(log: logging.Logger, capture: Capture) -> None:
    secret = "ghp_" + "x9Y8" * 9
    log.warning("token is %s", secret, extra={"note": secret})

    typed = capture.incident(f"look: {secret}", 10, Context(user=secret, entities={"summary": [secret], secret: 1}))
    fail(log, secret)
    logged = capture.incident("x", 10, Context())

    assert secret not in typed.model_dump_json()
    assert secret not in logged.model_dump_json()
    assert "[redacted:" in (logged.stack_trace or "")


@pytest.mark.parametrize("summary", ["\ud800", "", "\x00", "a" * 100_000, "```\n@everyone", "{{ x }}"])
def test_any_summary_can_be_captured(capture: Capture, summary: str) -> None:
    incident = capture.incident(summary, 10, Context(user=summary, entities={"summary": summary}))

    assert fitted(incident).model_dump_json()
    assert len(incident.summary) <= 2000


def test_two_thousand_lines_are_captured_and_one_line_is_enough(log: logging.Logger, capture: Capture) -> None:
    for number in range(2100):
        log.warning("line %s", number)

    assert len(capture.incident("x", 2000, Context()).logs) == 2000
    assert len(capture.incident("x", 1, Context()).logs) == 1
    assert capture.incident("x", 0, Context()).logs == ()


def test_a_clock_that_went_back_gives_no_negative_uptime(capture: Capture) -> None:
    assert isinstance(capture.clock, Clock)
    capture.clock.forward(-3600)

    assert capture.incident("x", 1, Context()).uptime_seconds == 0


def test_versions_name_python_and_skip_what_is_not_installed() -> None:
    found = versions(["pytest", "no-such-package-anywhere"])

    assert set(found) == {"python", "pytest"}
