"""What playbooks may do to the Discord client: load a part anew, tell the commands again, reconnect, ask less often."""

import asyncio
import importlib
import re
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import ModuleType

import discord
from discord.ext import commands

from bot.cogs.connection import Patience
from bot.cogs.lost_answers import LOST
from bot.healing.host import Action, CannotHeal, Facts, NeedsPatch, NotNeeded, RetryAfter, Told
from bot.healing.origin import own_files
from bot.host_actions.ingestion import pause_of
from bot.host_actions.restarting import was_restarted

RECONNECT_SECONDS = 30.0
LOOK_SECONDS = 0.1
RESUMABLE = 4000
"""The close code after which discord.py resumes its session, or opens a new one."""
SLOWER_BY = 4.0
LONGEST_FIRST, LONGEST_LIMITED = 60.0, 900.0
"""Seconds: however often it is asked for, the pauses do not begin longer than this."""
NAMED = re.compile(r"[Ee]xtension '?([\w.]+)'?")

Resync = Callable[[], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class DiscordParts:
    """One client; `cogs` are the modules of cogs that it has without being extensions."""

    client: discord.Client
    resync: Resync
    """Registers the commands anew."""
    cogs: Mapping[str, Callable[[ModuleType], commands.Cog]]
    """By the module's name: how its cog is made."""
    patience: Patience | None
    """None: another bot logs in by itself."""

    def part_of(self, facts: Facts) -> str:
        """The extension or cog that the fault is about. Raises CannotHeal when none of ours is named."""
        known = [*self._extensions(), *self.cogs]
        told: list[str] = [
            facts.get("argument", ""),
            *NAMED.findall(facts.get("error", "")),
            *NAMED.findall(facts.get("trace", "")),
        ]
        files = [file.removesuffix(".py").replace("/", ".") for file in own_files(facts.get("trace", ""))]
        found = next((name for name in (*told, *reversed(files)) if name in known), None)
        if found is None:
            raise CannotHeal(f"The fault names no part that is loaded: {', '.join(known) or 'there is none'}.")
        return found

    async def reload(self, facts: Facts) -> str:
        """Load the part anew; when that fails, the old one goes on."""
        name = self.part_of(facts)
        await self._reload(name)
        return f"{name} was loaded anew."

    async def reload_all(self, facts: Facts) -> str:
        """Load every part anew."""
        names = [*self._extensions(), *self.cogs]
        for name in names:
            await self._reload(name)
        return f"Loaded anew: {', '.join(names) or 'nothing'}."

    async def _reload(self, name: str) -> None:
        if name in self.cogs:
            await self._reload_cog(name)
            return
        try:
            await self._bot().reload_extension(name)  # takes the old module back when the new one fails
        except commands.ExtensionFailed as error:
            raise NeedsPatch(f"{name} does not load, the old one goes on: {error.original!r}") from error
        except commands.ExtensionError as error:
            raise CannotHeal(str(error)) from error

    async def _reload_cog(self, name: str) -> None:
        module = sys.modules[name]
        before = dict(vars(module))
        standing = [cog for cog in self._bot().cogs.values() if type(cog).__module__ == name]
        try:
            fresh = self.cogs[name](importlib.reload(module))
        except (SyntaxError, ImportError, NameError, TypeError, AttributeError, ValueError) as error:
            take_back(module, before)
            raise NeedsPatch(f"{name} does not load, the old one goes on: {error!r}") from error
        for cog in standing:
            await self._bot().remove_cog(cog.qualified_name)
        await self._bot().add_cog(fresh)

    def _bot(self) -> commands.Bot:
        if not isinstance(self.client, commands.Bot):
            raise CannotHeal("This client is no commands.Bot: it has no parts to load anew.")
        return self.client

    def _extensions(self) -> list[str]:
        loaded = self.client.extensions if isinstance(self.client, commands.Bot) else {}
        return [name for name in loaded if name != "bot.app"]

    async def tell_commands(self, facts: Facts) -> str:
        """Register the commands anew."""
        try:
            await self.resync()
        except LOST as error:
            raise RetryAfter(f"Discord did not take the commands: {error}", 5 * pause_of(facts)) from error
        return "Discord has the commands as this version has them."

    async def reconnect(self, facts: Facts) -> str:
        """Leave the gateway and come back, with the old session if Discord still knows it."""
        before = self.client.ws
        if before is None:
            raise RetryAfter("The client is not connected yet.", 5 * pause_of(facts))
        await before.close(code=RESUMABLE)
        for _ in range(round(RECONNECT_SECONDS / LOOK_SECONDS)):
            if self.client.ws is not before and self.client.ws.open and self.client.is_ready():
                return "The gateway was left and is connected again."
            await asyncio.sleep(LOOK_SECONDS)
        raise CannotHeal(f"The gateway did not come back within {RECONNECT_SECONDS:g} s.")

    async def ask_less(self, facts: Facts) -> Told:
        """Begin with longer pauses between two tries to log in."""
        if self.patience is None:
            raise CannotHeal("Another bot logs in by itself here: its pauses are its own.")
        before = f"{self.patience.first}/{self.patience.limited}"
        self.patience.first = min(self.patience.first * SLOWER_BY, LONGEST_FIRST)
        self.patience.limited = min(self.patience.limited * SLOWER_BY, LONGEST_LIMITED)
        told = f"A login waits {self.patience.first:g} s at first, {self.patience.limited:g} s when it is limited."
        return Told(told, {"patience_before": before})

    async def ask_as_before(self, facts: Facts) -> str:
        """The pauses as they were."""
        before = facts.get("patience_before")
        if self.patience is None or not before:
            return "No pause was changed."
        self.patience.first, self.patience.limited = (float(part) for part in before.split("/"))
        return "A login waits as long as before."

    async def is_first_rung(self, facts: Facts) -> None:
        """Raises NotNeeded on any other rung, or after a restart."""
        if was_restarted(facts) or facts.get("rung", "1") != "1":
            raise NotNeeded("That was done already.")

    async def is_second_rung(self, facts: Facts) -> None:
        """Raises NotNeeded on any other rung, or after a restart."""
        if was_restarted(facts) or facts.get("rung", "1") != "2":
            raise NotNeeded("That is for when loading the parts anew did not help, and no more.")

    def actions(self) -> Mapping[str, Action]:
        """By name."""
        return {
            "reload_cog": Action(does="load the part anew, keeping the old one if that fails", act=self.reload),
            "resync_commands": Action(does="register the commands with Discord anew", act=self.tell_commands),
            "refresh_session": Action(does="leave the gateway and come back", act=self.reconnect),
            "back_off_login": Action(does="wait longer between two logins", act=self.ask_less, undo=self.ask_as_before),
            "reload_parts": Action(does="load every part anew", act=self.reload_all, precheck=self.is_first_rung),
            "reconnect_gateway": Action(
                does="leave the gateway and come back", act=self.reconnect, precheck=self.is_second_rung
            ),
        }


def take_back(module: ModuleType, before: Mapping[str, object]) -> None:
    """Make the module what it was before."""
    vars(module).clear()
    vars(module).update(before)
