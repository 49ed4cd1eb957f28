"""The lab with a local GitHub beside it, whose workflow runs for real."""

import asyncio
import logging
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from bot.apis.github import open_github
from bot.records.work_order import Status, WorkOrder
from bot.repair.git import git
from bot.repair.publication import AUTHOR, Remote
from bot.sandbox.codex_stand_in import stand_in
from bot.sandbox.discord_server import DiscordServer
from bot.sandbox.discord_view import Message
from bot.sandbox.github_server import GitHubServer
from bot.sandbox.github_tokens import BOT_PERMISSIONS
from bot.sandbox.planted_fault import pack, plant, project_root
from bot.sandbox.workflow_actions import StandIn
from bot.sandbox.world import LEDGER_TESTS, REPOSITORY
from tests.stories.lab import LONG, Lab, open_bot, open_discord

GITHUB_TOKEN = "lab-" + "y" * 30
KEY = {"OPENAI_API_KEY": "none"}
QUICK = "python -m compileall -q bot/ledger"
"""What stands for a project's tests where a story is not about the proof: its exit code alone gives level 2."""


@asynccontextmanager
async def open_github_server(
    directory: Path,
    model: StandIn = stand_in,
    secrets: Mapping[str, str] = KEY,
    tests: str = LEDGER_TESTS,
    rights: Mapping[str, str] = BOT_PERMISSIONS,
) -> AsyncIterator[GitHubServer]:
    """A local GitHub that serves this project with its planted fault; `rights` are those of the bot's token."""
    github = GitHubServer(
        directory / "github",
        repo=REPOSITORY,
        bot_token=GITHUB_TOKEN,
        stand_in=model,
        secrets=secrets,
        bot_permissions=rights,
        variables={"AUTOFIX_TEST_COMMAND": tests},
        python=sys.executable,
    )
    await github.start()
    try:
        if not await github.read_branch("main"):
            with tempfile.TemporaryDirectory() as folder:
                pack(Path(folder), project_root())
                plant(Path(folder))
                await github.import_tree(Path(folder), "The bot as it was deployed")
        yield github
    finally:
        await github.stop()


def github_settings(github: GitHubServer) -> dict[str, str]:
    """The bot's settings for this GitHub."""
    return {
        "GITHUB_API_URL": github.api_url,
        "GITHUB_REPO": REPOSITORY,
        "GITHUB_DISPATCH_TOKEN": GITHUB_TOKEN,
    }


@dataclass
class Loop:
    """A bot, its Discord and its GitHub."""

    lab: Lab
    github: GitHubServer

    async def open_issue(self, summary: str = "a comma breaks lunch") -> Message:
        """Open an issue about the planted fault; returns the review that comes to the admin."""
        log_the_planted_fault()
        reply = await self.lab.person("ada").slash("debug_open_issue", channel="ops", summary=summary)
        return await reply.message(1, LONG)

    async def order(self, *statuses: Status) -> WorkOrder:
        """The newest order with one of these statuses, once there is one."""
        while True:
            orders = await self.lab.client.face.store.orders.newest()
            found = next((order for order in orders if order.status in statuses), None)
            if found is not None:
                return found
            with self.lab.discord.subscribe() as events:
                await anext(events)

    @property
    def writes(self) -> list[str]:
        """Every write on the local GitHub."""
        return [f"{entry.who} {entry.method} {entry.path}" for entry in self.github.journal if entry.is_write]


def push_a_branch(remote: Remote, clone: Path) -> None:
    """Push a commit of a developer's as the branch `unrelated`."""
    clone.mkdir()
    git(clone, "clone", "--quiet", remote.url, ".", extra=remote.config)
    (clone / "NOTES.md").write_text("unrelated\n")
    git(clone, "add", "NOTES.md")
    git(clone, "commit", "--quiet", "-m", "unrelated", extra=AUTHOR)
    git(clone, "push", "--quiet", remote.url, "HEAD:refs/heads/unrelated", extra=remote.config)


async def open_unrelated_pull(github: GitHubServer, directory: Path) -> int:
    """Somebody else's branch and pull request, by a developer's own token."""
    developer = "dev-" + "z" * 30
    github.add_token(developer, {"contents": "write", "pull_requests": "write"})
    remote = Remote(url=github.clone_url, token=developer)
    await asyncio.to_thread(push_a_branch, remote, directory / "developer")
    async with open_github(github.api_url, developer, REPOSITORY) as api:
        pull = await api.open_draft({"title": "unrelated", "body": "", "head": "unrelated", "base": "main"})
    return pull.number


def log_the_planted_fault() -> None:
    """Log what the planted fault logs: Decimal refusing a comma in read_amount."""

    def read_amount() -> None:
        Decimal("12,50")

    try:
        read_amount()
    except ArithmeticError:
        logging.getLogger("bot.ledger").exception("the amount could not be read")


def token_in(review: Message) -> str:
    """The confirm token that a review shows."""
    word = next(word for word in review.content.split() if word.startswith("token:"))
    return word.strip("`").removeprefix("token:")


@asynccontextmanager
async def open_loop(
    directory: Path,
    model: StandIn = stand_in,
    secrets: Mapping[str, str] = KEY,
    tests: str = QUICK,
    **settings: object,
) -> AsyncIterator[Loop]:
    """Discord, GitHub and a bot between them; a patch is proved no further than `tests` shows."""
    async with (
        open_discord(directory) as discord,
        open_github_server(directory, model, secrets, tests) as github,
        open_bot_at(discord, github, directory, **settings) as lab,
    ):
        yield Loop(lab, github)


@asynccontextmanager
async def open_bot_at(
    discord: DiscordServer, github: GitHubServer, directory: Path, **settings: object
) -> AsyncIterator[Lab]:
    """A bot between this Discord and this GitHub."""
    async with open_bot(discord, directory, **{**github_settings(github), **settings}) as lab:
        yield lab
