"""`/healing_runs`, `/healing_run`, `/healing_playbooks`, `/healing_start`, `/healing_trust`, pause and resume."""

import asyncio

import discord
from discord import app_commands

from bot.cogs.admin_cog import AdminCog
from bot.cogs.face import Face
from bot.cogs.guards import guarded, guarded_choices
from bot.cogs.heal_buttons import HealButton, by_hand
from bot.cogs.heal_view import (
    pair_name,
    pairs_of,
    playbook_line,
    rehearsal_text,
    run_embed,
    run_line,
)
from bot.cogs.replies import answer, file_of
from bot.cogs.trust_chart import courses_of, drawn, in_words
from bot.healing.engine import OPEN
from bot.incident.foreign_text import cut
from bot.records.playbook_run import PlaybookRun, RunStatus
from bot.records.store import RecordMissing, StoreUnavailable
from bot.records.work_order import WorkOrder

LISTED = 12
OFFERED = 25
"""Discord's limit for the choices of an autocomplete."""
CHART = "trust.png"
KINDS: dict[str, tuple[RunStatus, ...]] = {
    "open": OPEN,
    "verified": ("verified",),
    "nothing to do": ("nothing_to_do",),
    "undone": ("undone",),
    "failed": ("failed",),
}
Choices = list[app_commands.Choice[str]]


