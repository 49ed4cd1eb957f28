"""A bot in this process, with a local Discord and a local Google sheet: where faults are planted and watched."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.app import open_app
from bot.client import SutureClient, serve
from bot.logging import setup_logging, teardown
from bot.records.playbook_run import PlaybookRun, RunStatus
from bot.sandbox.discord_server import DiscordServer
from bot.sandbox.sheet_server import SheetServer
from bot.settings import Settings

TOKEN = "bench." + "x" * 40
SHEET = "ledger"
WINDOW = timedelta(seconds=2)
"""How long a fault has to stay away here."""
LOOK_SECONDS = 0.05
ENDS: frozenset[RunStatus] = frozenset({"verified", "nothing_to_do", "undone", "failed", "awaiting_patch"})
"""Verified, undone (or said to be left), or escalated."""


@dataclass
class Bench:
    """The bot, and what it lives among."""

    directory: Path
    discord: DiscordServer
    sheet: SheetServer
    client: SutureClient

    async def say(self, *sentences: str) -> None:
        """Somebody writes these into the ledger's channel."""
        for sentence in sentences:
            await self.discord.person("bob").say("ledger", sentence)

    def items(self) -> list[str]:
        """What the sheet holds, in its order."""
        return [str(row[3]) for row in self.sheet.rows(SHEET)[1:]]

    async def ended(self, known: frozenset[str], end: RunStatus, seconds: float) -> list[PlaybookRun]:
        """The runs that are none of these, the newest first, once one ended so, or when the time is over."""
        found: list[PlaybookRun] = []
        for _ in range(round(seconds / LOOK_SECONDS)):
            runs = await self.client.face.store.runs.newest()
            found = [run for run in runs if run.id not in known and run.status in ENDS]
            if any(run.status == end for run in found):
                break
            await asyncio.sleep(LOOK_SECONDS)
        return found

    async def runs(self) -> frozenset[str]:
        """The ids of all runs so far."""
        return frozenset(run.id for run in await self.client.face.store.runs.newest(limit=500))


def settings_of(discord: DiscordServer, sheet: SheetServer, directory: Path) -> Settings:
    """The bot's settings on this bench."""
    return Settings.model_validate({
        "discord_token": TOKEN,
        "discord_api_url": discord.api_url,
        "discord_gateway_url": discord.gateway_url,
        "discord_guild_id": str(discord.guild().id),
        "debug_admins": str(discord.person("ada").id),
        "debug_channel_id": str(discord.channel("ops").id),
        "channel_name": "ledger",
        "state_dir": directory / "state",
        "google_service_account_json": sheet.key_file,
        "google_sheet_id": SHEET,
        "google_sheets_api_url": sheet.url,
        "autofix_poll_seconds": 0.3,
    })  # fmt: skip


@asynccontextmanager
async def open_bench(directory: Path) -> AsyncIterator[Bench]:
    """A bench in this directory, its bot connected."""
    async with AsyncExitStack() as stack:
        discord = DiscordServer(directory / "discord", token=TOKEN)
        await discord.start()
        stack.push_async_callback(discord.stop)
        sheet = SheetServer(directory / "google")
        sheet.add_spreadsheet(SHEET)
        await sheet.start()
        stack.push_async_callback(sheet.stop)
        settings = settings_of(discord, sheet, directory)
        handler = setup_logging("INFO", settings.secrets, stream=io.StringIO())
        stack.callback(teardown)
        client = await stack.enter_async_context(open_app(settings, handler))
        client.face.healing.engine.window = WINDOW
        living = asyncio.create_task(serve(client, TOKEN))
        await discord.wait_until_commands()
        await client.wait_until_ready()
        yield Bench(directory, discord, sheet, client)
        await client.close()
        await asyncio.gather(living, return_exceptions=True)
