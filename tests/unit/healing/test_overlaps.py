"""Two processes live at once while one takes over from the other: what both notice is healed once, by whoever leads."""

import asyncio
import os
import random
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path

from bot.events.bus import Bus, open_bus
from bot.events.catalog import SchemaInvalid
from bot.events.event import Event
from bot.healing.healer import Healer
from bot.healing.host_parts import HostParts
from bot.healing.reactions import HEARD
from bot.records.sql_store import open_store
from bot.records.store import Store
from bot.repair.presence import Presence
from bot.repair.tally import Tally
from bot.watchdog.log_tail import LogTail
from tests.factories import Clock
from tests.unit.healing.clinic import Clinic, Killed, Patient

OVERLAPS = int(os.environ.get("SOAK_OVERLAPS", "20"))
STEPS = ("validate_schema", "backup_current_schema", "apply_schema_fix", "verify_schema")
WHILE = timedelta(seconds=60)
ENDS = ("leaves before it heals", "leaves after it healed", "dies in the middle of it")


@dataclass
class Instance:
    """One process of the bot: its presence, its bus and what heals in it."""

    clinic: Clinic
    presence: Presence
    healer: Healer
    bus: Bus
    life: AsyncExitStack
    working: "asyncio.Task[None] | None" = None

    def work(self) -> None:
        """Heal from now on what is heard of."""
        self.working = asyncio.create_task(self.healer.work())

    async def rest(self) -> None:
        """Wait until nothing is left to do, or the process died."""
        await self.bus.settle()
        while (self.healer._waiting or self.healer._healing) and self.working and not self.working.done():
            await asyncio.sleep(0)

    async def stop_working(self) -> None:
        """Heal no more."""
        if self.working:
            self.working.cancel()
            with suppress(asyncio.CancelledError, Killed):
                await self.working
            self.working = None

    async def end(self) -> None:
        """The process ends."""
        await self.stop_working()
        await self.life.aclose()


@dataclass
class Deployment:
    """The processes of one bot on one store, and the host that they heal."""

    store: Store
    clock: Clock = field(default_factory=Clock)
    patient: Patient = field(default_factory=Patient)
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    async def start(self) -> Instance:
        """One more process."""
        clinic = Clinic(self.store, clock=self.clock, patient=self.patient, numbers=self.numbers)
        presence = Presence(self.store.processes, Tally(self.store.tallies, "b1", self.clock), "b1", self.clock)
        life = AsyncExitStack()
        bus = await life.enter_async_context(open_bus(self.store.events, lambda told: told, self.clock))

        async def nothing() -> None:
            return

        async def no_wait(seconds: float) -> None:
            await asyncio.sleep(0)

        healer = Healer(
            engine=clinic.engine, parts=HostParts(), leads=presence.leads, incidents=self.store.incidents,
            sightings=self.store.sightings, afterwards=nothing, settle_in=lambda guild, channel: None, sleep=no_wait,
        )  # fmt: skip
        bus.subscribe("healer", HEARD, healer.hear)
        return Instance(clinic, presence, healer, bus, life)


async def hand_over(deployment: Deployment, old: Instance, new: Instance, end: str, number: int) -> None:
    """Both notice one fault while the old one leads; it ends in this way, and the new one leads."""
    await old.presence.beat()
    await new.presence.beat()
    assert (old.presence.leads.is_set(), new.presence.leads.is_set()) == (True, False)
    fault = SchemaInvalid(source=f"sheet {number}", error="the header is gone")
    new.work()
    if end == "dies in the middle of it":
        old.clinic.kill_at, old.clinic.lost = 2, False
    if end == "leaves before it heals":
        await old.stop_working()
    await asyncio.gather(old.bus.publish(fault), new.bus.publish(fault))
    await old.rest()
    if end == "dies in the middle of it":
        deployment.clock.forward(30)
    else:
        await old.presence.leave()
    await old.end()
    await new.presence.beat()
    assert new.presence.leads.is_set()
    await new.rest()
    await new.healer.engine.tick()


async def test_no_fault_is_healed_twice_however_often_processes_overlap(tmp_path: Path) -> None:
    chance = random.Random(7)
    async with open_store(tmp_path) as store:
        deployment = Deployment(store)
        old = await deployment.start()
        old.work()
        await old.presence.beat()
        for number in range(OVERLAPS):
            deployment.patient.done.clear()
            deployment.clock.forward(900)
            await old.presence.beat()
            new, end = await deployment.start(), chance.choice(ENDS)

            await hand_over(deployment, old, new, end, number)

            runs = [run for run in await store.runs.newest(limit=5) if run.started_at >= deployment.clock() - WHILE]
            assert len(runs) == 1, end
            assert [deployment.patient.done.count(step) for step in STEPS] <= [1, 1, 1, 1], end
            assert runs[0].status == ("undone" if end == "dies in the middle of it" else "watching"), end
            old = new
        await old.end()
        assert len(await store.runs.newest(limit=500)) == OVERLAPS


async def test_a_process_that_comes_to_lead_heals_nothing_of_long_ago(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        deployment = Deployment(store)
        old, new = await deployment.start(), await deployment.start()
        await old.presence.beat()
        new.work()
        await new.bus.publish(SchemaInvalid(source="sheet", error="the header is gone"))
        await new.bus.settle()
        deployment.clock.forward(301)

        await old.presence.leave()
        await new.presence.beat()
        await new.rest()

        assert await store.runs.newest() == []
        assert new.healer.skipped == 1
        await new.end()
        await old.end()


def test_who_takes_the_watch_over_reads_on_where_the_other_one_was(tmp_path: Path) -> None:
    file, memory = tmp_path / "a.log", tmp_path / "watchdog.json"
    file.write_text("before\n")
    told: list[str] = []
    for number in range(OVERLAPS):
        watch = LogTail(tmp_path, ["a.log"], memory)
        told += [line.text for line in watch.read()]
        with file.open("a") as log:
            log.write(f"line {number}\n")
        told += [line.text for line in watch.read()]
        with file.open("a") as log:
            log.write(f"between {number}\n")

    assert told == [text for n in range(OVERLAPS) for text in (*([f"between {n - 1}"] if n else []), f"line {n}")]


async def test_two_processes_that_both_think_they_lead_end_a_run_once(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        deployment = Deployment(store)
        one, other = await deployment.start(), await deployment.start()
        await one.clinic.heal("schema")
        for each in (one, other):
            await each.clinic.engine.tick()
        deployment.clock.forward(660)

        await asyncio.gather(*(each.clinic.engine.tick() for each in (one, other)))

        (run,) = await store.runs.newest()
        told = [event for each in (one, other) for event in each.clinic.told() if event.endswith("completed")]
        assert (run.status, told) == ("verified", ["self_healing.completed"])
        assert len(await store.trust.newest()) == 1
        await one.end()
        await other.end()


async def test_who_comes_to_lead_does_not_tell_what_the_one_before_is_just_telling(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        deployment = Deployment(store)
        one, other = await deployment.start(), await deployment.start()
        publish = one.clinic.publish
        await one.clinic.heal("schema")

        async def slowly(event: Event) -> None:
            await other.clinic.engine.tick()  # it leads from here on
            await publish(event)

        one.clinic.engine.publish = slowly
        deployment.clock.forward(660)
        await one.clinic.engine.tick()
        by_other = other.clinic.told()
        deployment.clock.forward(10)
        other.clinic.events += one.clinic.events  # as the event log has them
        await other.clinic.engine.tick()

        assert "self_healing.completed" not in by_other
        assert other.clinic.told().count("self_healing.completed") == 1
        await one.end()
        await other.end()
