"""The local Railway's machine: builds a commit, starts the bot from it, and lets the one before leave in order."""

import asyncio
import secrets
import shutil
import socket
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path

import aiohttp

from bot.sandbox.bot_process import BotProcess
from bot.sandbox.github_repository import build_git_environment, run_program
from bot.sandbox.github_site import Clock, read_utc_now
from bot.sandbox.planted_fault import CannotPlant
from bot.sandbox.railway_records import UNFINISHED, Deployment, DeploymentBook, Status

HEALTHY_SECONDS = 45.0
"""How long a new deployment may take until it answers its health check."""
LOOK_SECONDS = 0.05
NAMES = {"RAILWAY_PROJECT_ID": "suture-lab", "RAILWAY_SERVICE_ID": "bot", "RAILWAY_ENVIRONMENT_ID": "sandbox"}


class BuildFailed(Exception):
    """A commit could not be built or did not come up; the sentence says why."""


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def check_out(address: str, checkout: Path, sha: str) -> None:
    """A fresh checkout of a commit for the bot to run from, cloned as a host would. Raises BuildFailed."""
    shutil.rmtree(checkout, ignore_errors=True)
    environment = build_git_environment(checkout.parent)
    for arguments in (
        ["clone", "--quiet", "--no-checkout", address, str(checkout)],
        ["-C", str(checkout), "checkout", "--quiet", sha],
    ):
        code, _, words = await run_program(["git", *arguments], environment=environment)
        if code:
            raise BuildFailed(f"The bot's code could not be checked out: {words.decode(errors='replace').strip()}")


@dataclass
class RailwayHost:
    """One service with one environment; its deployments run one after the other."""

    directory: Path
    """The world's; the checkouts lie below it."""
    clone_address: str
    """Where git finds the repository, with the token in it."""
    _: KW_ONLY
    say: Callable[[str], None]
    settings: Mapping[str, str] = field(default_factory=dict)
    """The bot's environment, but for what Railway itself gives it."""
    clock: Clock = read_utc_now
    carries: bool = True
    """Whether it builds and starts what it is told to deploy; else it only writes that down."""
    bot: BotProcess | None = None
    """What runs now."""
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        folder = self.directory / "railway"
        folder.mkdir(parents=True, exist_ok=True)
        self.book = DeploymentBook(folder)

    async def start(self, commit: str) -> None:
        """Run this commit at once, as the deployment that is live already. Raises CannotPlant."""
        for cut_short in [each for each in self.book.all() if each.status in UNFINISHED]:
            self._save(cut_short, "REMOVED")
        live = [each for each in self.book.all() if each.status == "SUCCESS"]
        for old in live[:-1] if live and live[-1].commit == commit else live:
            self._save(old, "REMOVED")
        now = live[-1] if live and live[-1].commit == commit else self._new(commit, "SUCCESS")
        try:
            self.bot = await self._built(now)
        except BuildFailed as error:
            raise CannotPlant(str(error)) from error
        await self.bot.start()

    async def stop(self) -> None:
        """End what is being deployed, and the bot."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.bot is not None:
            await self.bot.stop()

    def hook_address(self) -> str | None:
        """Where the live bot takes GitHub's webhooks."""
        return f"http://127.0.0.1:{self.bot.settings['PORT']}/hooks/github" if self.bot else None

    def live_port(self) -> int:
        """The port of the live bot, which is another one after each deploy; 0 while there is none."""
        return int(self.bot.settings["PORT"]) if self.bot else 0

    def deploy(self, commit: str) -> Deployment:
        """Begin to deploy a commit; `book` tells how it goes."""
        deployment = self._new(commit, "QUEUED")
        if not self.carries:
            return deployment
        task = asyncio.create_task(self._carry(deployment), name=f"deployment {deployment.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return deployment

    def _new(self, commit: str, status: Status) -> Deployment:
        made = Deployment(id=f"dep-{secrets.token_hex(8)}", commit=commit, status=status, created_at=self.clock())
        return self.book.save(made)

    def _save(self, deployment: Deployment, status: Status, why: str = "") -> Deployment:
        return self.book.save(deployment.model_copy(update={"status": status, "why": why}))

    async def _carry(self, deployment: Deployment) -> None:
        async with self._turn:
            before = [each for each in self.book.all() if each.status == "SUCCESS"]
            self.say(f"Railway builds {deployment.commit[:12]}")
            try:
                deployment = self._save(deployment, "BUILDING")
                coming = await self._built(deployment)
                deployment = self._save(deployment, "DEPLOYING")
                await self._bring_up(coming)
            except BuildFailed as error:
                self._save(deployment, "FAILED", str(error))
                self.say(f"Railway: the deployment of {deployment.commit[:12]} failed: {error}")
                return
            going, self.bot = self.bot, coming
            self._save(deployment, "SUCCESS")
            for old in before:
                self._save(old, "REMOVED")
            self.say(f"Railway runs {deployment.commit[:12]} now; the bot before it is told to leave")
            if going is not None:
                await going.drain()

    async def _built(self, deployment: Deployment) -> BotProcess:
        checkout = self.directory / "checkout" / deployment.id
        checkout.parent.mkdir(exist_ok=True)
        await check_out(self.clone_address, checkout, deployment.commit)
        given = {
            **NAMES,
            "RAILWAY_DEPLOYMENT_ID": deployment.id,
            "RAILWAY_GIT_COMMIT_SHA": deployment.commit,
            "PORT": str(free_port()),
        }
        return BotProcess(checkout, self.directory / "bot.log", {**self.settings, **given}, self.say)

    async def _bring_up(self, bot: BotProcess) -> None:
        """Start it and wait until it is healthy. Raises BuildFailed when it does not get there; then it is ended."""
        await bot.start(keep=False)
        try:
            async with asyncio.timeout(HEALTHY_SECONDS):
                await until_healthy(bot)
        except (TimeoutError, BuildFailed) as error:
            await bot.stop()
            raise BuildFailed(str(error) or f"it was not healthy within {HEALTHY_SECONDS:g} s") from error
        except asyncio.CancelledError:
            await bot.stop()
            raise
        bot.keep()


async def until_healthy(bot: BotProcess) -> None:
    """Return once the bot answers its health check. Raises BuildFailed when it ends before."""
    address = f"http://127.0.0.1:{bot.settings['PORT']}/readyz"
    async with aiohttp.ClientSession() as client:
        while True:
            if bot.process is None or bot.process.returncode is not None:
                raise BuildFailed("the bot ended before it was healthy")
            try:
                async with client.get(address) as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(LOOK_SECONDS)
