"""Promise: the weekly workflow shows what it would do, and does it only when it is asked to be live."""

import shutil
import sys

import pytest

from bot.sandbox.github_server import GitHubServer
from bot.sandbox.planted_fault import pack, project_root
from bot.sandbox.sentry_server import SentryServer
from tests.intake_factories import an_issue

FILE = "self-healing.yml"
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