class HealingCog(AdminCog):
    """What heals by itself, and the hand on its switch."""

    @app_commands.command(name="healing_runs", description="List the newest runs of playbooks")
    @app_commands.describe(status="Only runs of this kind")
    @app_commands.choices(status=[app_commands.Choice(name=name, value=name) for name in KINDS])
    @guarded(per_minute=10)
    async def healing_runs(self, interaction: discord.Interaction, status: str | None = None) -> None:
        """One line each, the newest first."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        runs = await self.face.store.runs.newest(KINDS.get(status or "", ()), LISTED)
        await answer(interaction, "\n".join(map(run_line, runs)) or "No playbook has run yet.")

    @app_commands.command(name="healing_run", description="Show one run: its steps, its timeline, what it waits for")
    @app_commands.describe(run="The run's id")
    @guarded(per_minute=10)
    async def healing_run(self, interaction: discord.Interaction, run: app_commands.Range[str, 1, 60]) -> None:
        """Everything that is known of it."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        found = await self.face.store.runs.get(run)
        trust = await self.face.healing.engine.trust.of(f"playbook {found.playbook}")
        embed = run_embed(found, await order_of(self.face, found), trust=f"{trust:.2f}")
        await answer(interaction, "", embed=embed)

    @healing_run.autocomplete("run")
    @guarded_choices
    async def offer_runs(self, interaction: discord.Interaction, typed: str) -> Choices:
        """The newest runs whose id or playbook holds what is typed."""
        runs = await self.face.store.runs.newest(limit=100)
        found = [run for run in runs if typed.lower() in f"{run.id} {run.playbook}"]
        return [app_commands.Choice(name=name_of(run), value=run.id) for run in found[:OFFERED]]

    @app_commands.command(name="healing_playbooks", description="List the playbooks, their steps and their trust")
    @guarded(per_minute=10)
    async def healing_playbooks(self, interaction: discord.Interaction) -> None:
        """Each with its ladder."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        engine = self.face.healing.engine
        paused = [pair.playbook for pair in pairs_of(await engine.guard.state())]
        lines = [
            playbook_line(each, await engine.trust.of(f"playbook {each.id}"), paused.count(each.id))
            for each in engine.shelf.all
        ]
        await answer(interaction, "", embed=discord.Embed(title="Playbooks", description=cut("\n".join(lines), 4000)))

    @app_commands.command(name="healing_start", description="Rehearse a playbook, then start it with a button")
    @app_commands.describe(playbook="Which one", argument="The part or service that it is about, where it needs one")
    @guarded(per_minute=6)
    async def healing_start(
        self,
        interaction: discord.Interaction,
        playbook: app_commands.Range[str, 1, 37],
        argument: app_commands.Range[str, 1, 50] | None = None,
    ) -> None:
        """Show what each step would do; nothing is done before the button."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        engine = self.face.healing.engine
        chosen = engine.shelf.named(playbook)
        steps = await engine.rehearse(by_hand(chosen.id, argument or "", interaction.user.id).trouble, chosen.id)
        view = discord.ui.View(timeout=None)
        view.add_item(HealButton(f"{chosen.id}:{argument or ''}"))
        await answer(interaction, rehearsal_text(chosen, steps), view=view)

    @healing_start.autocomplete("playbook")
    @guarded_choices
    async def offer_playbooks(self, interaction: discord.Interaction, typed: str) -> Choices:
        """Those of this host, its own first, whose id or title holds what is typed."""
        found = [
            each for each in self.face.healing.engine.shelf.all if typed.lower() in f"{each.id} {each.title}".lower()
        ]
        return [app_commands.Choice(name=f"{each.id}: {each.title}"[:100], value=each.id) for each in found[:OFFERED]]

    @app_commands.command(name="healing_trust", description="Show how far playbooks and parts are trusted, over time")
    @guarded(per_minute=6)
    async def healing_trust(self, interaction: discord.Interaction) -> None:
        """In words and as a chart."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        courses = courses_of(await self.face.store.trust.newest())
        if not courses:
            await answer(interaction, "Nothing has been verified or has failed yet, so trust is 0.50 everywhere.")
            return
        png = await asyncio.to_thread(drawn, courses)
        lines = [f"{course.now:.2f} {course.subject}" for course in courses[:LISTED]]
        await answer(interaction, "\n".join(lines), file=file_of(CHART, png, in_words(courses)))

    @app_commands.command(name="healing_pause", description="Stop all healing until it is resumed")
    @guarded(per_minute=6)
    async def healing_pause(self, interaction: discord.Interaction) -> None:
        """Pull the kill switch."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await self.face.repairs.decisions.write("pause_healing", interaction.user.id, "all")
        await self.face.healing.engine.guard.stop(str(interaction.user))
        await answer(interaction, "⏸️ No healing starts until `/healing_resume`; a run in progress finishes its steps.")

    @app_commands.command(name="healing_resume", description="Resume healing, or one paused pair of playbook and fault")
    @app_commands.describe(pair="A playbook and a fault, as /healing_playbooks and alerts name them")
    @guarded(per_minute=6)
    async def healing_resume(
        self, interaction: discord.Interaction, pair: app_commands.Range[str, 1, 100] | None = None
    ) -> None:
        """Put the kill switch back and free everything, or one pair only."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        guard, who = self.face.healing.engine.guard, str(interaction.user)
        found = next((each for each in pairs_of(await guard.state()) if pair_name(each) == pair), None)
        if pair is not None and found is None:
            raise RecordMissing(f"{pair} is not paused: choose one of the suggestions, or leave it out.")
        await self.face.repairs.decisions.write("resume_healing", interaction.user.id, pair or "all")
        await guard.reset(found, who)
        if found is None:
            await guard.resume(who)
        await answer(interaction, f"▶️ {found or 'Everything'} may heal again; the counts start from zero.")

    @healing_resume.autocomplete("pair")
    @guarded_choices
    async def offer_pairs(self, interaction: discord.Interaction, typed: str) -> Choices:
        """The pairs that are paused now."""
        names = [pair_name(pair) for pair in pairs_of(await self.face.healing.engine.guard.state())]
        return [app_commands.Choice(name=name, value=name) for name in names if typed in name][:OFFERED]


def name_of(run: PlaybookRun) -> str:
    """A run as a choice."""
    return f"{run.id} {run.playbook} ({run.status})"[:100]


async def order_of(face: Face, run: PlaybookRun) -> WorkOrder | None:
    """The order that the run waits for, if it can be read."""
    try:
        return await face.store.orders.get(run.work_order_id) if run.work_order_id else None
    except (RecordMissing, StoreUnavailable):
        return None
