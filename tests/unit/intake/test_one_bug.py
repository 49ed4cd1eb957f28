"""One bug, whoever saw it: the bot's log, Sentry, a browser test and pytest are one task, counted once each."""

import json
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.incident.capture import Capture
from bot.incident.payload import Context
from bot.intake import sentry_errors
from bot.intake.normalise import Judge, merged, task_id, tasks_of
from bot.intake.patch_task import Sighting, TasksUnreadable, read_tasks, tasks_json
from bot.intake.repository import Repository
from bot.intake.rules import load_rules
from bot.intake.task_text import body_of, read_trailers
from bot.logging import RingBufferHandler
from bot.sandbox.sentry_records import SentryFrame
from tests.intake_factories import NOW, a_task, an_issue


class AmountUnreadable(Exception):
    """An error of the bot's own."""


def logged(text):
    """The incident that the bot's own log makes of the error, and its frame."""
    handler = RingBufferHandler()
    logger = logging.Logger("bot.ledger")
    logger.addHandler(handler)
    code = compile("def parse(text, kind):\n    raise kind(text)\n", "/app/bot/ledger/amount.py", "exec")
    scope: dict[str, Callable[..., None]] = {}
    exec(code, scope)  # the frame is to have the path of a deployed file
    try:
        scope["parse"](text, AmountUnreadable)
    except AmountUnreadable:
        logger.exception("the ledger failed")
    capture = Capture(handler=handler, build="abc1234", env="test", started_at=NOW, clock=lambda: NOW)
    return capture.incident("", 10, Context())


def in_sentry(text):
    frames = (
        SentryFrame(file="discord/client.py", function="run", line=3, is_own=False),
        SentryFrame(file="bot/ledger/amount.py", function="parse", line=40),
    )
    kind, module = AmountUnreadable.__qualname__, AmountUnreadable.__module__
    return an_issue(kind=kind, module=module, value=text, frames=frames, count=5, last_seen=NOW + timedelta(days=1))


def in_browser(text, incident_id=None):
    told = f"{AmountUnreadable.__module__}.{AmountUnreadable.__qualname__}: {text}"
    trace = f'Traceback (most recent call last):\n  File "/srv/bot/ledger/amount.py", line 41, in parse\n    x\n{told}'
    message = f"the page shows incident {incident_id}" if incident_id else f"the server said\n{trace}"
    result = {"status": "failed", "error": {"message": message}}
    test = {"projectName": "chromium", "status": "unexpected", "results": [result]}
    return {"suites": [{"specs": [{"title": "pays", "file": "e2e/pay.spec.ts", "tests": [test]}]}]}


async def test_log_sentry_and_playwright_tell_of_one_incident(reading, tmp_path):
    incident = logged("12,50 is no amount")
    reading.sentry.issues[:] = [in_sentry("99,10 is no amount")]
    report = tmp_path / "report.json"
    report.write_text(json.dumps(in_browser("7,01 is no amount")))

    await reading.pull()
    reading.playwright(report)
    reading.normalise()

    [task] = reading.tasks
    assert task.fingerprint == incident.fingerprint
    assert (task.frequency, task.sources) == (6, ("sentry", "playwright"))
    assert task.evidence.playwright_test
    assert task.evidence.sentry_url


async def test_a_browser_test_that_only_quotes_the_incident_id_is_of_that_incident(reading, tmp_path):
    incident_id = "inc_0123456789ab"
    issue = in_sentry("1 is no amount")
    reading.sentry.issues[:] = [an_issue(kind=issue.kind, frames=issue.frames, tags={"incident_id": incident_id})]
    report = tmp_path / "report.json"
    report.write_text(json.dumps(in_browser("", incident_id)))

    await reading.pull()
    reading.playwright(report)
    reading.normalise()

    [task] = reading.tasks
    assert (task.incident_id, task.frequency, task.sources) == (incident_id, 8, ("sentry", "playwright"))


def test_the_same_fault_under_two_ids_is_one_task_with_the_sum():
    one = a_task(fingerprint="0" * 16, severity="medium")
    other = a_task(id="sentry-2", fingerprint="0" * 16, sightings=(Sighting(source="sentry", id="2", count=3),))

    [task] = merged([one, other])

    assert (task.frequency, task.severity) == (10, "high")


def test_merging_twice_counts_once():
    tasks = [a_task(id=f"sentry-{n}", fingerprint="0" * 16,
                    sightings=(Sighting(source="sentry", id=str(n), count=2),)) for n in range(3)]  # fmt: skip

    once = merged(tasks)

    assert merged([*once, *tasks]) == once
    assert once[0].frequency == 6


