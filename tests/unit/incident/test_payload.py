"""The payload always fits, keeps what matters, and is always JSON that everybody can read."""

import json
import re

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.incident.payload import (
    INCIDENT_ID,
    MAX_PAYLOAD_BYTES,
    MAX_TRACE_CHARS,
    Context,
    Incident,
    cut_middle,
    encoded,
    fitted,
    new_incident_id,
    sound,
)
from tests.factories import an_incident

WIDE = "\N{PILE OF POO}"
"""Twelve bytes in the JSON that is counted."""
HOSTILE = st.text(st.characters(exclude_categories=[]), max_size=60) | st.sampled_from(
    ["\ud800", "\udfff\ud800", "\x00", '"' * 50, "\\" * 50, "\u2028", "\x1b[31m", "}{", "--- END ---", WIDE * 20]
)
LONG = st.builds(lambda text, times: text * times, HOSTILE, st.sampled_from([1, 1, 1, 40, 400, 4000]))
JSONISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | HOSTILE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(HOSTILE, inner, max_size=3),
    max_leaves=8,
)
CONTEXTS = st.builds(
    lambda texts, entities: Context.of(
        {**dict(zip(("user", "user_id", "channel", "intent"), texts, strict=True)), "entities": entities}
    ),
    st.tuples(LONG, LONG, LONG, LONG),
    JSONISH | LONG,
)
INCIDENTS = st.builds(
    lambda summary, context, trace, logs, names: an_incident(
        summary=summary, context=context, stack_trace=trace, logs=logs, build=names[0], env=names[1]
    ),
    LONG,
    CONTEXTS,
    st.none() | LONG,
    st.lists(LONG, max_size=6).flatmap(lambda lines: st.sampled_from([lines, lines * 50])),
    st.tuples(LONG, LONG),
)
WORST = an_incident(
    summary=WIDE * 4000,
    context=Context.of(dict.fromkeys(("user", "user_id", "channel", "intent", "entities"), WIDE * 500)),
    stack_trace=WIDE * 50_000,
    logs=[WIDE * 9000] * 2000,
    build=WIDE * 500,
    env=WIDE * 500,
)


def payload(incident: Incident) -> bytes:
    """The incident as it leaves."""
    return encoded(fitted(incident).model_dump(mode="json"))


