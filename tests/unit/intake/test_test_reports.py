"""Reports of tests, as Playwright, pytest and jest write them, become faults: only what a test finally came to."""

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.incident.fingerprint import fingerprint
from bot.intake import junit, playwright
from bot.intake.report_file import ReportUnreadable
from tests.intake_factories import NOW

TRACE = """Traceback (most recent call last):
  File "/app/bot/cogs/ledger.py", line 12, in on_message
    await self.write(text)
  File "/app/bot/ledger/amount.py", line 40, in parse
    return float(text)
ValueError: could not convert string to float: '12,50'"""
START = "2026-01-04T08:00:00.000Z"


def a_result(status, message="", **more):
    error = (
        {"error": {"message": message, "stack": f"Error: {message}\n    at /repo/e2e/pay.spec.ts:9:3"}}
        if message
        else {}
    )
    return {"status": status, "retry": 0, "duration": 5, "startTime": START, **error, **more}


def a_test(*results, status="unexpected", project="chromium", expected="passed"):
    return {"expectedStatus": expected, "projectName": project, "status": status, "results": list(results)}


def a_report(*tests, title="pays", suites=()):
    spec = {"title": title, "file": "e2e/pay.spec.ts", "line": 7, "ok": False, "tests": list(tests)}
    inner = {"title": "checkout", "file": "e2e/pay.spec.ts", "specs": [spec], "suites": list(suites)}
    file = {"title": "e2e/pay.spec.ts", "file": "e2e/pay.spec.ts", "specs": [], "suites": [inner]}
    return {"config": {}, "suites": [file], "errors": [], "stats": {"startTime": START}}


def read(report):
    return playwright.faults_of(json.dumps(report).encode(), "report.json", NOW)


@pytest.mark.parametrize("status", ["failed", "timedOut", "interrupted"])
def test_a_test_that_ends_badly_is_a_fault_of_that_kind(status):
    [fault] = read(a_report(a_test(a_result(status, "expected 1, got 2"))))

    assert (fault.kind, fault.level, fault.test) == (status, status, "checkout › pays [chromium]")
    assert fault.title == "checkout › pays: expected 1, got 2"
    assert (fault.test_file, fault.last_seen) == ("e2e/pay.spec.ts:7", datetime(2026, 1, 4, 8, tzinfo=UTC))


def test_only_the_final_attempt_counts_and_a_flaky_test_is_a_kind_of_its_own():
    flaky = a_test(a_result("failed", "slow page"), a_result("passed"), status="flaky")
    failed = a_test(a_result("timedOut", "first"), a_result("failed", "last"), project="firefox")

    told = {fault.test: (fault.kind, fault.title) for fault in read(a_report(flaky, failed))}

    assert told == {
        "checkout › pays [chromium]": ("flaky", "checkout › pays: slow page"),
        "checkout › pays [firefox]": ("failed", "checkout › pays: last"),
    }


@pytest.mark.parametrize(
    "test",
    [
        a_test(a_result("passed"), status="expected"),
        a_test(a_result("failed", "as it should"), status="expected", expected="failed"),
        a_test(a_result("skipped"), status="skipped", expected="skipped"),
        a_test(),
    ],
)
def test_what_is_as_it_should_be_is_no_fault(test):
    assert read(a_report(test)) == []


def test_suites_are_read_at_any_depth():
    suite = {
        "title": "deep",
        "specs": [{"title": "x", "file": "a.spec.ts", "tests": [a_test(a_result("failed", "no"))]}],
    }
    for number in range(20):
        suite = {"title": f"level {number}", "suites": [suite]}

    [fault] = read({"suites": [suite]})

    assert fault.test.endswith("level 0 › deep › x [chromium]")


def test_attachments_are_kept_by_their_names_and_the_machines_folders_are_not():
    shot = {"name": "screenshot", "path": "/home/runner/app/test-results/pay/shot.png", "contentType": "image/png"}

    [fault] = read(a_report(a_test(a_result("failed", "no", attachments=[shot]))))

    assert fault.evidence.screenshot == "test-results/pay/shot.png"


def test_a_servers_trace_in_a_browsers_failure_is_the_servers_fault():
    text = f"\x1b[31mexpect(page)\x1b[39m failed, the server said:\n{TRACE}\n  (incident inc_0123456789ab)"

    [fault] = read(a_report(a_test(a_result("failed", text))))

    frames = [("/app/bot/cogs/ledger.py", 12, "on_message"), ("/app/bot/ledger/amount.py", 40, "parse")]
    logged = fingerprint("ValueError", "could not convert string to float: '12,50'", frames)
    assert (fault.fingerprint, fault.incident_id) == (logged, "inc_0123456789ab")


@pytest.mark.parametrize("place", playwright.PLACES)
def test_the_report_is_found_where_playwright_writes_it(tmp_path, place):
    (tmp_path / place).parent.mkdir(parents=True)
    (tmp_path / place).write_text("{}")

    assert playwright.found_report(tmp_path) == tmp_path / place


