"""Who may, and how often. Whatever is unclear is refused."""

import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

import discord
from discord import app_commands

from bot.logging import bind

Command = TypeVar("Command", bound=Callable[..., object])
GATED = "suture_gated"
"""The mark that the decorator leaves on a command's callback, for the test that walks all commands."""
CHOICES_PER_MINUTE = 120
"""Discord asks at nearly every key."""


class GateRefused(app_commands.CheckFailure):
    """Not allowed, or not now. The sentence says no more than the person may know."""


@dataclass
class Gate:
    """The allowlist, the home guild and the pace of one bot."""

    admins: frozenset[int]
    guild_id: int | None
    """The home guild; None: the only guild that the bot is in."""
    used: Callable[[str], None] = lambda what: None
    """Told of each use, by its command's name or its button's verb."""
    refused: Callable[[int, str], None] = lambda person, what: None
    """Told of whom was not admitted, and to what."""
    monotonic: Callable[[], float] = time.monotonic
    cooldowns: dict[tuple[str, int], app_commands.Cooldown] = field(default_factory=dict)
    """What was used in the last minute, by whom."""

    def home_of(self, client: discord.Client) -> int | None:
        """The home guild's id; None when it is not set and cannot be told."""
        if self.guild_id is not None:
            return self.guild_id
        return client.guilds[0].id if len(client.guilds) == 1 else None

    def admit(self, interaction: discord.Interaction) -> None:
        """Raises GateRefused unless a listed admin asks in the home guild."""
        home = self.home_of(interaction.client)
        if interaction.user.id not in self.admins or home is None or interaction.guild_id != home:
            self.refused(interaction.user.id, what_of(interaction))
            raise GateRefused("❌ Not authorized.")

    def pace(self, interaction: discord.Interaction, what: str, per_minute: int) -> None:
        """Count one use. Raises GateRefused with the time when it may be used again."""
        self.used(what)
        now = self.monotonic()
        for key, cooldown in list(self.cooldowns.items()):
            if cooldown.get_tokens(now) == cooldown.rate:
                del self.cooldowns[key]
        cooldown = self.cooldowns.setdefault((what, interaction.user.id), app_commands.Cooldown(per_minute, 60.0))
        if wait := cooldown.update_rate_limit(now):
            raise GateRefused(f"⏳ Too often: try again <t:{int(time.time() + wait) + 1}:R>.")


def what_of(interaction: discord.Interaction) -> str:
    """What was used: a command's name, or a button's or form's verb; empty for a view's own buttons."""
    data: Any = interaction.data or {}
    return str(data.get("name") or str(data.get("custom_id", "")).rpartition(":")[0])


def bind_request(interaction: discord.Interaction) -> None:
    """Every log line of this request carries who asks, where, and what; a token's value is left out."""
    data: Any = interaction.data or {}
    given = {each["name"]: each.get("value") for each in data.get("options", [])}
    bind(
        user=str(interaction.user),
        user_id=interaction.user.id,
        channel=str(interaction.channel or "unknown"),
        intent=what_of(interaction),
        entities={name: "…" if name == "token" else value for name, value in given.items()},
    )


def passes(kind: str, per_minute: int) -> Callable[[discord.Interaction], Coroutine[Any, Any, bool]]:
    """A check that lets admins of the home guild through, at this pace. The cog of the command holds its `gate`."""

    async def check(interaction: discord.Interaction) -> bool:
        bind_request(interaction)
        command = interaction.command
        gate = getattr(getattr(command, "binding", None), "gate", None)
        if not isinstance(gate, Gate) or not isinstance(command, app_commands.Command):
            raise GateRefused("❌ Not authorized.")
        gate.admit(interaction)
        gate.pace(interaction, command.qualified_name + kind, per_minute)
        return True

    return check


def guarded(per_minute: int) -> Callable[[Command], Command]:
    """The one gate of every command: admin, home guild, pace; Discord shows it to administrators only."""

    def decorate(command: Command) -> Command:
        setattr(getattr(command, "callback", command), GATED, True)
        hidden = app_commands.default_permissions(administrator=True)(command)
        return app_commands.check(passes("", per_minute))(hidden)

    return decorate


def guarded_choices(suggest: Command) -> Command:
    """The same gate for what is suggested while somebody types: whoever may not use the command sees nothing."""
    setattr(suggest, GATED, True)
    return app_commands.check(passes(" choices", CHOICES_PER_MINUTE))(suggest)
