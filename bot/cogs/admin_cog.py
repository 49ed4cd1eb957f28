"""What every cog for admins has in common."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.face import Face
from bot.cogs.failures import answer_failure


class AdminCog(commands.Cog):
    """A cog whose commands pass the gate, and whose failures are answered in whatever client it is."""

    def __init__(self, face: Face) -> None:
        self.face = face
        self.gate = face.gate

    async def cog_app_command_error(
        self, interaction: discord.Interaction, error: app_commands.AppCommandError
    ) -> None:
        """Answer every failure of a command."""
        await answer_failure(interaction, error)
