"""Which actions a host gets, by the client that it has: the bot's own, or one that Suture lives in."""

from collections.abc import Mapping
from functools import partial
from types import ModuleType
from typing import Any

from discord import Client
from discord.app_commands import CommandTree
from discord.ext.commands import Cog

from bot.client import SutureClient
from bot.healing.host import Action, Host
from bot.host_actions.discord_client import DiscordParts, Resync

LEDGER = "bot.cogs.ledger"


def register_all(host: Host, actions: Mapping[str, Action]) -> None:
    """Add these actions, each in place of one of its name."""
    for name, action in actions.items():
        host.register(name, action)


def register_own(host: Host, client: SutureClient) -> None:
    """What playbooks may do to a client of our own."""

    def make_ledger(module: ModuleType) -> Cog:
        cog: Cog = module.LedgerCog(client.face)
        return cog

    parts = DiscordParts(
        client=client,
        resync=partial(client.settle, anew=True),
        cogs={LEDGER: make_ledger},
        patience=client.patience,
    )
    register_all(host, parts.actions())


def register_discord(host: Host, client: Client, resync: Resync) -> None:
    """What playbooks may do to somebody's client."""
    register_all(host, DiscordParts(client=client, resync=resync, cogs={}, patience=None).actions())


async def resync(tree: "CommandTree[Any]") -> None:
    """Register a tree's global commands anew."""
    await tree.sync()
