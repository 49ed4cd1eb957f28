"""Runs of one concurrency group go one after the other; runs can be cancelled where they stand."""

import asyncio

import pytest

from bot.sandbox.workflow_actions import CodexAnswer


class Turnstile:
    """A stand-in that holds each caller until it is let through."""

    def __init__(self):
        self.arrived: asyncio.Queue[str] = asyncio.Queue()
        self.open = {}

    async def __call__(self, request):
        gate = self.open[request.prompt] = asyncio.Event()
        self.arrived.put_nowait(request.prompt)
        await gate.wait()
        return CodexAnswer(final_message=request.prompt)


def held(group="", more=""):
    return f"""
name: Held
run-name: ${{{{ github.event.client_payload.id }}}}
on: {{repository_dispatch: {{types: [go]}}}}
{group}
jobs:
  one:
    runs-on: x
{more}
    steps:
      - name: hold
        uses: openai/codex-action@v1
        with: {{prompt: "${{{{ github.event.client_payload.id }}}}", openai-api-key: key}}
      - {{name: clean, if: always(), run: 'echo clean'}}
      - {{name: told, if: cancelled(), run: 'echo told'}}
"""


GROUP = "concurrency: {group: 'same-${{ github.event.client_payload.group }}', cancel-in-progress: false}"


async def test_a_second_run_of_a_group_waits_and_the_newest_takes_the_waiting_place(start_github):
    door = Turnstile()
    lab = await start_github(workflow=held(GROUP), stand_in=door, runners=9)
    [first] = await lab.dispatch(id="a", group="g")
    assert await door.arrived.get() == "a"
    [second] = await lab.dispatch(id="b", group="G")
    [third] = await lab.dispatch(id="c", group="g")
    [other] = await lab.dispatch(id="d", group="other")
    assert await door.arrived.get() == "d"

    replaced = await lab.server.wait_for_run(second.id)

    assert replaced.conclusion == "cancelled"
    assert "higher priority waiting request for 'same-G'" in replaced.annotations[0].message
    assert [run.status for run in lab.server.runs] == ["in_progress", "completed", "pending", "in_progress"]
    door.open["a"].set()
    door.open["d"].set()
    assert await door.arrived.get() == "c"
    door.open["c"].set()
    finished = [(await lab.server.wait_for_run(run.id)).conclusion for run in (first, third, other)]
    assert finished == ["success"] * 3


async def test_cancel_in_progress_ends_the_running_one(start_github):
    door = Turnstile()
    lab = await start_github(workflow=held(GROUP.replace("false", "true")), stand_in=door)
    [first] = await lab.dispatch(id="a")
    await door.arrived.get()

    [second] = await lab.dispatch(id="b")
    ended = await lab.server.wait_for_run(first.id)

    steps = {step.name: step.conclusion for step in ended.jobs[0].steps}
    assert ended.conclusion == ended.jobs[0].conclusion == "cancelled"
    assert (steps["hold"], steps["clean"], steps["told"]) == ("cancelled", "success", "success")
    assert await door.arrived.get() == "b"
    door.open["b"].set()
    assert (await lab.server.wait_for_run(second.id)).conclusion == "success"


async def test_jobs_can_share_a_group_over_runs(start_github):
    door = Turnstile()
    lab = await start_github(workflow=held(more="    concurrency: deploy"), stand_in=door, runners=9)
    [first] = await lab.dispatch(id="a")
    await door.arrived.get()
    events = lab.server.subscribe()
    [second] = await lab.dispatch(id="b")
    while (await events.get()).kind != "run_started":
        pass

    assert door.arrived.empty()
    door.open["a"].set()
    assert await door.arrived.get() == "b"
    door.open["b"].set()
    assert [(await lab.server.wait_for_run(run.id)).conclusion for run in (first, second)] == ["success", "success"]


async def test_a_run_is_cancelled_by_its_owner_and_only_once(start_github):
    door = Turnstile()
    lab = await start_github(workflow=held(GROUP), stand_in=door)
    [running] = await lab.dispatch(id="a")
    await door.arrived.get()
    events = lab.server.subscribe()
    [waiting] = await lab.dispatch(id="b")
    while (await events.get()).kind != "run_pending":
        pass

    assert lab.server.cancel_run(waiting.id)
    assert (await lab.server.wait_for_run(waiting.id)).conclusion == "cancelled"
    assert lab.server.cancel_run(running.id)
    assert (await lab.server.wait_for_run(running.id)).conclusion == "cancelled"
    assert not lab.server.cancel_run(running.id)


async def test_jobs_wait_for_a_free_runner(start_github):
    door = Turnstile()
    lab = await start_github(workflow=held(), stand_in=door, runners=1)
    await lab.dispatch(id="a")
    await door.arrived.get()
    events = lab.server.subscribe()
    [second] = await lab.dispatch(id="b")
    while (await events.get()).kind != "run_started":
        pass
    [job] = lab.server.runs[1].jobs

    assert (job.status, job.started_at) == ("queued", None)
    door.open["a"].set()
    assert await door.arrived.get() == "b"
    door.open["b"].set()
    assert (await lab.server.wait_for_run(second.id)).conclusion == "success"


async def test_a_broken_stand_in_fails_its_run_and_is_told_where_the_server_stops(start_github):
    async def broken(request):
        raise ZeroDivisionError("the stand-in itself")

    lab = await start_github(workflow=held(), stand_in=broken)
    [run] = await lab.dispatch(id="a")
    await lab.server.wait_idle()

    [ended] = lab.server.runs
    assert (ended.id, ended.conclusion) == (run.id, "failure")
    with pytest.raises(ZeroDivisionError, match="the stand-in itself"):
        await lab.server.stop()
