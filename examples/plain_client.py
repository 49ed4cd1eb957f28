"""Suture in a plain `discord.Client` with a command tree of your own."""

import os
from contextlib import AsyncExitStack

import discord
from discord import app_commands

from bot.app import install


class YourClient(discord.Client):
    """A client without the commands extension."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents.default())
        self.tree = app_commands.CommandTree(self)
        self.opened = AsyncExitStack()

    async def setup_hook(self) -> None:
        """Install Suture, then sync as you always did."""
        await self.opened.enter_async_context(install(self, self.tree))
        await self.tree.sync()

    async def close(self) -> None:
        """Take Suture out in order before leaving."""
        await self.opened.aclose()
        await super().close()


if __name__ == "__main__":
    YourClient().run(os.environ["DISCORD_TOKEN"], log_handler=None)
