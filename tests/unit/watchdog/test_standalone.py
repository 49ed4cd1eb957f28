"""The watchdog beside another service heals by the operator's command, within the guard; one watches at a time."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.events.bus import Entry, open_bus
from bot.events.catalog import ActionRequested, HealingFailed, LogPatternError, ResourceHigh
from bot.events.event import Event
from bot.healing.guard_keeper import GuardKeeper
from bot.healing.loop_guard import Limits
from bot.healing.silence import Silence
from bot.host_actions.restarting import Restarting
from bot.logging import teardown
from bot.logging.redaction import redact_plain
from bot.logging.run_lock import take
from bot.records.sql_store import open_store
from bot.records.store import StoreUnavailable
from bot.settings import EmbeddedSettings
from bot.standalone import EXIT_SECOND, Hands, run_watchdog
from tests.factories import NOW, Clock


@pytest.fixture
async def hands(tmp_path: Path) -> AsyncIterator[Hands]:
    clock = Clock()
    script = f"open({str(tmp_path / 'healed')!r}, 'a').write('x')"
    async with open_store(tmp_path) as store, open_bus(store.events, redact_plain, clock) as bus:
        restarting = Restarting(
            command=f'{sys.executable} -c "{script}"',
            services=frozenset({"web"}),
            service_command=f'{sys.executable} -c "{script.replace("x", "{name}")}"',
            hidden=frozenset(),
        )
        guard = GuardKeeper(store.documents, bus.publish, clock, Limits())
        yield Hands(restarting, guard, bus, Silence(store.documents), clock, timedelta(minutes=10))


def asked(action: str = "GENERAL_RESTART", argument: str = "") -> ActionRequested:
    return ActionRequested(action=action, argument=argument, reason="boom", trigger="boom", fingerprint="f" * 16)


def entry_of(event: Event) -> Entry:
    return Entry(event=event, at=NOW)


class Deathbed(GuardKeeper):
    """The guard of a process that dies: it is told of no end."""

    def __init__(self, guard: GuardKeeper) -> None:
        vars(self).update(vars(guard))

    async def ended(self, run_id: str) -> None:
        return


def heard_by(hands: Hands) -> list[Entry]:
    heard: list[Entry] = []

    async def hear(entry: Entry) -> None:
        heard.append(entry)

    hands.bus.subscribe("test", ["self_healing.*"], hear)
    return heard


async def test_the_command_runs_three_times_and_then_a_person_has_to_look(hands: Hands, tmp_path: Path) -> None:
    heard = heard_by(hands)

    for _ in range(5):
        await hands.hear(entry_of(asked()))
        await asyncio.gather(*hands.at_work)
    await hands.bus.settle()

    assert (tmp_path / "healed").read_text() == "xxx"
    names = [entry.name.removeprefix("self_healing.") for entry in heard]
    assert names == ["triggered", "failed"] * 3 + ["paused"]


async def test_a_heal_helped_when_the_fault_stayed_away_for_the_window(hands: Hands, tmp_path: Path) -> None:
    heard, clock = heard_by(hands), hands.clock
    assert isinstance(clock, Clock)
    await hands.heal(asked())

    clock.forward(599)
    await hands.tell_silent()
    await hands.bus.settle()
    before = len(heard)
    clock.forward(1)
    await replace(hands, silence=Silence(hands.silence.documents)).tell_silent()  # a restart forgets nothing
    await hands.tell_silent()
    await hands.bus.settle()

    assert before == 1
    assert [entry.name for entry in heard] == ["self_healing.triggered", "self_healing.completed"]


async def test_a_line_of_the_fault_in_the_window_says_that_the_heal_did_not_help(hands: Hands) -> None:
    heard, clock = heard_by(hands), hands.clock
    assert isinstance(clock, Clock)
    await hands.heal(asked())

    await hands.hear(entry_of(LogPatternError(pattern="boom", line="x", source="a.log", fingerprint="e" * 16)))
    await hands.hear(entry_of(LogPatternError(pattern="boom", line="x", source="a.log", fingerprint="f" * 16)))
    clock.forward(601)
    await hands.tell_silent()
    await hands.bus.settle()

    assert [entry.name for entry in heard] == ["self_healing.triggered", "self_healing.failed"]
    assert isinstance(heard[1].event, HealingFailed)
    assert "came back" in heard[1].event.reason


async def test_only_a_listed_service_is_restarted(hands: Hands, tmp_path: Path) -> None:
    heard = heard_by(hands)

    await hands.heal(asked("RESTART_SERVICE", "web"))
    await hands.heal(asked("RESTART_SERVICE", "sshd"))
    await hands.bus.settle()

    assert (tmp_path / "healed").read_text() == "web"
    assert [entry.name.removeprefix("self_healing.") for entry in heard] == [*("triggered", "triggered", "failed")]


async def test_two_services_that_fall_at_once_are_both_restarted(hands: Hands, tmp_path: Path) -> None:
    hands = replace(hands, restarting=replace(hands.restarting, services=frozenset({"web", "api"})))

    for name, fingerprint in (("web", "a"), ("web", "a"), ("api", "b")):
        event = asked("RESTART_SERVICE", name).model_copy(update={"fingerprint": fingerprint * 16})
        await hands.hear(entry_of(event))
    await asyncio.gather(*hands.at_work)

    assert (tmp_path / "healed").read_text() == "webapi"


async def test_a_heal_that_the_process_does_not_live_to_see_the_end_of_holds_up_no_other_and_has_an_end(
    hands: Hands, tmp_path: Path
) -> None:
    class Killed(BaseException):
        """The process died here."""

    async def die(asked: ActionRequested) -> str:
        raise Killed

    heard, clock = heard_by(hands), hands.clock
    assert isinstance(clock, Clock)
    dying = replace(hands, guard=Deathbed(hands.guard))
    object.__setattr__(dying, "_run", die)
    with pytest.raises(Killed):
        await dying.heal(asked())
    later = replace(hands, running=set(), busy=asyncio.Lock(), engaged=[])

    await later.take_over()
    await later.heal(asked("RESTART_SERVICE", "web"))
    clock.forward(601)
    await later.tell_silent()
    await hands.bus.settle()

    assert (tmp_path / "healed").read_text() == "web"
    names = [entry.name.removeprefix("self_healing.") for entry in heard]
    assert names == ["triggered", "triggered", "completed", "completed"]


async def test_a_store_that_is_away_is_told_and_nothing_is_done(
    hands: Hands, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(heal: object) -> object:
        raise StoreUnavailable("The disk is full.")

    monkeypatch.setattr(hands.guard, "ask", away)
    with caplog.at_level(logging.WARNING):
        await hands.heal(asked())

    assert not (tmp_path / "healed").exists()
    assert "GENERAL_RESTART is not done: The disk is full." in caplog.text


async def test_what_it_cannot_do_is_left_to_people(hands: Hands, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        await hands.heal(asked("CODEX_FIX_FILE"))

    assert "CODEX_FIX_FILE was asked for: boom" in caplog.text


async def test_a_resource_that_stays_too_high_asks_for_a_restart(hands: Hands, tmp_path: Path) -> None:
    hands.bus.subscribe("hands", ["resource.high"], hands.hear)

    for resource in ("memory", "disk"):
        await hands.bus.publish(ResourceHigh(resource=resource, value=0.99, limit=0.9, samples=3))
    await hands.bus.settle()
    await asyncio.gather(*hands.at_work)

    assert (tmp_path / "healed").read_text() == "x"


def test_one_watchdog_is_enough(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert take(tmp_path / "watchdog.lock") is not None
    settings = EmbeddedSettings(state_dir=tmp_path)

    code = run_watchdog(settings)
    teardown()

    assert code == EXIT_SECOND
    assert "runs on" in capsys.readouterr().err
