"""`/debug_logs`, `/debug_status`, `/debug_open_issue`, `/debug_confirm_fix`."""

import discord
from discord import app_commands

from bot.cogs.admin_cog import AdminCog
from bot.cogs.buttons import DetailsButton
from bot.cogs.guards import guarded
from bot.cogs.issue_form import MAX_LINES, MAX_SUMMARY, IssueForm, ask_of, open_issue, preview_issue
from bot.cogs.log_view import LEVELS, Filter, LogView, log_file
from bot.cogs.replies import answer
from bot.cogs.review import confirm
from bot.cogs.status import status_embed


class DebugCog(AdminCog):
    """The bot's logs and state, and the door to having a fault mended."""

    @app_commands.command(name="debug_logs", description="Show the bot's newest log lines")
    @app_commands.describe(
        lines="How many lines, at most (1 to 2000)", level="This level and above", contains="Only lines with this text"
    )
    @app_commands.choices(level=[app_commands.Choice(name=name, value=name) for name in LEVELS])
    @guarded(per_minute=10)
    async def debug_logs(
        self,
        interaction: discord.Interaction,
        lines: app_commands.Range[int, 1, MAX_LINES] = 200,
        level: str | None = None,
        contains: app_commands.Range[str, 1, 200] | None = None,
    ) -> None:
        """The newest page in the message, everything in the file."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        wanted = Filter(min(max(lines, 1), MAX_LINES), level, contains)
        view = LogView(self.face, wanted, await wanted.of(self.face))
        if not view.lines:
            await answer(interaction, view.text)
            return
        await answer(interaction, view.text, file=log_file(view.lines), view=view)

    @app_commands.command(name="debug_status", description="Show how the bot is: uptime, build, health, what is off")
    @guarded(per_minute=10)
    async def debug_status(self, interaction: discord.Interaction) -> None:
        """Lights first; the rest behind the button."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        embed, chart = await status_embed(self.face, interaction.client)
        view = discord.ui.View(timeout=None)
        view.add_item(DetailsButton("status"))
        await answer(interaction, "", embed=embed, file=chart, view=view)

    @app_commands.command(name="debug_open_issue", description="Hand a fault over to the coding agent")
    @app_commands.describe(
        summary="What went wrong, in a sentence; leave it out for a form with the newest error",
        lines="How many log lines to send along",
        dry_run="Only show what would be sent",
    )
    @guarded(per_minute=4)
    async def debug_open_issue(
        self,
        interaction: discord.Interaction,
        summary: app_commands.Range[str, 1, MAX_SUMMARY] | None = None,
        lines: app_commands.Range[int, 1, MAX_LINES] = 200,
        dry_run: bool = False,
    ) -> None:
        """Capture an incident and ask for a patch, or attach the very bytes that would leave."""
        if summary is None or not summary.strip():
            await interaction.response.send_modal(IssueForm(self.face, lines, dry_run=dry_run))
            return
        await interaction.response.defer(ephemeral=True, thinking=True)
        await (preview_issue if dry_run else open_issue)(interaction, self.face, ask_of(interaction, summary, lines))

    @app_commands.command(name="debug_confirm_fix", description="Approve the patch that the token was shown for")
    @app_commands.describe(token="The confirm token from the review")
    @guarded(per_minute=10)
    async def debug_confirm_fix(self, interaction: discord.Interaction, token: app_commands.Range[str, 1, 100]) -> None:
        """Publish exactly the reviewed diff, once."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await confirm(interaction, token)
