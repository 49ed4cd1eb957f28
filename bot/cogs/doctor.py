"""`/debug_doctor`: what is misconfigured, and the remedy."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import discord
from discord import app_commands

from bot.cogs.admin_cog import AdminCog
from bot.cogs.guards import guarded
from bot.cogs.replies import answer, file_of
from bot.doctor.discord_commands import shape
from bot.doctor.findings import MARKS, Finding
from bot.incident.foreign_text import cut, one_line

SHOWN = 1500
"""Characters of findings in the message; all of them are in the file."""


class DoctorCog(AdminCog):
    """Looks at the bot's own set-up."""

    @app_commands.command(name="debug_doctor", description="Find misconfigurations, each with its remedy")
    @guarded(per_minute=2)
    async def debug_doctor(self, interaction: discord.Interaction) -> None:
        """What is wrong in the message, everything in the file."""
        from bot.doctor.doctor import examine  # it reads YAML, which no start should wait for

        await interaction.response.defer(ephemeral=True, thinking=True)
        findings = await examine(self.face.patient)
        body = json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=1).encode()
        await answer(interaction, report(findings), file=file_of("doctor.json", body, "Every finding as JSON"))


def report(findings: list[Finding]) -> str:
    """What matters, and how much is well."""
    lines = [discord.utils.escape_mentions(one_line(each.as_line())) for each in findings if each.state != "ok"]
    well = len(findings) - len(lines)
    return cut("\n".join([*lines, f"{MARKS['ok']} {well} of {len(findings)} checks passed."]), SHOWN)


def shapes_of(registered: Iterable[app_commands.Command[Any, ..., Any] | app_commands.Group]) -> dict[str, str]:
    """The commands by name, as Discord shows them."""
    tree = app_commands.CommandTree(discord.Client(intents=discord.Intents(guilds=True)))
    return {command.name: shape(command.to_dict(tree)) for command in registered}
