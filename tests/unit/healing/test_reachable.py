"""Nothing that heals is out of reach, and no pattern asks for what is not there, or for a heal that cannot help."""

import pytest

from bot.events.catalog import ActionRequested, LogPatternCritical
from bot.events.event import GRAVE
from bot.healing.playbook import Shelf
from bot.healing.playbooks import ALL
from bot.healing.reactions import ACTIONS, wanted_of
from bot.watchdog.matching import Line, Matcher
from bot.watchdog.patterns import SHIPPED, Compiled, read_patterns
from tests.unit.watchdog.test_patterns import MET

EVENTS = {"ingestion_replay", "schema_recovery", "memory_cleanup", "sheet_fallback", "pipeline_timeout_fix"}
"""Those that an event of its own asks for; test_healer.py sends each of them."""
RAISED = {
    "discord.ext.commands.errors.ExtensionFailed": "cog_reload",
    "discord.errors.RateLimited": "login_backoff",
    "discord.errors.GatewayNotFound": "session_refresh",
    "discord.app_commands.errors.CommandNotFound": "command_resync",
    "sqlalchemy.exc.DatabaseError": "database_reconnect",
}
PATTERNS = read_patterns(SHIPPED)


def asked_by(compiled: Compiled) -> str | None:
    """The playbook that the pattern asks for when its lines are one too many."""
    line = Line(MET[compiled.pattern.id], "bot.log")
    events = Matcher([compiled]).met([line] * (compiled.pattern.max_streak + 1))
    wanted = [found for event in events if (found := wanted_of(event))]
    assert len(wanted) <= 1
    return wanted[0].playbook if wanted else None


def test_each_playbook_is_asked_for_by_a_pattern_an_event_or_an_exception() -> None:
    by_patterns = {asked for each in PATTERNS if (asked := asked_by(each))}
    by_exceptions = {Shelf(ALL).fitting(name).id for name in RAISED}

    assert {Shelf(ALL).fitting(name).id for name in RAISED} == set(RAISED.values())
    assert by_patterns | by_exceptions | EVENTS == {playbook.id for playbook in ALL}


def test_each_pattern_asks_for_a_playbook_that_there_is() -> None:
    named = {each.pattern.playbook for each in PATTERNS if each.pattern.playbook}
    named |= {ACTIONS[each.pattern.action] for each in PATTERNS if each.pattern.action}

    assert named <= {playbook.id for playbook in ALL}
    assert {"login_backoff", "session_refresh", "command_resync"} <= named


@pytest.mark.parametrize("name", ["discord-token-refused", "discord-privileged-intents", "model-quota", "disk-full"])
def test_what_only_a_person_can_mend_is_told_and_not_healed(name: str) -> None:
    compiled = next(each for each in PATTERNS if each.pattern.id == name)

    events = Matcher([compiled]).met([Line(MET[name], "bot.log")])

    assert compiled.pattern.severity in GRAVE
    assert [type(event) for event in events] == [LogPatternCritical]
    assert wanted_of(events[0]) is None


def test_a_pattern_of_somebodys_own_asks_for_any_playbook() -> None:
    asked = ActionRequested(action="PLAYBOOK", argument="worker-2", reason="x", trigger="x", fingerprint="f" * 16)

    wanted = wanted_of(asked)

    assert wanted is not None
    assert (wanted.playbook, wanted.trouble.context["argument"]) == ("worker-2", "")
