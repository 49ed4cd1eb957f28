"""Something that is turned page by page, by the one person who asked for it."""

from abc import abstractmethod
from typing import Any

import discord

from bot.cogs.face import Face
from bot.cogs.failures import answer_failure
from bot.cogs.guards import bind_request
from bot.cogs.replies import NOBODY

LIFE = 14 * 60
"""Seconds that the buttons live; Discord ends an interaction at 15 minutes."""


class Pages(discord.ui.View):
    """The buttons under a page; each press passes the gate again."""

    def __init__(self, face: Face) -> None:
        super().__init__(timeout=LIFE)
        self.face = face
        self.at = 0

    @property
    @abstractmethod
    def last(self) -> int:
        """The number of the last page, from 0; less than 0 when there is none."""

    @abstractmethod
    async def page(self) -> str:
        """The page as a message."""

    def show_state(self) -> None:
        """Let only those buttons be pressed that lead somewhere."""
        self.newer.disabled = self.at <= 0
        self.older.disabled = self.at >= self.last

    async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
        """The gate again, at every press."""
        bind_request(interaction)
        self.face.gate.admit(interaction)
        self.face.gate.pace(interaction, "pages", 60)
        return True

    async def on_error(self, interaction: discord.Interaction, error: Exception, item: discord.ui.Item[Any], /) -> None:
        """A failure is answered as any other."""
        await answer_failure(interaction, error)

    async def turn(self, interaction: discord.Interaction, to: int) -> None:
        """Show this page, or the nearest that there is."""
        self.at = min(max(to, 0), max(self.last, 0))
        self.show_state()
        await interaction.response.edit_message(content=await self.page(), view=self, allowed_mentions=NOBODY)

    @discord.ui.button(label="Newer", style=discord.ButtonStyle.secondary)
    async def newer(self, interaction: discord.Interaction, _: discord.ui.Button["Pages"]) -> None:
        """A page towards now."""
        await self.turn(interaction, self.at - 1)

    @discord.ui.button(label="Older", style=discord.ButtonStyle.secondary)
    async def older(self, interaction: discord.Interaction, _: discord.ui.Button["Pages"]) -> None:
        """A page back."""
        await self.turn(interaction, self.at + 1)
