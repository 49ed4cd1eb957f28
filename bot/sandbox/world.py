"""The whole local world: Discord, GitHub and the bot between them, in one directory that outlives a kill."""

import json
import secrets
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.sandbox.bot_process import BotProcess
from bot.sandbox.chat_page import ChatPage
from bot.sandbox.codex_cli import CodexCli
from bot.sandbox.codex_stand_in import Repertoire
from bot.sandbox.discord_person import Person
from bot.sandbox.discord_server import DiscordServer
from bot.sandbox.github_hooks import HookSender
from bot.sandbox.github_server import GitHubServer
from bot.sandbox.model_server import ModelServer
from bot.sandbox.planted_fault import CannotPlant, pack, plant, project_root
from bot.sandbox.railway_edge import RailwayEdge
from bot.sandbox.railway_host import RailwayHost
from bot.sandbox.railway_server import RailwayServer

REPOSITORY = "suture-lab/suture"
LEDGER_TESTS = "python -m pytest -q -p no:cacheprovider tests/unit/ledger"
POLL_SECONDS = "0.5"
VERIFY_MINUTES = "0.05"
"""Three seconds without the fault, under three requests, are enough here."""
VERIFY_REQUESTS = "3"
CHECKS = """\
name: CI
on:
  pull_request:
    types: [opened, synchronize, reopened, ready_for_review]
permissions:
  contents: read
jobs:
  tests:
    name: Tests
    runs-on: ubuntu-latest
    steps:
      - name: Check out
        uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
      - name: Set up Python
        uses: actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97 # v7.0.0
        with:
          python-version: "3.12"
      - name: Test
        run: LEDGER_TESTS
"""
"""The sandbox repository's own checks, which a person's click on “Ready for review” starts."""


@dataclass
class World:
    """A running sandbox."""

    directory: Path
    discord: DiscordServer
    github: GitHubServer
    chat: ChatPage
    railway: RailwayServer
    model: Repertoire
    base_sha: str
    """The commit that the bot ran at the start."""
    panel_key: str
    """The admin's key of the bot's panel, where it is served."""

    @property
    def bot(self) -> BotProcess:
        """The bot that is live."""
        bot = self.railway.host.bot
        if bot is None:
            raise CannotPlant("No bot runs in this world: it was stopped.")
        return bot

    @property
    def admin(self) -> Person:
        """Who is on the allowlist."""
        return self.discord.person("ada")

    @property
    def member(self) -> Person:
        """Who is not."""
        return self.discord.person("bob")


def facts_of(directory: Path) -> dict[str, str]:
    """The world's own tokens and ports, made at its first start."""
    file = directory / "world.json"
    known: dict[str, str] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    made = {
        f"{name}_token": secrets.token_urlsafe(40)
        for name in ("discord", "github", "railway", "railway_account", "hook", "panel")
    }
    keep_facts(directory, facts := {**made, **known})
    return facts


def keep_facts(directory: Path, facts: dict[str, str]) -> None:
    """Write the facts so that a kill leaves the old ones or the new ones."""
    draft = directory / "world.json.new"
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(facts), encoding="utf-8")
    draft.replace(directory / "world.json")


def clear(directory: Path) -> None:
    """Forget an old world. Raises CannotPlant when the folder is not one."""
    if not directory.exists():
        return
    if any(directory.iterdir()) and not (directory / "world.json").exists():
        raise CannotPlant(f"{directory} is not a sandbox (it has no world.json): choose another --directory.")
    shutil.rmtree(directory)


async def serve_repository(github: GitHubServer) -> str:
    """Put this project, with its planted fault, into the local GitHub, once; the commit that the bot runs."""
    there = await github.read_branch("main")
    if there:
        return there
    with tempfile.TemporaryDirectory(prefix="suture-pack-") as folder:
        pack(Path(folder), project_root())
        plant(Path(folder))
        checks = Path(folder, ".github/workflows/ci.yml")
        checks.write_text(CHECKS.replace("LEDGER_TESTS", LEDGER_TESTS), encoding="utf-8")
        return await github.import_tree(Path(folder), "The bot as it was deployed")


def bot_settings(
    discord: DiscordServer, github: GitHubServer, facts: dict[str, str], directory: Path
) -> dict[str, str]:
    """The environment of the bot in this world, but for what its Railway gives it."""
    return {
        "DISCORD_TOKEN": facts["discord_token"],
        "DISCORD_API_URL": discord.api_url,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
        "DEBUG_ADMINS": str(discord.person("ada").id),
        "DEBUG_CHANNEL_ID": str(discord.channel("ops").id),
        "CHANNEL_NAME": "ledger",
        "BOT_ENV": "sandbox",
        "STATE_DIR": str(directory / "bot-state"),
        "GITHUB_API_URL": github.api_url,
        "GITHUB_REPO": REPOSITORY,
        "GITHUB_DISPATCH_TOKEN": facts["github_token"],
        "GITHUB_WEBHOOK_SECRET": facts["hook_token"],
        "RAILWAY_API_TOKEN": facts["railway_token"],
        "AUTOFIX_POLL_SECONDS": POLL_SECONDS,
        "AUTOFIX_VERIFY_MINUTES": VERIFY_MINUTES,
        "AUTOFIX_VERIFY_REQUESTS": VERIFY_REQUESTS,
        "WATCHDOG_LOOP_LAG_MS": "30000",
        "WATCHDOG_CPU_THRESHOLD": "1",  # proving a patch takes all of a small machine: no fault here
    }


