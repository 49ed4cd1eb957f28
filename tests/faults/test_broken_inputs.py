"""Good inputs, broken by chance: each reader either reads what is left of one or refuses it by its own error."""

import json
import os
import random
from collections.abc import Callable
from functools import partial
from importlib.resources import files
from pathlib import Path

import pytest

from bot.agents.endpoint_reply import ReplyMalformed, read_reply
from bot.events.names import NotAnEvent, event_of
from bot.intake import junit, playwright, sentry_errors
from bot.intake.patch_task import TasksUnreadable, read_tasks, tasks_json
from bot.intake.report_file import ReportUnreadable
from bot.intake.rules import RulesUnreadable, read_table
from bot.records.diff import read_diff
from bot.records.proposal import read_report
from bot.repair.brief import BriefRefused, Proposing, read_event
from bot.settings import SettingsError, load_settings
from bot.watchdog.patterns import PatternsRefused, read_patterns
from bot.web.github_hook import HookRefused, named_in
from tests.factories import BASE_SHA, NOW, a_diff, a_report, an_incident, an_order
from tests.intake_factories import a_task, an_issue

SLOW = {"settings", "dispatch"}
EXAMPLES = int(os.environ.get("SOAK_EXAMPLES", "2000"))
ODD: list[object] = [
    *(
        None,
        True,
        -1,
        0,
        10**30,
        1e308,
        float("inf"),
        float("nan"),
        "",
        "x" * 5000,
        "\ud800",
        "\x00",
        "\u202e",
        "9999-99-99",
    ),
    *(
        [],
        {},
        [[]],
        [None] * 50,
        {"": {}},
        {"id": "inc_0123456789ab"},
        "0001-01-01T00:00:00+14:00",
        "../../x",
        "1e999999",
    ),
]
PIECES = [
    b"\x00",
    b"\xff",
    b"[" * 3000,
    b"{",
    b"}",
    b'"',
    b"\\",
    b"\n",
    b"=",
    b"[[",
    b"]]",
    b"\\ud800",
    b"9" * 400,
    b"\xef\xbb\xbf",
]
REPLY = {
    "incident_id": "inc_0123456789ab",
    "status": "done",
    "diff": "diff --git a/x b/x",
    "report": a_report().model_dump(mode="json"),
    "base_sha": BASE_SHA,
}
DISPATCH = {
    "client_payload": {
        "phase": "propose",
        "attempt": "1",
        "order_id": "wo_20260105_0001",
        "incident": an_incident().model_dump(mode="json"),
    }
}
DELIVERY = {
    "pull_request": {"head": {"ref": "autofix/inc_0123456789ab"}},
    "check_run": {"check_suite": {"head_branch": "autofix/inc_0123456789ab"}},
}
RESULT = {"status": "failed", "error": {"message": "boom", "stack": "Error: boom\n    at x (a.ts:1:2)"}}
SPEC = {"title": "pays", "file": "a.spec.ts", "line": 3, "tests": [{"status": "unexpected", "results": [RESULT]}]}
BROWSER = {
    "suites": [{"title": "a", "file": "a.spec.ts", "specs": [SPEC]}],
    "stats": {"startTime": "2026-01-05T09:00:00Z"},
}
SUITE = (
    '<testsuites><testsuite name="t" timestamp="2026-01-05T09:00:00"><testcase classname="t.a" name="b" time="0.1">'
    '<failure message="boom">Traceback (most recent call last):\n  File "a.py", line 1, in b\nKeyError: 1</failure>'
    "</testcase></testsuite></testsuites>"
)
ISSUE = an_issue()
ENVIRONMENT = (
    "DISCORD_TOKEN=x\nDEBUG_ADMINS=123456789012345678\nGITHUB_REPO=octo/bot\nPORT=8080\nWATCHDOG_CHECK_INTERVAL=5000\n"
)


def read_file(reader: Callable[[Path], object], folder: Path, data: bytes) -> object:
    """What a reader of files makes of these bytes."""
    path = folder / "input"
    path.write_bytes(data)
    return reader(path)


def read_issue(data: bytes) -> object:
    """What the intake makes of a line that it kept of Sentry."""
    return sentry_errors.faults_of([json.loads(data)])


