"""A fault that an event tells of is healed once, by the process that leads, and never when a heal caused it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.events.bus import Bus, in_run, open_bus
from bot.events.catalog import (
    ActionRequested,
    EndpointSlow,
    IncidentOpened,
    IngestionFailed,
    LogPatternCritical,
    PipelineTimeout,
    ResourceHigh,
    SchemaInvalid,
    VerificationFailed,
)
from bot.events.event import Event
from bot.healing.healer import Healer
from bot.healing.host_parts import HostParts
from bot.healing.playbook import Shelf
from bot.healing.playbooks import ALL
from bot.healing.reactions import HEARD, wanted_of, wanted_of_incident
from bot.records.playbook_run import PlaybookRun
from bot.records.sighting import Sighting
from bot.records.store import StoreUnavailable
from bot.supervision import kept_running
from tests.factories import NOW, an_incident
from tests.unit.healing.clinic import Clinic, a_clinic

FAILED = IngestionFailed(file_path="the sheet", error="it is away")
FAULT = "0123456789abcdef"
ASKED = ActionRequested(action="GENERAL_RESTART", reason="it hangs", trigger="hang", fingerprint=FAULT)


@asynccontextmanager
async def a_healer(clinic: Clinic) -> AsyncIterator[tuple[Healer, Bus]]:
    """A healer on a bus, whose waits pass at once."""
    leads = asyncio.Event()
    leads.set()

    async def nothing() -> None:
        return

    async def no_wait(seconds: float) -> None:
        await asyncio.sleep(0)

    healer = Healer(
        engine=clinic.engine, parts=HostParts(), leads=leads, incidents=clinic.store.incidents,
        sightings=clinic.store.sightings, afterwards=nothing, settle_in=lambda guild, channel: None, sleep=no_wait,
    )  # fmt: skip
    async with open_bus(clinic.store.events, lambda value: value, clinic.clock) as bus:
        bus.subscribe("healer", HEARD, healer.hear)
        async with kept_running("healer", healer.work, seconds=0.01):
            yield healer, bus


@pytest.fixture
async def clinic(tmp_path: Path) -> AsyncIterator[Clinic]:
    async with a_clinic(tmp_path) as one:
        yield one


async def healed(clinic: Clinic, healer: Healer, bus: Bus) -> list[PlaybookRun]:
    """The runs, once all that was published is dealt with."""
    await bus.settle()
    for _ in range(500):
        if not healer._waiting and not healer._healing:
            break
        await asyncio.sleep(0.01)
    return await clinic.store.runs.newest()


async def test_a_storm_of_one_failure_is_one_run(clinic: Clinic) -> None:
    async with a_healer(clinic) as (healer, bus):
        await bus.publish(*(FAILED for _ in range(50)))

        (run,) = await healed(clinic, healer, bus)

        assert (run.playbook, run.status) == ("ingestion_replay", "watching")
        assert clinic.told().count("self_healing.triggered") == 1
        assert healer.skipped == 49


async def test_what_a_run_started_is_not_its_doing_for_ever_and_its_own_fault_never_is(clinic: Clinic) -> None:
    async with a_healer(clinic) as (healer, bus):
        high = ResourceHigh(resource="memory", value=0.95, limit=0.9, samples=3)
        await bus.publish(high)
        (run,) = await healed(clinic, healer, bus)
        with in_run(run.id):
            await bus.publish(FAILED)
            before = await healed(clinic, healer, bus)
            await clinic.later(11)
            await bus.publish(high.model_copy(update={"value": 0.96}))
            own = await healed(clinic, healer, bus)
            await clinic.later(61)
            await bus.publish(FAILED)
            after = await healed(clinic, healer, bus)

    playbooks = [[each.playbook for each in runs] for runs in (before, own, after)]
    assert playbooks == [
        ["memory_cleanup"], ["memory_cleanup"] * 2, ["ingestion_replay", *["memory_cleanup"] * 2],
    ]  # fmt: skip


async def test_a_heal_that_breaks_holds_up_no_other(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_healer(clinic) as (healer, bus):
        heal, breaks = healer.engine.heal, [ZeroDivisionError()]

        async def sometimes(*asked: Any) -> PlaybookRun:
            if breaks:
                raise breaks.pop()
            return await heal(*asked)

        monkeypatch.setattr(healer.engine, "heal", sometimes)
        await bus.publish(FAILED, ResourceHigh(resource="memory", value=0.95, limit=0.9, samples=3))

        runs = await healed(clinic, healer, bus)

    assert [run.playbook for run in runs] == ["memory_cleanup"]


async def test_a_fault_whose_run_is_open_begins_no_second_one(clinic: Clinic) -> None:
    async with a_healer(clinic) as (healer, bus):
        await bus.publish(FAILED)
        await healed(clinic, healer, bus)

        await bus.publish(FAILED)

        assert len(await healed(clinic, healer, bus)) == 1


async def test_different_faults_are_healed_one_after_the_other(clinic: Clinic) -> None:
    async with a_healer(clinic) as (healer, bus):
        await bus.publish(FAILED, ResourceHigh(resource="memory", value=0.95, limit=0.9, samples=3))

        runs = await healed(clinic, healer, bus)

        assert {run.playbook for run in runs} == {"ingestion_replay", "memory_cleanup"}


async def test_what_a_run_brings_about_is_not_healed(clinic: Clinic) -> None:
    async with a_healer(clinic) as (healer, bus):
        with in_run("run_1"):
            await bus.publish(FAILED)
        line = '{"msg": "it broke", "healing_run": "run_1"}'
        await bus.publish(LogPatternCritical(pattern="error", line=line, source="bot.log"))

        assert await healed(clinic, healer, bus) == []
        assert healer.skipped == 2


async def test_the_healers_own_errors_are_not_healed(clinic: Clinic) -> None:
    incident = an_incident(stack_trace='File "/app/bot/healing/engine.py", line 9, in heal\nKeyError')
    seen = a_sighting(incident.fingerprint, "KeyError: 'x'", incident.id)
    await clinic.store.sightings.add([seen], [incident])
    async with a_healer(clinic) as (healer, bus):
        await bus.publish(opened(seen))

        assert await healed(clinic, healer, bus) == []
        assert healer.skipped == 1


async def test_a_process_that_does_not_lead_waits(clinic: Clinic) -> None:
    async with a_healer(clinic) as (healer, bus):
        healer.leads.clear()
        await bus.publish(FAILED)
        await bus.settle()
        await asyncio.sleep(0.05)
        before = await clinic.store.runs.newest()

        healer.leads.set()

        assert (before, len(await healed(clinic, healer, bus))) == ([], 1)


async def test_an_action_asked_for_by_name_goes_before_what_would_fit(clinic: Clinic) -> None:
    async with a_healer(clinic) as (healer, bus):
        pattern = LogPatternCritical(pattern="hang", line="it hangs", source="bot.log", fingerprint=FAULT)
        healer.leads.clear()
        await bus.publish(pattern, ASKED)
        await bus.settle()
        healer.leads.set()

        (run,) = await healed(clinic, healer, bus)

        assert run.playbook == "general_restart"


async def test_each_return_climbs_a_rung_of_the_restart(clinic: Clinic) -> None:
    rungs = []
    async with a_healer(clinic) as (healer, bus):
        for _ in range(3):
            await bus.publish(ASKED)
            run = (await healed(clinic, healer, bus))[0]
            rungs.append(run.facts["rung"])
            clinic.seen += 1
            await clinic.later(1)

    assert rungs == ["1", "2", "3"]


async def test_a_store_that_is_away_delays_a_heal_and_loses_it_not(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = [StoreUnavailable("gone"), StoreUnavailable("gone")]
    ask = clinic.engine.guard.ask

    async def asked(heal: object) -> object:
        if away:
            raise away.pop()
        return await ask(heal)  # type: ignore[arg-type] # - passed through as it came

    monkeypatch.setattr(clinic.engine.guard, "ask", asked)
    async with a_healer(clinic) as (healer, bus):
        await bus.publish(FAILED)

        assert len(await healed(clinic, healer, bus)) == 1


def a_sighting(fingerprint: str, title: str, incident_id: str = "inc_0123456789ab") -> Sighting:
    return Sighting(
        fingerprint=fingerprint, incident_id=incident_id, title=title, severity="high",
        sources=frozenset({"log"}), count=1, first_seen=NOW, last_seen=NOW,
    )  # fmt: skip


def opened(seen: Sighting) -> IncidentOpened:
    return IncidentOpened(
        incident_id=seen.incident_id, fingerprint=seen.fingerprint, severity="high", title=seen.title, source="log"
    )


@pytest.mark.parametrize(
    ("event", "playbook"),
    [
        (FAILED, "ingestion_replay"),
        (IngestionFailed(file_path="s", error="too many requests (429)"), "sheet_fallback"),
        (SchemaInvalid(source="s", error="the header is wrong"), "schema_recovery"),
        (PipelineTimeout(pipeline="p", seconds=5), "pipeline_timeout_fix"),
        (VerificationFailed(subject="s", error="wrong sum"), "verification_fix"),
        (LogPatternCritical(pattern="x", line="Timeout of it", source="s"), "pipeline_timeout_fix"),
        (LogPatternCritical(pattern="x", line="FATAL", source="s"), "verification_fix"),
        (LogPatternCritical(pattern="x", line="FATAL", source="s", counted=True), None),
        (ResourceHigh(resource="memory", value=1, limit=0.9, samples=3), "memory_cleanup"),
        (ResourceHigh(resource="cpu", value=1, limit=0.9, samples=3), None),
        (EndpointSlow(probe="p", milliseconds=900, limit=500, failures=3), "pipeline_timeout_fix"),
        (ASKED, "general_restart"),
        (ASKED.model_copy(update={"action": "CODEX_FIX_FILE"}), "verification_fix"),
        (ASKED.model_copy(update={"action": "CODEX_FIX_FILE", "error": '{"ts":1,"level":"ERROR"}'}), None),
        (ASKED.model_copy(update={"action": "RESTART_SERVICE"}), "service_restart"),
        (ASKED.model_copy(update={"action": "CHECK_DB_HEALTH"}), "database_reconnect"),
        (ASKED.model_copy(update={"action": "rm -rf"}), None),
    ],
)
def test_each_event_wants_its_playbook(event: Event, playbook: str | None) -> None:
    wanted = wanted_of(event)

    chosen = wanted and (wanted.playbook or Shelf(ALL).fitting(wanted.trouble.error_type).id)
    assert chosen == playbook


@pytest.mark.parametrize(
    ("title", "playbook"),
    [
        ("ExtensionFailed: Extension 'x' raised an error", "cog_reload"),
        ("CommandSignatureMismatch: the command changed", "command_resync"),
        ("StoreUnavailable: gone", "database_reconnect"),
        ("TimeoutError: ", "pipeline_timeout_fix"),
        ("KeyError: 'a session of memory in the database'", "verification_fix"),
        ("the session was lost", "verification_fix"),
    ],
)
def test_what_only_the_log_tells_of_is_chosen_by_its_type_and_never_by_its_words(title: str, playbook: str) -> None:
    wanted = wanted_of_incident(a_sighting(FAULT, title))

    assert wanted is not None
    assert (wanted.playbook or Shelf(ALL).fitting(wanted.trouble.error_type).id) == playbook
    assert wanted_of_incident(replace(a_sighting(FAULT, title), sources=frozenset({"watchdog"}))) is None


async def test_a_playbook_that_nobody_registered_is_said_and_the_next_fault_is_healed(
    clinic: Clinic, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_healer(clinic) as (healer, bus):
        await bus.publish(ASKED.model_copy(update={"action": "PLAYBOOK", "argument": "gone"}), FAILED)

        (run,) = await healed(clinic, healer, bus)

    assert run.playbook == "ingestion_replay"
    assert "There is no playbook gone" in caplog.text