def port_of(url: str) -> str:
    """The port of an address of ours."""
    return url.rsplit(":", 1)[1]


async def start_on(server: DiscordServer | GitHubServer | ChatPage | RailwayServer | RailwayEdge, port: int) -> None:
    """Start on the port that the world had before, so that old links go on working; else on a free one."""
    try:
        await server.start(port)
    except OSError:
        await server.start(0)


def local_github(directory: Path, facts: dict[str, str], model: Repertoire) -> GitHubServer:
    """The local GitHub of this directory, not yet started."""
    return GitHubServer(
        directory / "github",
        repo=REPOSITORY,
        bot_token=facts["github_token"],
        stand_in=model,
        secrets={"OPENAI_API_KEY": "no-model-here"},
        variables={"AUTOFIX_TEST_COMMAND": LEDGER_TESTS},
        python=sys.executable,
    )


def local_railway(github: GitHubServer, facts: dict[str, str], host: RailwayHost) -> RailwayServer:
    """The local Railway of this directory, not yet started."""
    project, account = facts["railway_token"], facts["railway_account_token"]
    return RailwayServer(host, github, project_token=project, account_token=account)


@contextmanager
def hold(directory: Path) -> Iterator[None]:
    """Keep a world to one process (where the platform has file locks). Raises CannotPlant when it is taken."""
    with (directory / "lock").open("w") as lock:
        try:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:
            pass  # Windows: two sandboxes in one folder are then the user's own doing
        except OSError as error:
            raise CannotPlant(f"Another sandbox lives in {directory}: end it, or choose a --directory.") from error
        yield


async def opened_codex(stack: AsyncExitStack, program: str) -> CodexCli:
    """The Codex CLI, with a scripted model that is served until the stack closes."""
    server = ModelServer()
    await server.start()
    stack.push_async_callback(server.stop)
    return CodexCli(program, server.base_url)


@asynccontextmanager
async def open_world(
    directory: Path, say: Callable[[str], None], codex: str | None = None, *, panel: bool = False
) -> AsyncIterator[World]:
    """Start the world of this directory (a new one when it is empty) and stop all of it at the end.

    `codex` is a Codex CLI that is to write the patches, a scripted model behind it; with `panel` the bot serves one.
    """
    directory = directory.resolve()
    directory.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        stack.enter_context(hold(directory))
        facts = facts_of(directory)
        discord = DiscordServer(directory / "discord", token=facts["discord_token"])
        await start_on(discord, int(facts.get("discord_port", "0")))
        stack.push_async_callback(discord.stop)
        model = Repertoire(await opened_codex(stack, codex)) if codex else Repertoire()
        github = local_github(directory, facts, model)
        await start_on(github, int(facts.get("github_port", "0")))
        stack.push_async_callback(github.stop)
        chat = ChatPage(discord, github, directory)
        await start_on(chat, int(facts.get("chat_port", "0")))
        stack.push_async_callback(chat.stop)
        address = github.clone_url.replace("://", f"://x-access-token:{facts['github_token']}@")
        host = RailwayHost(directory, address, say=say)
        railway = local_railway(github, facts, host)
        await start_on(railway, int(facts.get("railway_port", "0")))
        stack.push_async_callback(railway.stop)
        edge = RailwayEdge(host.live_port)
        await start_on(edge, int(facts.get("edge_port", "0")))
        stack.push_async_callback(edge.stop)
        urls = {"discord": discord.url, "github": github.url, "chat": chat.url, "railway": railway.url}
        urls["edge"] = edge.url
        keep_facts(directory, {**facts, **{f"{name}_port": port_of(url) for name, url in urls.items()}})
        sha = await serve_repository(github)
        served = {"WEB_ENABLED": "true", "WEB_ADMIN_KEY": facts["panel_token"]} if panel else {}
        given = bot_settings(discord, github, facts, directory)
        host.settings = {**given, **served, "RAILWAY_API_URL": railway.api_url}
        chat.panel, chat.panel_key = f"{edge.url}/" if panel else None, facts["panel_token"]
        stack.push_async_callback(host.stop)
        await host.start(sha)
        hooks = HookSender(github, facts["hook_token"], host.hook_address)
        hooks.start()
        stack.push_async_callback(hooks.stop)
        yield World(directory, discord, github, chat, railway, model, sha, facts["panel_token"])
