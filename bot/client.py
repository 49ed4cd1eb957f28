"""The Discord client: its faces, command sync, and the one handler of errors."""

import asyncio
import hashlib
import json
import logging
import sys
from typing import Any

import discord
import yarl
from discord import app_commands
from discord.ext import commands

from bot.cogs.connection import Connection, Patience, calm_discord
from bot.cogs.face import FACES, Face
from bot.cogs.failures import answer_failure, note_lost
from bot.cogs.installation import Installation
from bot.cogs.invalid_requests import InvalidRequests
from bot.cogs.ledger import LedgerCog, answer_message_failure
from bot.cogs.lost_answers import LOST, why_lost, why_shut_out
from bot.records.store import StoreUnavailable

FINISH_SECONDS = 4.0
FINAL_CODES = {
    4004: "DISCORD_TOKEN is not valid any more: make a new one in the developer portal (your application, Bot, "
    "Reset Token).",
    4010: "Discord says that this shard does not exist; this bot uses none. Is DISCORD_GATEWAY_URL right?",
    4011: "This bot is in too many guilds for one connection, and it cannot share them out among several.",
    4012: "Discord does not speak this version of its gateway any more: update discord.py.",
    4013: "Discord does not know an intent that this bot asks for: update discord.py.",
    4014: "The Message Content intent is not allowed: switch it on in the developer portal "
    "(https://discord.com/developers/applications, your application, Bot, Privileged Gateway Intents).",
}
"""The gateway's close codes that no new try can change, and what to mend."""
ANSWERING = ("CommandTree-invoker", "discord-ui-", "discord.py: on_")
"""How discord.py names the tasks that answer somebody."""

log = logging.getLogger(__name__)


class CannotStart(Exception):
    """Discord will not let this bot in; the sentence says what to mend."""


class Tree(app_commands.CommandTree["SutureClient"]):
    """The commands, and the errors that no command of ours has answered."""

    async def on_error(
        self, interaction: discord.Interaction["SutureClient"], error: app_commands.AppCommandError, /
    ) -> None:
        """Answer a command that Discord still offers and this version does not have; others answered themselves."""
        if interaction.command is None:
            await answer_failure(interaction, error)


class SutureClient(commands.Bot):
    """A bot with our faces in it."""

    def __init__(self, face: Face) -> None:
        intents = discord.Intents.default()
        intents.message_content = True
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # this bot does not speak
        self.refused = InvalidRequests()
        super().__init__(
            http_trace=self.refused.trace(),
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=intents,
            tree_cls=Tree,
            allowed_mentions=discord.AllowedMentions.none(),
            guild_ready_timeout=0.5,  # the guilds come with READY; only their details trickle in
        )
        self.face = face
        self.installation = Installation(self, self.tree, face)
        self.patience = Patience()
        """How long a login waits for Discord; playbooks may make it longer."""
        self.left = asyncio.Event()
        """Set when this client will not connect again."""

    async def setup_hook(self) -> None:
        """Put the faces in, before the first event."""
        self.installation.install()
        await self.add_cog(LedgerCog(self.face))

    async def close(self) -> None:
        """Answer what is being answered, then leave Discord."""
        if self.is_closed():
            return
        await finish_answers(FINISH_SECONDS)
        if self in FACES:  # nothing is in it before the first login
            await self.installation.remove()
        self.left.set()
        await super().close()

    def dispatch(self, event_name: str, /, *args: Any, **kwargs: Any) -> None:
        """Deliver an event; discord.py's own late ones, after the client was closed, have no loop to run on."""
        if not self.is_closed():
            super().dispatch(event_name, *args, **kwargs)

    async def on_ready(self) -> None:
        """Sync the commands to the home guild, when they changed."""
        await self.settle()

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Sync the commands anew: a guild that was left and joined again has lost them."""
        await self.settle(anew=guild.id == self.face.gate.home_of(self))

    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        """A deleted card of an open order comes back."""
        await self.installation.cards.replace(event.message_id)

    async def settle(self, *, anew: bool = False) -> None:
        """Register the commands in the home guild: `anew` whatever the store says, else only when they changed."""
        home = self.face.gate.home_of(self)
        if home is None:
            remedy = "set DISCORD_GUILD_ID to the home guild" if self.guilds else "invite me (README, Run it for real)"
            log.error(
                "I am in %s guilds: %s; until then nobody may use the commands",
                len(self.guilds),
                remedy,
                extra={"action": "no_home_guild"},
            )
            return
        await self._sync(home, anew=anew)
        log.info("ready as %s in guild %s", self.user, home, extra={"action": "ready"})

    async def _sync(self, home: int, *, anew: bool) -> None:
        """Register the commands, only when they changed since this store last saw them."""
        guild = discord.Object(home)
        commands_now = [command.to_dict(self.tree) for command in self.tree.get_commands()]
        digest = hashlib.sha256(json.dumps(commands_now, sort_keys=True, default=str).encode()).hexdigest()
        name = f"commands:{self.application_id}:{home}"
        try:
            if not anew and await self.face.store.notes.read(name) == digest:
                return
            self.tree.copy_global_to(guild=guild)
            await self.tree.sync(guild=guild)
            await self.face.store.notes.write({name: digest})
        except (*LOST, StoreUnavailable) as error:
            log.warning("the commands could not be synced: %s", error, extra={"action": "command_sync_failed"})

    async def on_command_error(self, context: commands.Context[Any], error: commands.CommandError, /) -> None:
        """There are no prefix commands; a mention that looks like one is not an error."""

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """A listener failed: log it under an id, and answer the message that did it."""
        error = sys.exc_info()[1]
        if isinstance(error, Exception) and args and isinstance(args[0], discord.Message):
            if why := why_lost(error) or why_shut_out(error):
                note_lost(why)
                return
            try:
                await answer_message_failure(args[0], error, self.face.recall)
            except LOST as lost:
                log.warning("the answer could not be sent: %s", lost, extra={"action": "answer_lost"})
            return
        log.error("%s failed", event_method, exc_info=error, extra={"action": "event_failed"})


async def finish_answers(seconds: float) -> None:
    """Let what is being answered come to its end, within a time."""
    own = asyncio.current_task()
    busy = {task for task in asyncio.all_tasks() if task is not own and task.get_name().startswith(ANSWERING)}
    if busy:
        await asyncio.wait(busy, timeout=seconds)


def point_discord_at(api_url: str | None, gateway_url: str | None) -> None:
    """Use another Discord than discord.com, for this process."""
    if api_url:
        discord.http.Route.BASE = api_url
    if gateway_url:
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url + "/")


async def serve(client: SutureClient, token: str, patience: Patience | None = None) -> None:
    """Run the client until it is closed; a Discord that is not there is waited for.

    Raises CannotStart when Discord refuses the bot for good, at the start or later.
    """
    connection = Connection(client, client.left, patience or client.patience)
    try:
        with calm_discord(client):
            await connection.log_in(token)
            await connection.stay()
    except discord.LoginFailure as error:
        raise CannotStart(
            "DISCORD_TOKEN is not valid: make a new one in the developer portal (your application, Bot, Reset Token)."
        ) from error
    except discord.PrivilegedIntentsRequired as error:
        raise CannotStart(FINAL_CODES[4014]) from error
    except discord.ConnectionClosed as error:
        sentence = f"Discord closed the connection for good (code {error.code})."
        raise CannotStart(FINAL_CODES.get(error.code, sentence)) from error