def read_signal(data: bytes) -> object:
    """What the bus makes of a payload from outside."""
    payload = json.loads(data)
    return event_of("ingestion.failed", payload if isinstance(payload, dict) else {})


def packaged(package: str, name: str) -> bytes:
    """The first rows of a table that comes with the bot."""
    whole = files(package).joinpath(name).read_bytes()
    return whole[: whole.index(b"\n[[", 3000)]


READERS: dict[str, tuple[bytes, Callable[[Path, bytes], object], tuple[type[Exception], ...]]] = {
    "reply": (json.dumps(REPLY).encode(), lambda _, data: read_reply(data, an_order()), (ReplyMalformed,)),
    "report": (a_report().model_dump_json().encode(), lambda _, data: read_report(data), (ValueError,)),
    "diff": (a_diff(), lambda _, data: read_diff(data), (ValueError,)),
    "dispatch": (
        json.dumps(DISPATCH).encode(),
        partial(read_file, lambda path: read_event(path, Proposing)),
        (BriefRefused,),
    ),
    "delivery": (json.dumps(DELIVERY).encode(), lambda _, data: named_in(data), (HookRefused,)),
    "signal": (
        json.dumps({"file_path": "sheet", "error": "boom"}).encode(),
        lambda _, data: read_signal(data),
        (NotAnEvent, ValueError, RecursionError),  # the last two are the JSON's own
    ),
    "playwright": (
        json.dumps(BROWSER).encode(),
        lambda _, data: playwright.faults_of(data, "report.json", NOW),
        (ReportUnreadable,),
    ),
    "junit": (SUITE.encode(), lambda _, data: junit.faults_of(data, "junit.xml", NOW), (ReportUnreadable,)),
    "sentry": (
        json.dumps(
            sentry_errors.record_of(ISSUE.as_listed("https://sentry.test", "acme"), ISSUE.as_event(None))
        ).encode(),
        lambda _, data: read_issue(data),
        (ValueError, RecursionError),  # the JSON's own
    ),
    "tasks": (tasks_json([a_task()]).encode(), lambda _, data: read_tasks(data, "tasks.json"), (TasksUnreadable,)),
    "rules": (
        packaged("bot.intake", "rules.toml"),
        lambda _, data: read_table(data.decode("utf-8", "replace"), "rules.toml"),
        (RulesUnreadable,),
    ),
    "patterns": (packaged("bot.watchdog", "patterns.toml"), partial(read_file, read_patterns), (PatternsRefused,)),
    "settings": (ENVIRONMENT.encode(), partial(read_file, load_settings), (SettingsError,)),
}


def broken(good: bytes, chance: random.Random) -> bytes:
    """The input with one to three things wrong: values of another kind where it is JSON, or its bytes."""
    if good[:1] in b"[{" and chance.random() < 0.6:
        document = json.loads(good)
        for _ in range(chance.randint(1, 3)):
            document = replaced(document, chance)
        return json.dumps(document).encode()
    data = bytearray(good)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(data) + 1)
        end = at + chance.choice([0, 0, 1, 5, len(data)])
        data[at:end] = chance.choice([*PIECES, bytes(data[chance.randrange(at + 1) : at]), b""])
    return bytes(data)


def replaced(value: object, chance: random.Random) -> object:
    """The value with something odd at a place below it."""
    if isinstance(value, dict) and value and chance.random() < 0.85:
        key = chance.choice(list(value))
        changed = {**value, key: replaced(value[key], chance)}
        return {name: each for name, each in changed.items() if name != key or chance.random() < 0.9}
    if isinstance(value, list) and value and chance.random() < 0.85:
        at = chance.randrange(len(value))
        return [*value[:at], replaced(value[at], chance), *value[at + 1 :]]
    return chance.choice(ODD)


@pytest.mark.filterwarnings("ignore:Possible")  # what re says of a bracket in a broken pattern
@pytest.mark.parametrize("name", READERS)
def test_a_broken_input_is_read_or_refused_by_name(name: str, tmp_path: Path) -> None:
    good, read, refusals = READERS[name]
    chance = random.Random(name)
    read(tmp_path, good)  # unbroken, it is read

    refused, examples = 0, EXAMPLES // 10 if name in SLOW else EXAMPLES
    for _ in range(examples):
        try:
            read(tmp_path, broken(good, chance))
        except refusals:
            refused += 1

    assert 0 < refused < examples
