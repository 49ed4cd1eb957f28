"""A run that a stop or a kill cut short is run again from its start."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.sandbox.workflow_actions import CodexAnswer

WORKFLOW = """
name: Long
on: {repository_dispatch: {types: [go]}}
jobs:
  first:
    runs-on: x
    permissions: {contents: write}
    steps:
      - uses: actions/checkout@v4
      - run: |
          git config user.name a; git config user.email a@example.invalid
          git commit --quiet --allow-empty -m "attempt $GITHUB_RUN_ATTEMPT"
          git push --quiet origin "HEAD:refs/heads/attempt-$GITHUB_RUN_ID-$GITHUB_RUN_ATTEMPT"
  second:
    runs-on: x
    needs: first
    steps:
      - uses: openai/codex-action@v1
        with: {prompt: hold, openai-api-key: key}
      - run: echo "attempt $GITHUB_RUN_ATTEMPT"
"""

PROGRAM = """
import asyncio, sys
from pathlib import Path
import httpx
from bot.sandbox.github_server import GitHubServer

async def hold(request):
    print("holding", flush=True)
    await asyncio.Event().wait()

async def main():
    server = GitHubServer(Path(sys.argv[1]), bot_token="t", stand_in=hold)
    await server.import_tree(Path(sys.argv[2]), "Start")
    await server.start()
    async with httpx.AsyncClient(trust_env=False, headers={"Authorization": "token t"}) as client:
        body = {"event_type": "go", "client_payload": {"id": "inc_1", "pipe": sys.argv[3]}}
        await client.post(f"{server.api_url}/repos/suture-lab/suture/dispatches", json=body)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_a_stopped_run_starts_again_with_the_same_id_and_the_next_attempt(start_github):
    arrived = asyncio.Event()

    async def hold(request):
        arrived.set()
        await asyncio.Event().wait()

    first = await start_github(workflow=WORKFLOW, stand_in=hold)
    [run] = await first.dispatch(id="inc_1")
    await arrived.wait()
    await first.server.stop()
    assert first.server.runs[0].status == "in_progress"

    second = await start_github()
    ended = await second.server.wait_for_run(run.id)

    assert (ended.id, ended.run_attempt, ended.conclusion) == (run.id, 2, "success")
    assert ended.event_payload["client_payload"] == {"id": "inc_1"}
    assert [(job.key, job.run_attempt) for job in ended.jobs] == [("first", 2), ("second", 2)]
    assert {"main", "attempt-1-1", "attempt-1-2"} == set(await second.server.list_branches())
    assert "attempt 2" in second.server.read_log(run.id)


async def test_waiting_runs_keep_their_order_over_a_restart(start_github):
    workflow = WORKFLOW.replace("jobs:", "concurrency: {group: one}\njobs:")
    arrived = asyncio.Event()

    async def hold(request):
        arrived.set()
        await asyncio.Event().wait()

    async def answer(request):
        return CodexAnswer(final_message="")

    first = await start_github(workflow=workflow, stand_in=hold)
    await first.dispatch(id="a")
    await arrived.wait()
    await first.dispatch(id="b")
    await first.server.stop()

    second = await start_github(stand_in=answer)
    await second.server.wait_idle()

    a, b = second.server.runs
    assert (a.conclusion, b.conclusion) == ("success", "success")
    assert a.jobs[-1].completed_at <= b.jobs[0].started_at


async def test_a_killed_server_loses_nothing(start_github, make_tree, tmp_path):
    tree = make_tree({".github/workflows/go.yml": WORKFLOW, "a.py": ""}, "killed-tree")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, str(tmp_path / "github"), str(tree), "", stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert (await process.stdout.readline()).strip() == b"holding"
    process.send_signal(signal.SIGKILL)
    await process.communicate()
    stale = tmp_path / "github" / "repository.git" / "refs" / "heads" / "attempt-1-2.lock"
    stale.touch()
    (tmp_path / "github" / "runs" / ".1.json.99.1.tmp").write_text("{half")

    lab = await start_github()
    run = await lab.server.wait_for_run(1)

    assert (run.conclusion, run.run_attempt) == ("success", 2)
    assert [entry.note.split()[0] for entry in lab.server.journal if entry.is_write] == [
        "dispatch",
        "attempt-1-1",
        "attempt-1-2",
    ]
    assert (await lab.run(id="again")).id == 2


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="only /proc tells whose a process is")
async def test_the_steps_of_a_killed_server_end_when_it_comes_back(start_github, make_tree, tmp_path):
    steps = 'echo $$ > "${{ github.event.client_payload.pipe }}"; test "$GITHUB_RUN_ATTEMPT" = 2 || sleep 600'
    workflow = f"on: {{repository_dispatch: }}\njobs: {{a: {{runs-on: x, steps: [{{run: '{steps}'}}]}}}}"
    tree = make_tree({".github/workflows/go.yml": workflow}, "killed-tree")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, str(tmp_path / "github"), str(tree), str(pipe)
    )
    orphan = int(await asyncio.to_thread(pipe.read_text))
    process.kill()
    await process.wait()
    assert Path(f"/proc/{orphan}").exists()

    lab = await start_github()
    await asyncio.to_thread(pipe.read_text)
    run = await lab.server.wait_for_run(1)

    status = Path(f"/proc/{orphan}/stat")
    assert not status.exists() or " Z " in status.read_text()
    assert (run.conclusion, run.run_attempt) == ("success", 2)
