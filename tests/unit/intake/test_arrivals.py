"""The bot finds the drafts that the intake made elsewhere, and hears of each grave one once."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from bot.apis.github_drafts import open_draft_desk
from bot.events.bus import Entry, open_bus
from bot.events.catalog import IncidentOpened, IncidentUpdated, Signal
from bot.intake.arrivals import Arrivals
from bot.logging.redaction import redact_plain
from bot.noticing import opened_triage
from bot.records.sql_store import open_store
from bot.repair.noticed_orders import Home
from bot.repair.tally import Tally
from tests.factories import Clock, ScriptedAgent, a_bench
from tests.intake_factories import NOW, a_task


@pytest.fixture
async def heard(world, tmp_path):
    """The signals of each look."""
    async with (
        open_store(tmp_path / "state") as store,
        open_draft_desk(world.github.api_url, world.github.bot_token, world.github.repo) as desk,
    ):
        signals = []

        async def tell(signal):
            signals.append(signal)

        async def look():
            signals.clear()
            await Arrivals(desk, store.notes, tell, lambda: NOW).look()
            return list(signals)

        yield look


async def test_each_grave_draft_is_a_signal_of_its_source_once(world, heard):
    tasks = [a_task(id=f"sentry-{severity}", severity=severity) for severity in ("blocker", "high", "medium")]
    await world.prs(tasks, everything=True)

    first, second = await heard(), await heard()

    assert {(signal.source, signal.severity, signal.fingerprint) for signal in first} == {
        ("sentry", task.severity, task.fingerprint) for task in tasks[:2]
    }
    assert all("/pull/" in signal.context["draft"] for signal in first)
    assert second == []


async def test_a_task_that_weighs_more_is_told_again(world, heard):
    task = a_task()
    await world.prs([task])
    await heard()

    await world.prs([task.model_copy(update={"severity": "blocker"})])

    assert [signal.severity for signal in await heard()] == ["blocker"]


async def test_a_pull_request_that_only_says_that_it_is_one_of_ours_is_none(world, heard):
    await world.prs([a_task()])
    body = world.github.pulls[0].body
    async with open_draft_desk(world.github.api_url, world.github.bot_token, world.github.repo) as desk:
        await desk.set_labels(1, [])
        assert await heard() == []

        await desk.set_labels(1, ["suture-intake"])
        await desk.change(1, {"body": f"{body}\n\nmore words"})
        assert await heard() == []


@pytest.mark.parametrize("text", ["{", "[]", '{"id": "x"}', "null"])
async def test_a_task_file_that_people_changed_is_not_believed(world, heard, text):
    task = a_task()
    await world.prs([task])
    async with open_draft_desk(world.github.api_url, world.github.bot_token, world.github.repo) as desk:
        await desk.write_file("fix/sentry-1001", ".suture/tasks/sentry-1001.json", text, "Changed")

    assert await heard() == []


async def test_a_draft_is_one_incident_of_its_source_with_one_card_and_the_logs_own_error_joins_it(world, tmp_path):
    task = a_task()
    await world.prs([task])
    async with (
        AsyncExitStack() as stack,
        open_store(tmp_path / "state") as store,
        open_bus(store.events, redact_plain, lambda: NOW) as bus,
        open_draft_desk(world.github.api_url, world.github.bot_token, world.github.repo) as desk,
    ):
        repairs = a_bench(store, ScriptedAgent(), Clock()).repairs
        tally = Tally(store.tallies, "abc1234", repairs.clock)
        triage = await opened_triage(stack, repairs, tally, bus, auto_propose=False)
        triage.orders.settle_in(Home(guild_id=1, channel_id=2))
        opened: asyncio.Queue[Entry] = asyncio.Queue()
        heard = bus.subscribe("test", ("incident.opened", "incident.updated"), opened.put, capacity=10)

        await Arrivals(desk, store.notes, bus.publish, lambda: NOW).look()
        first = (await opened.get()).event
        assert isinstance(first, IncidentOpened)
        await bus.publish(Signal(source="log", kind="TypeError", severity="high", title="no", at=NOW,
                                 fingerprint=task.fingerprint))  # fmt: skip
        again = (await opened.get()).event
        assert isinstance(again, IncidentUpdated)

        bus.unsubscribe(heard)
        incident = await store.incidents.get(first.incident_id)
        seen = await store.sightings.get(task.fingerprint)
        [order] = await store.orders.newest()
    assert (incident.source, incident.severity, incident.fingerprint) == ("sentry", "high", task.fingerprint)
    assert any(line.startswith("draft: http") for line in incident.logs)
    assert again.incident_id == first.incident_id
    assert seen
    assert seen.sources == {"sentry", "log"}
    assert (order.status, order.channel_id) == ("staged", 2)
