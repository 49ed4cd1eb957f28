"""Every event has a wire name of its own, holds primitives only, is bounded, and is read back from what it says."""

import re

import pytest

from bot.events.catalog import ALL, IngestionFailed, LogPatternCritical
from bot.events.event import MAX_TEXT, Event
from bot.events.names import BY_NAME, NotAnEvent, event_of, names_of

OF_THE_WIRE = {
    *("ingestion.failed", "ingestion.completed", "schema.invalid", "pipeline.timeout", "verification.failed"),
    *("log_pattern.error", "log_pattern.critical"),
    *("self_healing.triggered", "self_healing.escalated", "self_healing.completed", "self_healing.patch_applied"),
    *("coding_agent.work_order_created", "coding_agent.work_order_updated"),
    *("coding_agent.patch_generated", "coding_agent.tests_passed"),
}


def test_the_names_that_others_rely_on_are_there() -> None:
    assert set(BY_NAME) >= OF_THE_WIRE
    assert len(BY_NAME) == len(ALL)
    assert all(re.fullmatch(r"[a-z_]+\.[a-z_]+", name) for name in BY_NAME)


def test_an_event_does_not_change() -> None:
    event = IngestionFailed(file_path="a.csv", error="no")

    with pytest.raises(ValueError, match="frozen"):
        event.error = "yes"  # type: ignore[misc] # - that is the point


def test_a_long_text_is_cut_and_marked_and_a_lone_surrogate_is_mended() -> None:
    event = IngestionFailed(file_path="\ud800", error="x" * 100_000)

    assert len(event.error) == MAX_TEXT
    assert event.error.endswith("…")
    assert event.file_path == "?"


def test_an_event_is_read_back_from_its_payload() -> None:
    event = LogPatternCritical(pattern="timeout", line="ERROR: timeout", source="serve.log", severity="high")

    assert event_of("log_pattern.critical", event.model_dump(mode="json")) == event


@pytest.mark.parametrize(
    ("name", "payload", "told"),
    [
        ("ingestion.failde", {}, "There is no event 'ingestion.failde'"),
        ("ingestion.failed", {"file_path": "a"}, "ingestion.failed: error is wrong"),
        ("ingestion.failed", {"file_path": "a", "error": "b", "more": 1}, "ingestion.failed: more is wrong"),
    ],
)
def test_what_is_no_event_is_named(name: str, payload: dict[str, object], told: str) -> None:
    with pytest.raises(NotAnEvent, match=re.escape(told)):
        event_of(name, payload)


def test_a_pattern_means_names() -> None:
    assert names_of("*") == frozenset(BY_NAME)
    assert names_of("self_healing.*") == {name for name in BY_NAME if name.startswith("self_healing.")}
    assert names_of("schema.invalid") == {"schema.invalid"}


def test_no_event_holds_more_than_primitives() -> None:
    allowed = re.compile(r"\b(Event|BaseModel|Any|object)\b")

    assert not [
        (kind.wire, name)
        for kind in ALL
        for name, field in kind.model_fields.items()
        if allowed.search(str(field.annotation)) or issubclass(kind, Event) is False
    ]
