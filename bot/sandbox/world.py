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
from bot.sandbox.github_repository import build_git_environment, run_program
from bot.sandbox.github_server import GitHubServer
from bot.sandbox.model_server import ModelServer
from bot.sandbox.planted_fault import CannotPlant, pack, plant, project_root

REPOSITORY = "suture-lab/suture"
LEDGER_TESTS = "python -m pytest -q -p no:cacheprovider tests/unit/ledger"
POLL_SECONDS = "0.5"


@dataclass
class World:
    """A running sandbox."""

    directory: Path
    discord: DiscordServer
    github: GitHubServer
    chat: ChatPage
    bot: BotProcess
    model: Repertoire
    base_sha: str
    """The commit that the bot runs."""

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
    if file.exists():
        facts: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
        return facts
    facts = {"discord_token": secrets.token_urlsafe(40), "github_token": secrets.token_urlsafe(30)}
    keep_facts(directory, facts)
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
        return await github.import_tree(Path(folder), "The bot as it was deployed")


async def check_out(github: GitHubServer, directory: Path, token: str, sha: str) -> Path:
    """A fresh checkout of the served commit for the bot to run from, cloned as a host would."""
    checkout = directory / "checkout"
    if checkout.exists():
        shutil.rmtree(checkout)
    address = github.clone_url.replace("://", f"://x-access-token:{token}@")
    environment = build_git_environment(directory)
    for arguments in (
        ["clone", "--quiet", "--no-checkout", address, str(checkout)],
        ["-C", str(checkout), "checkout", "--quiet", sha],
    ):
        code, _, words = await run_program(["git", *arguments], environment=environment)
        if code:
            raise CannotPlant(f"The bot's code could not be checked out: {words.decode(errors='replace').strip()}")
    return checkout


def bot_settings(
    discord: DiscordServer, github: GitHubServer, facts: dict[str, str], directory: Path
) -> dict[str, str]:
    """The environment of the bot in this world."""
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
        "AUTOFIX_POLL_SECONDS": POLL_SECONDS,
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def port_of(url: str) -> str:
    """The port of an address of ours."""
    return url.rsplit(":", 1)[1]


async def start_on(server: DiscordServer | GitHubServer | ChatPage, port: int) -> None:
    """Start on the port that the world had before, so that old links go on working; else on a free one."""
    try:
        await server.start(port)
    except OSError:
        await server.start(0)


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
async def open_world(directory: Path, say: Callable[[str], None], codex: str | None = None) -> AsyncIterator[World]:
    """Start the world of this directory (a new one when it is empty) and stop all of it at the end.

    `codex` is a Codex CLI that is to write the patches, a scripted model behind it.
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
        github = GitHubServer(
            directory / "github",
            repo=REPOSITORY,
            bot_token=facts["github_token"],
            stand_in=model,
            secrets={"OPENAI_API_KEY": "no-model-here"},
            variables={"AUTOFIX_TEST_COMMAND": LEDGER_TESTS},
            python=sys.executable,
        )
        await start_on(github, int(facts.get("github_port", "0")))
        stack.push_async_callback(github.stop)
        chat = ChatPage(discord, github, directory)
        await start_on(chat, int(facts.get("chat_port", "0")))
        stack.push_async_callback(chat.stop)
        servers = {"discord_port": discord.url, "github_port": github.url, "chat_port": chat.url}
        ports = {name: port_of(url) for name, url in servers.items()}
        keep_facts(directory, {**facts, **ports})
        sha = await serve_repository(github)
        checkout = await check_out(github, directory, facts["github_token"], sha)
        settings = {**bot_settings(discord, github, facts, directory), "GIT_SHA": sha}
        bot = BotProcess(checkout, directory / "bot.log", settings, say)
        await bot.start()
        stack.push_async_callback(bot.stop)
        yield World(directory, discord, github, chat, bot, model, sha)
