"""A workflow is started by hand with its inputs, or by its schedule."""

import pytest

from bot.sandbox.workflow_values import WorkflowError

BY_HAND = """
name: By hand
on:
  schedule:
    - cron: "0 9 * * 1"
  workflow_dispatch:
    inputs:
      live: {type: boolean, default: false}
      who: {type: string, default: nobody}
      must: {required: MUST}
run-name: ${{ inputs.live && 'live' || 'dry' }}
jobs:
  say:
    runs-on: ubuntu-latest
    if: ${{ !inputs.live || inputs.who == 'ada' }}
    steps:
      - run: echo "for $WHO, $LIVE"
        env:
          WHO: ${{ inputs.who }}
          LIVE: ${{ github.event.inputs.live }}
"""
FREE, BOUND = BY_HAND.replace("MUST", "false"), BY_HAND.replace("MUST", "true")


async def test_inputs_are_given_or_by_default(start_github):
    lab = await start_github(workflow=FREE)

    [given] = await lab.server.run_workflow("go.yml", live=True, who="ada")
    [default] = await lab.server.run_workflow("go.yml")
    ran = [await lab.server.wait_for_run(run.id) for run in (given, default)]

    assert [(run.display_title, run.event, run.conclusion) for run in ran] == [
        ("live", "workflow_dispatch", "success"),
        ("dry", "workflow_dispatch", "success"),
    ]
    assert "for ada, true" in lab.server.read_log(given.id)
    assert "for nobody, false" in lab.server.read_log(default.id)


async def test_a_schedule_has_no_inputs(start_github):
    lab = await start_github(workflow=FREE)

    [run] = await lab.server.run_schedules()

    ran = await lab.server.wait_for_run(run.id)
    assert (ran.event, ran.display_title, ran.conclusion) == ("schedule", "dry", "success")
    assert "for , " in lab.server.read_log(run.id)


@pytest.mark.parametrize("inputs", [{"other": "x"}, {}])
async def test_inputs_that_the_file_does_not_take_are_refused(start_github, inputs):
    lab = await start_github(workflow=BOUND)

    with pytest.raises(WorkflowError, match="input"):
        await lab.server.run_workflow("go.yml", **inputs)

    assert lab.server.runs == []


async def test_a_file_that_does_not_listen_is_not_started(start_github):
    lab = await start_github(workflow="name: x\non: push\njobs: {}\n")

    started = [*await lab.server.run_workflow("go.yml"), *await lab.server.run_workflow("no.yml")]
    started += await lab.server.run_schedules()

    assert started == []