PYTEST = """<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" errors="1"
 failures="1" tests="3" timestamp="2026-01-04T08:00:00+00:00" hostname="runner"><properties/>
<testcase classname="tests.unit.test_amount" name="test_comma" time="0.1"><failure
 message="ValueError: could not convert string to float: '12,50'">def test_comma():
&gt;       assert parse("12,50") == 12.5

tests/unit/test_amount.py:9:
_ _ _ _
bot/ledger/amount.py:40: in parse
    return float(text)
E   ValueError: could not convert string to float: '12,50'

bot/ledger/amount.py:40: ValueError</failure><system-out>noise</system-out></testcase>
<testcase classname="tests.unit.test_amount" name="test_plain" time="0.1"/>
<testcase classname="tests.unit.test_x" name="test_x" time="0"><skipped message="later"/></testcase>
<testcase classname="tests.unit.test_x" name="test_y" time="0"><error message="failed on setup">no fixture</error>
</testcase></testsuite></testsuites>"""
JEST = """<testsuites name="jest tests"><testsuite name="Cart" timestamp="2026-01-04T08:00:00" file="src/cart.test.ts">
<testcase classname="Cart adds" name="Cart adds"><failure>TypeError: Cannot read properties of undefined (reading 'id')
    at add (/repo/src/cart.ts:12:9)
    at Object.&lt;anonymous&gt; (/repo/src/cart.test.ts:4:3)</failure></testcase></testsuite></testsuites>"""


def test_pytests_failures_and_errors_are_faults_with_their_place():
    first, second = junit.faults_of(PYTEST.encode(), "junit.xml", NOW)

    assert (first.kind, first.message) == ("ValueError", "could not convert string to float: '12,50'")
    assert first.own_files[0] == "bot/ledger/amount.py"
    assert (first.test, first.test_file) == ("tests.unit.test_amount › test_comma", "tests/unit/test_amount.py")
    assert (second.kind, second.level, second.culprit) == ("error", "error", "tests/unit/test_x.py")


def test_a_failing_test_has_the_fingerprint_of_the_same_error_in_the_log():
    [fault, _] = junit.faults_of(PYTEST.encode(), "junit.xml", NOW)

    frames = [("/app/bot/ledger/amount.py", 40, "parse")]
    assert fault.fingerprint == fingerprint("ValueError", "could not convert string to float: '99,50'", frames)


def test_jests_failures_have_their_crash_frame_last():
    [fault] = junit.faults_of(JEST.encode(), "junit.xml", NOW)

    assert (fault.kind, fault.test_file) == ("TypeError", "src/cart.test.ts")
    assert str(fault.frames[-1]) == "/repo/src/cart.ts:12 in add"


def test_a_failure_that_passed_when_it_was_run_again_is_flaky():
    text = (
        '<testsuite><testcase classname="a" name="b"><flakyFailure message="x">y</flakyFailure></testcase></testsuite>'
    )

    [fault] = junit.faults_of(text.encode(), "junit.xml", NOW)

    assert (fault.kind, fault.level) == ("flaky", "flaky")


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BOMB = f'<!DOCTYPE l [<!ENTITY l0 "lol">{LAUGHS}]><testsuite><testcase name="&l9;"/></testsuite>'
OUTSIDE = '<!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/hostname">]><testsuite>&x;</testsuite>'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (BOMB, "DOCTYPE"),
        (OUTSIDE, "DOCTYPE"),
        ('<!DOCTYPE t SYSTEM "http://192.0.2.1/x.dtd"><testsuite/>', "DOCTYPE"),
        ("<testsuite>" * 100, "deeper"),
        ("<html/>", "no JUnit report"),
        ("", "not XML"),
        ("<testsuite>&undefined;</testsuite>", "not XML"),
        ('<?xml version="1.0" encoding="nonsense"?><testsuite/>', "is"),
    ],
)
def test_xml_that_no_test_tool_writes_is_refused(text, why):
    with pytest.raises(ReportUnreadable, match=why):
        junit.faults_of(text.encode(), "junit.xml", NOW)


def test_a_report_that_is_too_large_is_refused_unread():
    with pytest.raises(ReportUnreadable, match="larger than 32 MiB"):
        junit.faults_of(b" " * (32 * 1024 * 1024 + 1), "junit.xml", NOW)


def test_attributes_and_texts_without_end_are_cut():
    case = f'<testcase classname="a" name="{"n" * 10_000}"><failure>{"x" * 1_000_000}</failure></testcase>'
    text = f"<testsuite>{case}</testsuite>"

    [fault] = junit.faults_of(text.encode(), "junit.xml", NOW)

    assert len(fault.title) < 1_000
    assert len(fault.message) <= 2_000


KEYS = "suites specs tests results status error message stack title file line attachments name path errors startTime"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS.split()), inner, max_size=5),
    max_leaves=30,
)


@given(st.lists(JSON, max_size=5))
@settings(max_examples=300, deadline=None)
def test_no_report_breaks_the_reader(suites):
    faults = read({"suites": suites, "stats": suites})

    assert all(fault.fingerprint and fault.evidence is not None for fault in faults)


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: f"<testsuite>{text}</testsuite>".encode()))
@settings(max_examples=300, deadline=None)
def test_no_xml_breaks_the_reader(data):
    faults = []
    with suppress(ReportUnreadable):
        faults = junit.faults_of(data, "junit.xml", NOW)

    assert faults == []
