"""A task goes to the agent through the door of all orders: once, to be approved by a person."""

import json

import pytest

from bot.intake.dispatch import Origin, grave, incident_of, preview_sending, send_tasks
from bot.intake.patch_task import Evidence
from bot.records.sql_store import open_store
from bot.records.work_order import advance
from bot.repair.evidence import evidence_of
from bot.repair.noticed_orders import Home
from tests.factories import Clock, ScriptedAgent, a_bench
from tests.intake_factories import NOW, a_task

HOME = Home(guild_id=1, channel_id=2)
ORIGIN = Origin(build="abc1234", env="production")


@pytest.fixture
async def bench(tmp_path):
    async with open_store(tmp_path) as store:
        yield a_bench(store, ScriptedAgent(), Clock())


async def send(bench, tasks, limit=5):
    return await send_tasks(tasks, bench.repairs, HOME, ORIGIN, limit)


async def test_a_task_is_an_order_as_any_other(bench):
    told = await send(bench, [a_task()])

    [order] = await bench.store.orders.newest()
    incident = await bench.store.incidents.get(order.incident_id)
    assert [step["deed"] for step in told.facts["steps"]] == ["open"]
    assert (order.status, order.requested_by, order.channel_id) == ("dispatched", 0, 2)
    assert order.sent_at is not None
    assert (incident.source, incident.severity, incident.env) == ("sentry", "high", "production")
    entries = await bench.store.audit.entries()
    assert [(entry.decision.action, entry.decision.actor) for entry in entries] == [("open", "intake")]


async def test_a_second_sending_of_the_same_fault_opens_nothing(bench):
    task = a_task()
    await send(bench, [task])

    told = await send(bench, [task.model_copy(update={"id": "sentry-2", "frequency": 99})])

    assert [step["deed"] for step in told.facts["steps"]] == ["keep"]
    assert len(await bench.store.orders.newest()) == 1


async def test_what_an_admin_ended_is_not_opened_again(bench):
    task = a_task()
    await send(bench, [task])
    [order] = await bench.store.orders.newest()
    await bench.book.save(advance(order, "cancelled", bench.clock()))

    told = await send(bench, [task])

    assert told.facts["steps"][0]["status"] == "cancelled"


async def test_an_order_that_was_only_staged_is_sent(bench):
    task = a_task()
    off = a_bench(bench.store, ScriptedAgent(off="no agent is set"), bench.clock)
    await send(off, [task])

    await send(bench, [task])

    [order] = await bench.store.orders.newest()
    assert order.status == "dispatched"


async def test_no_more_orders_are_opened_than_asked_for_the_gravest_first(bench):
    tasks = [a_task(id=f"sentry-{n}", severity=severity) for n, severity in enumerate(["high", "blocker", "high"])]

    told = await send(bench, tasks, limit=1)

    assert [step["name"] for step in told.facts["steps"]] == ["sentry-1"]
    assert sum(line.startswith("postpone") for line in told.lines) == 2


def test_only_grave_tasks_are_sent_unless_all_are_asked_for():
    tasks = [a_task(severity=severity) for severity in ("blocker", "high", "medium", "low")]

    assert len(grave(tasks, everything=False)) == 2
    assert len(grave(tasks, everything=True)) == 4


def test_the_incident_has_the_stack_in_pythons_form_and_no_secret():
    password = "hunter2" + "hunter2"
    evidence = Evidence(stack=("bot/cogs/ledger.py:7 in on_message", "bot/ledger/amount.py:2 in parse"))

    incident = incident_of(a_task(evidence=evidence, message=f"password={password}"), ORIGIN, NOW)

    assert evidence_of(incident).frames[-1] == "bot/ledger/amount.py:2 in parse"
    assert password not in incident.model_dump_json()


def test_a_preview_shows_the_incidents_as_they_would_leave():
    told = preview_sending([a_task()], ORIGIN, 5, NOW)

    incidents = json.loads(told.lines[0])
    assert incidents["source"] == "sentry"
    assert "Nothing was" in told.lines[-1]
