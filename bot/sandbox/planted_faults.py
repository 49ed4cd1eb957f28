"""Five faults planted in a running bot, and how each ended: noticed, and healed or escalated, without a hand."""

import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from discord.ext import commands

import bot.ledger.sheet
from bot.ledger import intent
from bot.records.playbook_run import PlaybookRun, RunStatus
from bot.sandbox.bench import LOOK_SECONDS, Bench, open_bench
from bot.sandbox.grown_faults import answers_in_time, is_empty, leak, slow_endpoint
from bot.sandbox.sheet_server import quota_fault

STORM = 3
"""Refusals of a storm: the first write and the first looks after it meet them."""
PART = "suture_planted_part"
WHOLE = "async def setup(bot):\n    pass\n"
BROKEN = "async def setup(bot):\n    raise RuntimeError('half a file was written')\n"
CARD_SECONDS = 10.0
LONGEST = 60.0
"""Seconds after which a fault counts as not noticed."""

log = logging.getLogger(__name__)

Held = Callable[[Bench], Awaitable[str]]


@dataclass(frozen=True, kw_only=True)
class Planted:
    """One fault: how it is planted, which playbook should take it, how that should end, and what must be true then."""

    name: str
    words: str
    plant: Callable[[Bench], AbstractAsyncContextManager[None]]
    playbook: str
    end: RunStatus
    held: Held
    """Says what is wrong after the run; empty when all is as it should be."""


@dataclass(frozen=True, kw_only=True)
class Score:
    """How a planted fault ended."""

    name: str
    runs: tuple[PlaybookRun, ...]
    """Every run that it took, the newest first: one that was put back may be followed by another."""
    seconds: float
    wrong: str
    """What is not as it should be; empty: nothing."""

    @property
    def line(self) -> str:
        """The score in a line."""
        ends = [f"{run.playbook} → {run.status}" for run in reversed(self.runs)]
        end = ", ".join(ends) or "not noticed"
        return (
            f"{'✓' if not self.wrong else '✗'} {self.name:<14} {end:<36} {self.seconds:5.1f} s  {self.wrong}".rstrip()
        )


@asynccontextmanager
async def storm(bench: Bench) -> AsyncIterator[None]:
    """The sheet refuses everything with 429 for a while."""
    bench.sheet.faults.add(*(quota_fault() for _ in range(STORM)))
    await bench.say("coffee 3.20", "lunch 12.50", "dinner 21")
    yield


@asynccontextmanager
async def broken_part(bench: Bench) -> AsyncIterator[None]:
    """A part of the bot is loaded anew while its file is half written; a moment later the file is whole."""
    folder = bench.directory / "parts"
    folder.mkdir(exist_ok=True)
    file = folder / f"{PART}.py"
    sys.path.insert(0, str(folder))
    try:
        rewrite(file, WHOLE)
        await bench.client.load_extension(PART)
        rewrite(file, BROKEN)
        try:
            await bench.client.reload_extension(PART)
        except commands.ExtensionFailed:
            log.exception("%s was not loaded anew", PART)
        rewrite(file, WHOLE)
        yield
        await bench.client.unload_extension(PART)
    finally:
        sys.path.remove(str(folder))


def rewrite(file: Path, text: str) -> None:
    """Write a module so that it is really read anew, however quickly that follows."""
    file.write_text(text, encoding="utf-8")
    for compiled in file.parent.glob(f"__pycache__/{file.stem}.*"):
        compiled.unlink()


@asynccontextmanager
async def logic_bug(bench: Bench) -> AsyncIterator[None]:
    """The bot cannot read a decimal comma."""
    whole = intent.parse

    def parse(text: str) -> intent.Intent:
        if "12,50" in text:
            raise InvalidOperation(f"cannot read {Decimal(0)} of {text!r}")
        return whole(text)

    setattr(bot.ledger.sheet, "parse", parse)  # noqa: B010 - a module takes no assignment that mypy would pass
    try:
        await bench.say("lunch 12,50")
        yield
    finally:
        setattr(bot.ledger.sheet, "parse", whole)  # noqa: B010 - as above


async def all_rows(bench: Bench) -> str:
    """Every sentence of the storm is a row, once and in its order."""
    return "" if bench.items()[-3:] == ["coffee", "lunch", "dinner"] else f"rows: {', '.join(bench.items())}"


async def is_loaded(bench: Bench) -> str:
    """The part works."""
    return "" if PART in bench.client.extensions else "the part is gone"


async def is_ordered(bench: Bench) -> str:
    """Soon exactly one work order waits for an admin, names its run, and stands on a card."""
    wrong = ""
    for _ in range(round(CARD_SECONDS / LOOK_SECONDS)):
        wrong = await order_trouble(bench)
        if not wrong:
            break
        await asyncio.sleep(LOOK_SECONDS)
    return wrong


async def order_trouble(bench: Bench) -> str:
    """What is wrong with the runs' orders and their cards now."""
    orders = [order for order in await bench.client.face.store.orders.newest() if order.healing_run_id]
    if [(order.status, order.guild_id) for order in orders] != [("staged", bench.discord.guild().id)]:
        return f"{len(orders)} orders name a run"
    cards = bench.discord.person("ada").sees("ops")
    return "" if any(orders[0].id in str(message.embeds) for message in cards) else "the order has no card"


FAULTS: tuple[Planted, ...] = (
    Planted(name="sheet-storm", words="the sheet answers 429 again and again", plant=storm,
            playbook="sheet_fallback", end="verified", held=all_rows),
    Planted(name="broken-cog", words="a cog broke as it was loaded anew", plant=broken_part,
            playbook="cog_reload", end="verified", held=is_loaded),
    Planted(name="leaking-cache", words="a cache grows until the memory is full", plant=leak,
            playbook="memory_cleanup", end="verified", held=is_empty),
    Planted(name="slow-endpoint", words="an endpoint answers too late", plant=slow_endpoint,
            playbook="pipeline_timeout_fix", end="verified", held=answers_in_time),
    Planted(name="logic-bug", words="a decimal comma is not read", plant=logic_bug,
            playbook="verification_fix", end="awaiting_patch", held=is_ordered),
)  # fmt: skip


async def suffered(bench: Bench, fault: Planted) -> Score:
    """Plant one fault, touch nothing, and look how it ended."""
    known, began = await bench.runs(), time.monotonic()
    async with fault.plant(bench):
        runs = await bench.ended(known, fault.end, LONGEST)
        seconds = time.monotonic() - began
        wrong = await judged(bench, fault, runs[0] if runs else None)
    return Score(name=fault.name, runs=tuple(runs), seconds=seconds, wrong=wrong)


async def judged(bench: Bench, fault: Planted, run: PlaybookRun | None) -> str:
    """What is not as it should be."""
    if run is None:
        return "nothing noticed it"
    if (run.playbook, run.status) != (fault.playbook, fault.end):
        return f"{fault.playbook} → {fault.end} was expected: {run.reason}"
    return await fault.held(bench)


async def suffer_all(directory: Path, faults: Sequence[Planted], tell: Callable[[str], None]) -> list[Score]:
    """Plant these faults, one after the other, in one bot; each score is told as it comes."""
    scores = []
    async with open_bench(directory) as bench:
        for fault in faults:
            scores.append(await suffered(bench, fault))
            tell(scores[-1].line)
    return scores


def drilled(faults: Sequence[Planted], tell: Callable[[str], None]) -> list[Score]:
    """The same, in a world that is gone afterwards."""
    with tempfile.TemporaryDirectory() as directory:
        return asyncio.run(suffer_all(Path(directory), faults, tell))
