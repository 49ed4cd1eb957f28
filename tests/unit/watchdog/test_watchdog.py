"""The watchdog as a whole: from a line in a file to an event, and new patterns without a restart."""

import os
from pathlib import Path

import pytest

from bot.events.catalog import LogPattern
from bot.events.event import Event
from bot.watchdog.latency import Answer, LatencyWatch
from bot.watchdog.log_tail import LogTail
from bot.watchdog.matching import Matcher
from bot.watchdog.own_log import SOURCE, OwnLog
from bot.watchdog.patterns import read_patterns
from bot.watchdog.resources import Limits, ResourceWatch
from bot.watchdog.watchdog import PatternFile, Watchdog

BOOM = '[[pattern]]\nid = "boom"\nregex = "boom"\nseverity = "high"\n'


@pytest.fixture
def patterns(tmp_path: Path) -> Path:
    path = tmp_path / "patterns.toml"
    path.write_text(BOOM, encoding="utf-8")
    return path


async def never(address: str) -> Answer:
    raise AssertionError(address)


def a_watchdog(tmp_path: Path, patterns: Path, events: list[Event]) -> Watchdog:
    async def publish(*found: Event) -> None:
        events.extend(found)

    file = PatternFile.opened(patterns)
    return Watchdog(
        publish=publish,
        patterns=file,
        tail=LogTail(tmp_path, ("a.log",), tmp_path / "state" / "watchdog.json"),
        matcher=file.matchers[0],
        resources=ResourceWatch(Limits(cpu=1, memory=1, disk=1)),
        latency=LatencyWatch((), never),
        disk=tmp_path,
    )


async def test_a_line_becomes_an_event(tmp_path: Path, patterns: Path) -> None:
    events: list[Event] = []
    watchdog = a_watchdog(tmp_path, patterns, events)
    await watchdog.look_at_files()
    (tmp_path / "a.log").write_text("fine\nboom\n", encoding="utf-8")

    await watchdog.look_at_files()
    await watchdog.check_resources()

    (event,) = events
    assert isinstance(event, LogPattern)
    assert (event.pattern, event.line, event.source) == ("boom", "boom", "a.log")


async def test_other_patterns_are_taken_without_a_restart_and_broken_ones_are_not(
    tmp_path: Path, patterns: Path, caplog: pytest.LogCaptureFixture
) -> None:
    events: list[Event] = []
    watchdog = a_watchdog(tmp_path, patterns, events)

    for number, text in enumerate((BOOM.replace("boom", "bang"), BOOM.replace('"boom"\nsev', '"("\nsev')), 1):
        patterns.write_text(text, encoding="utf-8")
        os.utime(patterns, ns=(number, number))
        await watchdog.look_at_files()
        (tmp_path / "a.log").write_text("bang\nboom\n" * number, encoding="utf-8")
        await watchdog.look_at_files()

    assert [event.pattern for event in events if isinstance(event, LogPattern)] == ["bang", "bang"]
    assert "the patterns stay as they were: WATCHDOG_PATTERNS" in caplog.text


def test_patterns_are_read_once_until_their_file_changes(patterns: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    file = PatternFile.opened(patterns)
    file.reload()
    os.utime(patterns, ns=(1, 1))

    file.reload()
    file.reload()

    assert caplog.text.count("1 patterns of patterns.toml") == 2


def test_the_bots_own_lines_are_met_and_its_errors_are_marked_as_counted(patterns: Path) -> None:
    events: list[Event] = []
    own = OwnLog(Matcher(read_patterns(patterns)), lambda *found: events.extend(found))

    own.write(
        [
            b'{"ts":"2026-01-05T12:00:00Z","level":"WARNING","logger":"bot.x","msg":"boom"}',
            b'{"ts":"2026-01-05T12:00:00Z","level":"ERROR","logger":"bot.x","msg":"boom"}',
            b'{"ts":"2026-01-05T12:00:00Z","level":"WARNING","logger":"bot.watchdog.watchdog","msg":"boom"}',
        ],
        urgent=False,
    )

    found = [event for event in events if isinstance(event, LogPattern)]
    assert [(event.counted, event.count, event.source) for event in found] == [(False, 1, SOURCE), (True, 1, SOURCE)]
