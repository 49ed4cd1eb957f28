"""A bot of ours in this process, connected by the real discord.py to the local Discord: what story tests act in."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import discord

from bot.app import open_app
from bot.client import SutureClient, serve
from bot.logging import RingBufferHandler, setup_logging, teardown
from bot.sandbox.discord_person import Person
from bot.sandbox.discord_reply import Reply
from bot.sandbox.discord_server import DiscordServer
from bot.settings import Settings

TOKEN = "lab." + "x" * 40
LONG = 120.0
"""Seconds to wait for a bot of ours on a machine that is busy with other tests."""


@dataclass
class Lab:
    """The local Discord, the bot in it, and its log."""

    discord: DiscordServer
    client: SutureClient
    handler: RingBufferHandler

    def person(self, name: str, guild: str | None = None) -> Person:
        """Somebody's hands."""
        return self.discord.person(name, guild)

    async def use(self, person: Person, command: str, *, channel: str = "ops", **options: object) -> Reply:
        """Use a command in a channel and wait until it is answered."""
        reply = await person.slash(command, channel=channel, options=options)
        return await reply.done()


async def wait_until_synced(discord: DiscordServer) -> None:
    """Wait until the bot has registered its commands."""
    await discord.world.events.wait_for(lambda: list(discord.state.commands) or None, "The bot's commands", LONG)


async def wait_until_logged_in(client: discord.Client) -> None:
    """Wait until Discord knows who the bot is; the commands may be registered from a run before."""
    async with asyncio.timeout(LONG):
        while client.user is None:
            await asyncio.sleep(0.05)


@asynccontextmanager
async def open_discord(directory: Path) -> AsyncIterator[DiscordServer]:
    """A local Discord in this directory."""
    discord = DiscordServer(directory / "discord", token=TOKEN)
    await discord.start()
    try:
        yield discord
    finally:
        await discord.stop()


@asynccontextmanager
async def open_bot(discord: DiscordServer, directory: Path, **settings: object) -> AsyncIterator[Lab]:
    """A bot that lives in this Discord; settings by their variables' names, ada being the admin unless told."""
    told: dict[str, object] = {
        "DISCORD_TOKEN": TOKEN,
        "DISCORD_API_URL": discord.api_url,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
        "DEBUG_ADMINS": str(discord.person("ada").id),
        "DEBUG_CHANNEL_ID": str(discord.channel("ops").id),
        "DISCORD_GUILD_ID": str(discord.guild().id),
        "CHANNEL_NAME": "ledger",
        "STATE_DIR": str(directory / "state"),
        "AUTOFIX_POLL_SECONDS": "0.3",
        "AUTOFIX_MAX_RUNS_PER_HOUR": "1000",  # a story asks for more patches in a minute than an operator in a day
        "AUTOFIX_MAX_RUNS_PER_DAY": "10000",
        "AUTOFIX_MAX_RUNS_PER_FAULT": "1000",
        "WATCHDOG_CHECK_INTERVAL": "3600000",  # a machine that is busy with tests is no fault here
        **settings,
    }
    read = Settings.model_validate(by_field(told))
    handler = setup_logging("INFO", read.secrets, stream=io.StringIO())
    try:
        async with open_app(read, handler) as client:
            working = asyncio.create_task(client.face.repairs.reconciler.run(read.autofix_poll_seconds))
            living = asyncio.create_task(serve(client, TOKEN))
            try:
                await wait_until_synced(discord)
                await wait_until_logged_in(client)
                await client.wait_until_ready()
                yield Lab(discord, client, handler)
            finally:
                client.face.repairs.reconciler.stop()
                await client.close()
                await asyncio.gather(working, living, return_exceptions=True)
    finally:
        teardown()


def by_field(told: dict[str, object]) -> dict[str, object]:
    """Variables' names as the settings class takes them: aliases in capitals, fields in small letters."""
    aliases = {"BOT_ENV", "GIT_SHA"}
    return {name if name in aliases else name.lower(): value for name, value in told.items() if value is not None}


@asynccontextmanager
async def open_lab(directory: Path, **settings: object) -> AsyncIterator[Lab]:
    """A local Discord and a bot in it."""
    async with open_discord(directory) as discord, open_bot(discord, directory, **settings) as lab:
        yield lab
