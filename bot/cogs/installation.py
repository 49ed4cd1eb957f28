"""The faces in somebody's client: put in by `install`, taken out again by `remove`, leaving nothing behind."""

import asyncio
import logging
from typing import Any

import discord
from discord import app_commands

from bot.cogs.buttons import BUTTONS
from bot.cogs.card import CLOSE_SECONDS, Cards
from bot.cogs.crash_notice import tell_crash
from bot.cogs.debug import DebugCog
from bot.cogs.deploy import DeployButton, DeployCog
from bot.cogs.doctor import DoctorCog, shapes_of
from bot.cogs.face import FACES, Face
from bot.cogs.heal_buttons import HealButton
from bot.cogs.heal_cards import HealCards
from bot.cogs.healing import HealingCog
from bot.cogs.incidents import IncidentsCog
from bot.cogs.refusals import Refusals
from bot.cogs.review import tell_followers
from bot.records.store import StoreUnavailable
from bot.records.work_order import WorkOrder
from bot.repair.noticed_orders import Home

log = logging.getLogger(__name__)

CATCH_UP_PAUSE = 5.0
"""Seconds between two tries while the store is away."""
COGS = (DebugCog, DoctorCog, HealingCog, IncidentsCog, DeployCog)
"""All that has commands."""


def command_shapes() -> dict[str, str]:
    """The commands of this build by name, as Discord would show them; needs no client."""
    return shapes_of([command for kind in COGS for command in kind.__cog_app_commands__])


class CannotInstall(Exception):
    """The faces cannot be put into this client; the sentence says why."""


def refuse_twice(client: discord.Client) -> None:
    """Raises CannotInstall when the client has the faces already."""
    if client in FACES:
        raise CannotInstall("Suture is in this client already: remove it before it is installed again.")


class Installation:
    """Our commands, buttons and cards in one `discord.Client` (or `commands.Bot`) and its tree."""

    def __init__(self, client: discord.Client, tree: app_commands.CommandTree[Any], face: Face) -> None:
        self._client = client
        self._tree = tree
        self._face = face
        self.cards = Cards(client, face)
        self.refusals = Refusals(face.repairs.decisions)
        self._telling: set[asyncio.Task[None]] = set()
        self._commands = [command for kind in COGS for command in kind(face).get_app_commands()]
        self.heal_cards = HealCards(client, face, self.cards)
        self._waiting: asyncio.Task[None] | None = None

    def install(self) -> None:
        """Add commands, buttons and cards. Raises CannotInstall."""
        refuse_twice(self._client)
        if self._client.loop is not asyncio.get_running_loop():
            raise CannotInstall(
                "Install Suture in setup_hook, or inside `async with client`: this one has no loop yet."
            )
        taken = [command.name for command in self._commands if self._tree.get_command(command.name)]
        if taken:
            raise CannotInstall(f"This client has commands of the same names: {', '.join(taken)}.")
        for command in self._commands:
            self._tree.add_command(command)
        FACES[self._client] = self._face
        self._client.add_dynamic_items(*BUTTONS, HealButton, DeployButton)
        self._face.gate.refused = self.refusals.note
        self._face.repairs.book.watch(self.cards.show)
        self._face.repairs.book.watch(self._tell)
        self.heal_cards.start()
        self._waiting = asyncio.create_task(self._catch_up(), name="suture catch up")

    async def _tell(self, order: WorkOrder) -> None:
        """Tell those who wait in a task of its own: an order must not wait for Discord."""
        task = asyncio.create_task(tell_followers(self._face, order), name=f"tell {order.id}")
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _catch_up(self) -> None:
        await self._client.wait_until_ready()
        home, channel = self._face.gate.home_of(self._client), self._face.card_channel_id
        if home is not None:
            self._face.healing.settle_in(home, channel or 0)
        if home is not None and channel is not None:
            self._face.noticed.settle_in(Home(home, channel))
        are_behind = not await self._cards_caught_up()
        await tell_crash(self._client, self._face)
        while are_behind:
            await asyncio.sleep(CATCH_UP_PAUSE)
            are_behind = not await self._cards_caught_up()

    async def _cards_caught_up(self) -> bool:
        """Bring up to date what an earlier process showed; tells whether the store let us."""
        try:
            await self._face.repairs.forget_tokens()
            await self.cards.catch_up()
            await self._face.deploy_watch.go_on(self._client, self._face.deploys)
        except StoreUnavailable as error:
            log.warning("cards may be behind: %s", error, extra={"action": "cards_behind"})
            return False
        return True

    async def remove(self) -> None:
        """Take everything out again; cards that could not be written are caught up at the next start."""
        if self._waiting is not None:
            self._waiting.cancel()
            await asyncio.gather(self._waiting, return_exceptions=True)
        self._face.noticed.settle_in(None)
        for command in self._commands:
            self._tree.remove_command(command.name)
        self._client.remove_dynamic_items(*BUTTONS, HealButton, DeployButton)
        self._face.repairs.book.unwatch(self.cards.show)
        self._face.repairs.book.unwatch(self._tell)
        if self._telling:
            await asyncio.wait(set(self._telling), timeout=CLOSE_SECONDS)
        await self._face.deploy_watch.close()
        await self.heal_cards.close()
        await self.refusals.settle()
        await self.cards.close()
        FACES.pop(self._client, None)
