"""`/debug_incidents`, `/debug_incident`, `/debug_cancel`, `/debug_retry`, `/debug_audit`."""

import discord
from discord import app_commands

from bot.cogs.admin_cog import AdminCog
from bot.cogs.audit_view import show_audit
from bot.cogs.cancelling import ask_whether_to_cancel
from bot.cogs.guards import guarded, guarded_choices
from bot.cogs.incident_view import IncidentList, incident_view
from bot.cogs.replies import answer
from bot.cogs.review import try_again
from bot.incident.foreign_text import cut, one_line
from bot.records.store import StoreUnavailable
from bot.repair.incident_list import KNOWN, checked, incident_named, listed, order_named

MAX_CHOICES = 25
"""Discord's limit."""
Id = app_commands.Range[str, 1, 100]


def choices_of(filter_name: str) -> list[app_commands.Choice[str]]:
    """Everything that a filter knows."""
    return [app_commands.Choice(name=value, value=value) for value in KNOWN[filter_name]]


class IncidentsCog(AdminCog):
    """What went wrong, how far its mending is, and who decided what."""

    @guarded_choices
    async def suggest(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """The newest incidents with this text in their id, status or summary."""
        try:
            incidents = await listed(self.face.store, {})
        except StoreUnavailable:
            return []
        named = [(each.id, f"{each.id} · {each.status} · {one_line(each.summary)}") for each in incidents]
        found = [(value, name) for value, name in named if typed.strip().lower() in name.lower()]
        return [app_commands.Choice(name=cut(name, 100), value=value) for value, name in found[:MAX_CHOICES]]

    @app_commands.command(name="debug_incidents", description="List incidents and how far each repair is")
    @app_commands.describe(
        status="Where the newest order is",
        severity="How bad it is",
        source="Who noticed it",
        state="State of the incident as a whole",
    )
    @app_commands.choices(**{name: choices_of(name) for name in KNOWN})
    @guarded(per_minute=10)
    async def debug_incidents(
        self,
        interaction: discord.Interaction,
        status: str | None = None,
        severity: str | None = None,
        source: str | None = None,
        state: str | None = None,
    ) -> None:
        """Newest first, page by page."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        wanted = checked(status=status, severity=severity, source=source, state=state)
        view = IncidentList(self.face, await listed(self.face.store, wanted))
        await answer(interaction, await view.page(), view=view)

    @app_commands.command(name="debug_incident", description="Show one incident and what can be done about it")
    @app_commands.describe(id="The incident's id (inc_…) or an order's (wo_…)")
    @app_commands.autocomplete(id=suggest)
    @guarded(per_minute=10)
    async def debug_incident(self, interaction: discord.Interaction, id: Id) -> None:  # noqa: A002 - the option's name
        """Its facts, its attempts, its log slice, and the buttons for what is allowed now."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        text, file, view = await incident_view(self.face, *await incident_named(self.face.store, id))
        await answer(interaction, text, file=file, view=view)

    @app_commands.command(name="debug_cancel", description="Cancel an order")
    @app_commands.describe(id="The incident's id (inc_…) or the order's (wo_…)")
    @app_commands.autocomplete(id=suggest)
    @guarded(per_minute=10)
    async def debug_cancel(self, interaction: discord.Interaction, id: Id) -> None:  # noqa: A002 - the option's name
        """Say what that leaves behind, and ask once more."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        order = await order_named(self.face.store, id)
        await ask_whether_to_cancel(interaction, order.id)

    @app_commands.command(name="debug_retry", description="Ask for another patch for an incident")
    @app_commands.describe(id="The incident's id (inc_…) or the order's (wo_…)")
    @app_commands.autocomplete(id=suggest)
    @guarded(per_minute=4)
    async def debug_retry(self, interaction: discord.Interaction, id: Id) -> None:  # noqa: A002 - the option's name
        """Another attempt, when the last one came to its end."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        order = await order_named(self.face.store, id)
        await try_again(interaction, order.id)

    @app_commands.command(name="debug_audit", description="Show who decided what, and whether that record is intact")
    @app_commands.describe(incident="Only what was decided about this incident")
    @app_commands.autocomplete(incident=suggest)
    @guarded(per_minute=6)
    async def debug_audit(self, interaction: discord.Interaction, incident: Id | None = None) -> None:
        """The newest decisions, the chain's state, and everything as a file."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_audit(interaction, self.face, incident)
