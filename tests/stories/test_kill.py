"""Promise: killed between any two steps, bot or whole sandbox, it goes on to the same single pull request."""

import asyncio
import re
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.sandbox.discord_view import Message
from bot.sandbox.world import World, open_world

LONG = 300.0


async def kill_the_bot(world: World) -> None:
    """SIGKILL the bot's process and wait until the next one is connected."""
    process, gateway = world.bot.process, world.discord.gateway
    before = gateway.disconnect_count
    assert process is not None
    process.kill()
    await process.wait()
    events = world.discord.world.events
    await events.wait_for(lambda: gateway.disconnect_count > before or None, "the end of the old bot", LONG)
    await events.wait_for(lambda: gateway.is_connected or None, "the new bot", LONG)


async def card_with(world: World, shows: Callable[[Message], bool], what: str) -> Message:
    """The incident's card in #ops, once it shows something."""

    def look() -> Message | None:
        return next((m for m in world.admin.sees("ops") if m.embeds and not m.ephemeral and shows(m)), None)

    return await world.discord.world.events.wait_for(look, what, LONG)


async def broken(world: World) -> None:
    """Wait until the member was told that something broke: only then is the error in the log."""

    def look() -> Message | None:
        return next((m for m in world.member.sees("ledger") if "Something broke" in m.content), None)

    await world.discord.world.events.wait_for(look, "the error", LONG)


async def dispatched(world: World, count: int) -> None:
    """Wait until GitHub has taken so many dispatches."""

    def look() -> bool | None:
        return len([e for e in world.github.journal if e.path.endswith("/dispatches")]) >= count or None

    await world.discord.world.events.wait_for(look, f"dispatch {count}", LONG)


def button(label: str) -> Callable[[Message], bool]:
    return lambda message: message.button(label) is not None


def words(text: str) -> Callable[[Message], bool]:
    return lambda message: text in str(message.embeds)


def either(*ones: Callable[[Message], bool]) -> Callable[[Message], bool]:
    return lambda message: any(one(message) for one in ones)


async def test_a_bot_that_is_killed_between_all_steps_ends_with_one_pull_request(tmp_path):
    async with open_world(tmp_path / "world", lambda _: None) as world:
        await world.discord.wait_until_commands(LONG)
        await world.member.say("ledger", "lunch 12,50")
        await broken(world)
        await world.admin.slash("debug_open_issue", channel="ops", summary="a comma breaks lunch")
        await dispatched(world, 1)
        await kill_the_bot(world)

        await card_with(world, either(words("at work"), button("Review")), "a proposal that runs or has just run")
        await kill_the_bot(world)

        card = await card_with(world, button("Review"), "a card to review")
        await kill_the_bot(world)

        review = await (await world.admin.click(card, "Review")).message(0, LONG)
        await kill_the_bot(world)
        stale = await (await world.admin.click(review, "Approve")).done()
        assert "not valid" in stale.content

        review = await (await world.admin.click(card, "Review")).message(0, LONG)
        await world.admin.click(review, "Approve")
        await dispatched(world, 2)
        await kill_the_bot(world)

        await card_with(world, words("/pull/1"), "the card of the open draft")
        (pull,) = world.github.pulls
        assert pull.draft
        titles = [run.display_title for run in world.github.runs if run.conclusion == "success"]
        assert sorted(re.sub(r"inc_\w+", "inc", title) for title in titles) == [
            "suture inc propose 1",
            "suture inc publish 1",
        ]
        cards = [m for m in world.admin.sees("ops") if not m.ephemeral and "· wo_" in str(m.embeds)]
        assert len(cards) == 1


@dataclass
class Terminal:
    """`python -m bot sandbox` in a process group of its own, driven by its prompt."""

    directory: Path
    process: asyncio.subprocess.Process | None = None
    seen: str = ""
    _reader: asyncio.Task[None] | None = field(default=None, repr=False)

    async def start(self) -> None:
        self.seen = ""
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "sandbox", "--directory", str(self.directory),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        self._reader = asyncio.create_task(self._read(self.process))
        await self.sees("bot's log:")

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while data := await process.stdout.read(4096):
            self.seen += data.decode("utf-8", "replace")

    async def type(self, line: str) -> None:
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")
        await self.process.stdin.drain()

    async def sees(self, text: str) -> None:
        async with asyncio.timeout(LONG):
            while text not in self.seen:
                assert self.process is not None
                assert self.process.returncode is None, f"the sandbox ended: {self.seen[-2000:]}"
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()
        assert self._reader is not None
        await self._reader

    async def quit(self) -> int:
        await self.type("quit")
        assert self.process is not None
        code = await self.process.wait()
        assert self._reader is not None
        await self._reader
        return code


def bots_of(directory: Path) -> list[int]:
    """The processes whose working directory is this world's checkout."""
    found = []
    for entry in Path("/proc").iterdir() if Path("/proc").is_dir() else ():
        if entry.name.isdigit():
            try:
                if directory / "checkout" in (entry / "cwd").readlink().parents:
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


@pytest.fixture
async def terminal(tmp_path):
    terminal = Terminal(tmp_path / "world")
    await terminal.start()
    yield terminal
    if terminal.process is not None and terminal.process.returncode is None:
        await terminal.kill()


async def test_a_sandbox_that_is_killed_goes_on_and_leaves_no_process_behind(terminal, tmp_path):
    await terminal.type("lunch 12,50")
    await terminal.sees("Something broke")
    await terminal.type('/debug_open_issue summary:"a comma breaks lunch"')
    await terminal.sees("propose · Write the brief")
    await terminal.kill()

    await terminal.start()
    await terminal.sees("[ Review ]")
    await terminal.kill()

    await terminal.start()
    await terminal.type("click Review")
    await terminal.sees("[ Approve ]")
    await terminal.type("click Approve")
    await terminal.sees("publish · Set up job")
    await terminal.kill()

    await terminal.start()
    await terminal.sees("Draft pull request open")
    assert await terminal.quit() == 0
    async with asyncio.timeout(20):
        while bots_of(tmp_path / "world"):
            await asyncio.sleep(0.1)
    pulls = list((tmp_path / "world" / "github").rglob("pulls/*.json"))
    assert len(pulls) == 1
