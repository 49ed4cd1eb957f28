"""A local Sentry and a local GitHub with the intake between them, and a hand for each of its steps."""

import secrets
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.apis.github_drafts import open_draft_desk
from bot.apis.sentry import Project, open_sentry
from bot.intake.draft_plan import Wish
from bot.intake.normalise import Judge
from bot.intake.out_files import OutFiles
from bot.intake.patch_task import PatchTask
from bot.intake.repository import Repository
from bot.intake.rules import load_rules
from bot.intake.steps import Told, all_tasks, make_drafts, normalise, preview, pull_sentry, read_junit, read_playwright
from bot.sandbox.github_server import GitHubServer
from bot.sandbox.sentry_server import SentryServer
from tests.intake_factories import NOW, an_issue

PERMISSIONS = {"contents": "write", "pull_requests": "write"}
TREE = {
    "README.md": "# Suture\n",
    "bot/ledger/amount.py": "def parse(text):\n    return float(text)\n",
    "bot/cogs/ledger.py": "from bot.ledger.amount import parse\n",
    ".github/CODEOWNERS": "* @suture-lab/everybody\n/bot/ledger/ @suture-lab/ledger @ada\n",
}


@dataclass
class World:
    """The servers, the folder of the files, and the steps."""

    sentry: SentryServer
    out: OutFiles
    judge: Judge
    pauses: list[float]
    environment: str = "production"
    server: GitHubServer | None = None

    @property
    def github(self) -> GitHubServer:
        assert self.server is not None
        return self.server

    async def pull(self, limit=100, with_events=True) -> Told:
        project = Project(organisation="suture-lab", name="suture", environment=self.environment)

        async def pause(seconds: float) -> None:
            self.pauses.append(seconds)

        async with open_sentry(self.sentry.url, self.sentry.token, project, pause=pause) as sentry:
            environment = self.environment if with_events else None
            return await pull_sentry(sentry, self.out, limit, environment, lambda: None)

    def playwright(self, report: Path) -> Told:
        return read_playwright(report, self.out, self.judge, NOW)

    def junit(self, *reports: Path) -> Told:
        return read_junit(reports, self.out, self.judge, NOW)

    def normalise(self, least=2) -> Told:
        return normalise(self.out, self.judge, least)

    @property
    def tasks(self) -> list[PatchTask]:
        return all_tasks(self.out)

    async def prs(self, tasks=None, *, dry_run=False, **wish) -> Told:
        wanted = Wish(complete=self.out.complete(), **wish)
        given = self.tasks if tasks is None else tasks
        async with open_draft_desk(self.github.api_url, self.github.bot_token, self.github.repo) as desk:
            if dry_run:
                return preview(given, await desk.pulls(), wanted)
            return await make_drafts(given, desk, wanted, lambda: None)

    async def all(self, **wish) -> Told:
        await self.pull()
        self.normalise()
        return await self.prs(**wish)

    @property
    def writes(self) -> list[str]:
        return [f"{entry.method} {entry.path}" for entry in self.github.journal if entry.is_write]


@pytest.fixture
def tree(tmp_path):
    for path, text in TREE.items():
        target = tmp_path / "tree" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return tmp_path / "tree"


@pytest.fixture
def judge(tree):
    return Judge(rules=load_rules(), repository=Repository.at(tree))


async def no_stand_in(request):
    raise AssertionError("no coding agent is asked by the intake")


@pytest.fixture
async def reading(tmp_path, judge):
    """A world without GitHub: what is only read from Sentry needs none."""
    sentry = SentryServer("sntrys_" + secrets.token_hex(12), issues=[an_issue()])
    await sentry.start()
    yield World(sentry, OutFiles(tmp_path / "out"), judge, [])
    await sentry.stop()


@pytest.fixture
async def world(reading, tmp_path, tree):
    token = "github_" + "pat_" + secrets.token_hex(18)
    github = GitHubServer(tmp_path / "github", bot_token=token, stand_in=no_stand_in, bot_permissions=PERMISSIONS)
    await github.import_tree(tree, "Start")
    await github.start()
    reading.server = github
    yield reading
    await github.stop()
