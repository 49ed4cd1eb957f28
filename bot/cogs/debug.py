"""`/debug_logs`, `/debug_status`, `/debug_open_issue`, `/debug_confirm_fix`."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.face import Face
from bot.cogs.guards import guarded
from bot.cogs.replies import answer, answer_failure, as_block, as_text, file_of
from bot.cogs.review import confirm
from bot.cogs.status import status_embed
from bot.incident.payload import Context
from bot.logging import current
from bot.records.work_order import WorkOrder
from bot.repair.repairs import Ask

MAX_LINES = 2000
PREVIEW = 1800
"""Characters of log lines in the message itself."""
LEVELS = [app_commands.Choice(name=name, value=name) for name in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")]


def preview_of(lines: list[str]) -> str:
    """The newest lines that fit, each cut to one screen line."""
    shown: list[str] = []
    room = PREVIEW
    for line in reversed(lines):
        short = line if len(line) <= 300 else line[:299] + "…"
        room -= len(short) + 1
        if room < 0:
            break
        shown.append(short)
    return "\n".join(reversed(shown))


def opened_text(order: WorkOrder) -> str:
    """What the person who opened an issue reads."""
    head = f"🧾 Incident **{order.incident_id}**, work order **{order.id}**"
    if order.status == "staged":
        return f"{head}\n📦 Staged only: {as_text(order.reason or '', 300)}. Nothing was sent; the incident is kept."
    if order.status == "failed":
        return f"{head}\n❌ It was not taken: {as_text(order.reason or '', 1000)}"
    if order.reason:
        return f"{head}\n⏳ Not sent yet: {as_text(order.reason, 500)} It is tried again by itself."
    return (
        f"{head}\n📨 The coding agent is asked; diff, proof and token come here. Nothing is pushed before you approve."
    )


class DebugCog(commands.Cog):
    """The bot's logs and state, and the door to having a fault mended."""

    def __init__(self, face: Face) -> None:
        self.face = face
        self.gate = face.gate

    async def cog_app_command_error(
        self, interaction: discord.Interaction, error: app_commands.AppCommandError
    ) -> None:
        """Answer every failure of these commands, in whatever client they are."""
        await answer_failure(interaction, error)

    @app_commands.command(name="debug_logs", description="Show the bot's newest log lines")
    @app_commands.describe(
        lines="How many lines, at most (1 to 2000)", level="This level and above", contains="Only lines with this text"
    )
    @app_commands.choices(level=LEVELS)
    @app_commands.default_permissions(administrator=True)
    @guarded(per_minute=10)
    async def debug_logs(
        self,
        interaction: discord.Interaction,
        lines: app_commands.Range[int, 1, MAX_LINES] = 200,
        level: str | None = None,
        contains: app_commands.Range[str, 1, 200] | None = None,
    ) -> None:
        """Preview in the message, everything in the file."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        found = self.face.handler.lines(last=min(max(lines, 1), MAX_LINES), level=level, contains=contains)
        if not found:
            await answer(interaction, "No logs available for the given filters.")
            return
        file = file_of("logs.txt", "\n".join(found) + "\n", f"Last {len(found)} log lines")
        await answer(interaction, f"Last {len(found)} log lines\n{as_block(preview_of(found), 'json')}", file=file)

    @app_commands.command(name="debug_status", description="Show how the bot is: uptime, build, health, what is off")
    @app_commands.default_permissions(administrator=True)
    @guarded(per_minute=10)
    async def debug_status(self, interaction: discord.Interaction) -> None:
        """One embed with everything that is known without guessing."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await answer(interaction, "", embed=await status_embed(self.face, interaction.client))

    @app_commands.command(name="debug_open_issue", description="Hand a fault over to the coding agent")
    @app_commands.describe(
        summary="What went wrong, in a sentence",
        lines="How many log lines go along",
        dry_run="Only show what would leave; send nothing",
    )
    @app_commands.default_permissions(administrator=True)
    @guarded(per_minute=4)
    async def debug_open_issue(
        self,
        interaction: discord.Interaction,
        summary: app_commands.Range[str, 1, 1000],
        lines: app_commands.Range[int, 1, MAX_LINES] = 200,
        dry_run: bool = False,
    ) -> None:
        """Capture an incident and ask for a patch, or attach the very bytes that would leave."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        ask = self._ask(interaction, summary, lines)
        if dry_run:
            incident, body = self.face.repairs.preview(ask)
            file = file_of("payload.json", body, "The bytes that would be sent")
            text = f"🔍 Dry run of **{incident.id}**: `payload.json` is what would leave. Nothing was sent."
            await answer(interaction, text, file=file)
            return
        order = await self.face.repairs.open(ask)
        self.face.followups.expect(order.id, interaction)
        await answer(interaction, opened_text(order))

    @app_commands.command(name="debug_confirm_fix", description="Approve the patch that a token was shown with")
    @app_commands.describe(token="The confirm token from the review")
    @app_commands.default_permissions(administrator=True)
    @guarded(per_minute=10)
    async def debug_confirm_fix(self, interaction: discord.Interaction, token: app_commands.Range[str, 1, 100]) -> None:
        """Publish exactly the reviewed diff, once."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await confirm(interaction, token)

    def _ask(self, interaction: discord.Interaction, summary: str, lines: int) -> Ask:
        return Ask(
            summary=summary,
            lines=min(max(lines, 1), MAX_LINES),
            person=interaction.user.id,
            guild_id=interaction.guild_id or 0,
            channel_id=interaction.channel_id or 0,
            context=Context.of(current()),
        )
