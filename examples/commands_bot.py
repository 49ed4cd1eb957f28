"""Suture in a bot of your own: one line more than before.

Settings come from the environment (DEBUG_ADMINS, GITHUB_REPO …); the token is your bot's own.
"""

import os

import discord
from discord.ext import commands


class YourBot(commands.Bot):
    """A bot with commands of its own."""

    async def setup_hook(self) -> None:
        """Load Suture beside your extensions, then sync as you always did."""
        await self.load_extension("bot.app")
        await self.tree.sync()


bot = YourBot(command_prefix="!", intents=discord.Intents.default())


@bot.tree.command(description="Say hello")
async def hello(interaction: discord.Interaction) -> None:
    """A command of yours."""
    await interaction.response.send_message("Hello!")


if __name__ == "__main__":
    bot.run(os.environ["DISCORD_TOKEN"], log_handler=None)