def test_tasks_that_share_a_fault_and_an_incident_crosswise_are_all_one():
    told = [("1" * 16, None), ("2" * 16, "inc_0123456789ab"), ("1" * 16, "inc_0123456789ab")]
    tasks = [
        a_task(
            id=f"sentry-{n}", fingerprint=mark, incident_id=incident, sightings=(Sighting(source="sentry", id=str(n)),)
        )
        for n, (mark, incident) in enumerate(told)
    ]

    assert len(merged(tasks)) == 1


def test_tasks_outlive_their_file():
    tasks = [a_task(), a_task(id="sentry-2")]

    assert read_tasks(tasks_json(tasks).encode(), "patchtasks.json") == tasks


@pytest.mark.parametrize("value", [None, 5, "", [], {}, {"issue": []}, {"issue": {"id": "1", "lastSeen": "never"}}])
def test_an_entry_that_tells_of_no_error_is_counted_and_left_out(value):
    assert sentry_errors.faults_of([value]) == ([], 1)


def test_an_issue_without_event_or_stack_still_is_a_task(judge):
    issue = an_issue(frames=(), culprit="/api/pay").as_listed("https://sentry.test", "acme")

    [fault], _ = sentry_errors.faults_of([{"issue": issue}])

    task = judge.task_of(fault)
    assert (task.kind, task.evidence.stack, task.expected_fix.files_hint) == ("TypeError", (), ())


def chained(source):
    def value(kind, number, parent):
        link = {"exception_id": number, "source": source} | ({} if parent is None else {"parent_id": parent})
        return {
            "type": kind,
            "value": kind,
            "mechanism": link,
            "stacktrace": {"frames": [{"filename": f"bot/{kind}.py"}]},
        }

    values = [value("Root", 1, 0), value("Last", 0, None)]
    event = {"entries": [{"type": "exception", "data": {"values": values}}]}
    return {"issue": {"id": "1", "title": "x", "lastSeen": "2026-01-05T09:00:00Z"}, "latestEvent": event}


@pytest.mark.parametrize(("source", "kind"), [("__cause__", "Root"), ("__context__", "Last")])
def test_of_a_chain_the_explicit_root_is_the_fault_as_in_the_log(source, kind):
    [fault], _ = sentry_errors.faults_of([chained(source)])

    assert fault.kind == kind


def test_ids_of_any_name_are_plain_short_and_apart(judge):
    issue = an_issue().as_listed("https://sentry.test", "acme")
    [fault], _ = sentry_errors.faults_of([{"issue": issue}])

    names = ["e2e/päy.spec.ts-" + "x" * 100 + end for end in ("a", "b")] + ["…", "../../x"]
    ids = [task_id(type(fault)(**{**vars(fault), "id": name})) for name in names]
    assert len(set(ids)) == len(names)
    assert all(len(each) <= 50 and each.isascii() and each.replace("-", "").isalnum() for each in ids)


KEYS = (
    *("issue", "latestEvent", "id", "title", "culprit", "count", "lastSeen", "firstSeen", "level", "metadata", "type"),
    *(
        "value",
        "filename",
        "function",
        "entries",
        "data",
        "values",
        "stacktrace",
        "frames",
        "lineNo",
        "inApp",
        "absPath",
    ),
    *("module", "mechanism", "source", "parent_id", "exception_id", "tags", "key", "request", "url", "method"),
    *("permalink", "isUnhandled", "platform", "category", "message"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just("2026-01-05T09:00:00Z"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=40,
)
ISSUE = st.fixed_dictionaries({"id": st.text(min_size=1), "lastSeen": st.just("2026-01-05T09:00:00Z")}, optional={
    key: JSON for key in KEYS if key not in ("id", "lastSeen")})  # fmt: skip


@given(ISSUE, st.none() | st.dictionaries(st.sampled_from(KEYS), JSON, max_size=8))
@settings(max_examples=60, deadline=None)
def test_whatever_sentry_sends_is_a_sound_task_or_none(issue, event):
    record = json.loads(json.dumps(sentry_errors.record_of(issue, event)))

    faults, bad = sentry_errors.faults_of([record])

    tasks = tasks_of(faults, Judge(rules=load_rules(), repository=Repository()))
    assert len(faults) + bad == 1
    assert read_tasks(tasks_json(tasks).encode(), "x") == tasks
    assert all(read_trailers(body_of(task))["Suture-Fingerprint"] == task.fingerprint for task in tasks)


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
@settings(max_examples=200, deadline=None)
def test_no_file_of_tasks_breaks_its_reader(data):
    tasks = []
    with suppress(TasksUnreadable):
        tasks = read_tasks(data, "patchtasks.json")

    assert tasks == []