@given(INCIDENTS)
@example(WORST)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_any_incident_fits_and_is_json_that_reads_back(incident: Incident) -> None:
    body = payload(incident)

    assert len(body) <= MAX_PAYLOAD_BYTES
    read = json.loads(body, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert Incident.model_validate(read).id == incident.id
    body.decode("ascii").encode("utf-8")
    json.dumps(read, ensure_ascii=False).encode("utf-8")  # no lone surrogate is left in it


@given(INCIDENTS)
@example(WORST)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_whatever_is_cut_is_counted_or_marked_and_the_newest_lines_stay(incident: Incident) -> None:
    left = fitted(incident)

    assert left.logs_cut == len(incident.logs) - len(left.logs)
    assert bool(left.logs) == bool(incident.logs)
    if left.logs:
        assert left.logs[:-1] == incident.logs[len(incident.logs) - len(left.logs) : -1]
        assert left.logs[-1] == incident.logs[-1] or "characters cut" in left.logs[-1]
    if incident.stack_trace:
        assert left.stack_trace
        assert left.stack_trace == incident.stack_trace or "characters cut" in left.stack_trace
    assert left.summary == incident.summary or "characters cut" in left.summary


def test_of_two_thousand_long_lines_the_newest_stay_whole_beside_the_whole_trace() -> None:
    lines = [f'{{"n":{number},"msg":"{"x" * 400}"}}' for number in range(2000)]
    trace = "Traceback (most recent call last):\n" + "  frame\n" * 1000 + "ValueError: 12,50"

    left = fitted(an_incident(logs=lines, stack_trace=trace))

    assert left.stack_trace == trace
    assert list(left.logs) == lines[-len(left.logs) :]
    assert left.logs_cut == 2000 - len(left.logs)
    assert len(encoded(left.model_dump(mode="json"))) > MAX_PAYLOAD_BYTES * 0.95


def test_a_huge_trace_keeps_its_head_its_end_and_a_mark() -> None:
    trace = "Traceback (most recent call last):\n" + "middle\n" * 100_000 + "ValueError: the end"

    kept = an_incident(stack_trace=trace).stack_trace

    assert kept is not None
    assert len(kept) <= MAX_TRACE_CHARS
    assert kept.startswith("Traceback (most recent call last):")
    assert kept.endswith("ValueError: the end")
    assert re.search(r"… \d+ characters cut …", kept)


def test_a_trace_of_wide_characters_leaves_room_for_the_newest_line() -> None:
    left = fitted(an_incident(stack_trace=WIDE * MAX_TRACE_CHARS, logs=["old " * 2000, "the newest"]))

    assert left.logs[-1] == "the newest"
    assert left.stack_trace is not None
    assert "characters cut" in left.stack_trace


def test_an_incident_that_fits_is_left_as_it_is() -> None:
    incident = an_incident()

    assert fitted(incident) == incident


def test_fitting_twice_is_fitting_once() -> None:
    once = fitted(WORST)

    assert fitted(once) == once


@given(st.text(max_size=300), st.integers(0, 200))
def test_cutting_never_exceeds_its_limit_and_leaves_short_texts_alone(text: str, limit: int) -> None:
    cut = cut_middle(text, limit)

    assert len(cut) <= limit
    assert cut == text or len(text) > limit


@given(st.text(st.characters(exclude_categories=[])))
def test_a_sound_text_is_valid_utf8_and_sound_text_stays(text: str) -> None:
    made = sound(text)

    assert made.encode("utf-8").decode("utf-8") == made
    assert sound(made) == made


def test_ids_can_be_quoted_and_do_not_repeat() -> None:
    ids = {new_incident_id() for _ in range(1000)}

    assert len(ids) == 1000
    assert all(INCIDENT_ID.fullmatch(each) for each in ids)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "inc_0123456789aB"},
        {"id": "inc_0123456789ab\n"},
        {"id": "../inc_0123456789ab"},
        {"id": "inc_0123456789abc"},
        {"severity": "critical"},
        {"fingerprint": "xyz"},
        {"surprise": 1},
        {"logs_cut": -1},
    ],
)
def test_what_is_no_incident_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        an_incident(**changes)


@given(
    st.dictionaries(
        st.sampled_from([*Context.model_fields, "other"]), JSONISH | st.just(object()) | st.binary(max_size=5)
    )
)
@settings(max_examples=150, deadline=None)
def test_a_context_can_be_made_of_whatever_a_log_line_carries(fields: dict[str, object]) -> None:
    context = Context.of(fields)

    assert Context.model_validate_json(context.model_dump_json()) is not None
    assert len(encoded(context.model_dump(mode="json"))) < 16_000


def nested(depth: int) -> object:
    value: object = "bottom"
    for _ in range(depth):
        value = [value]
    return value


def cyclic() -> object:
    value: list[object] = []
    value.append(value)
    return value


@pytest.mark.parametrize(
    "entities",
    [
        nested(400),
        nested(50_000),
        cyclic(),
        {("a", 1): "tuple key"},
        10**5000,
        float("nan"),
        {"x": float("inf")},
        "\ud800",
        {"\udfff": "\ud800"},
        {"big": "x" * 100_000},
        [["x" * 50] * 200] * 20,
    ],
    ids=["deep", "very deep", "cycle", "tuple key", "huge int", "nan", "inf", "half", "halves", "big", "wide"],
)
def test_entities_of_any_shape_become_json(entities: object) -> None:
    context = Context.of({"user": "ada", "entities": entities})

    again = json.loads(context.model_dump_json(), parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert again["user"] == "ada"
    assert again["entities"]
    body = encoded(context.model_dump(mode="json"))
    assert json.loads(body, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))["entities"]
