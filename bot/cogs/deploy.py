"""`/deploy_latest`: what would be deployed, a button that deploys exactly that, and its progress in one message."""

import discord
from discord import app_commands

from bot.cogs.admin_cog import AdminCog
from bot.cogs.buttons import GuardedButton
from bot.cogs.deploy_watch import deploy_text
from bot.cogs.face import face_of
from bot.cogs.guards import guarded
from bot.cogs.lost_answers import LOST
from bot.cogs.replies import NOBODY, answer, as_code, as_text
from bot.repair.deploys import Deploy


class DeployButton(GuardedButton, template=r"suture:deploy:(?P<subject>[0-9a-f]{40})"):
    """Deploy exactly the commit that was shown."""

    label, style, verb = "Deploy", discord.ButtonStyle.danger, "deploy"

    async def act(self, interaction: discord.Interaction) -> None:
        """Begin it, say so publicly, and follow it."""
        face = face_of(interaction)
        face.gate.admit(interaction)  # once more, at the moment of the act
        deployment_id = await face.deploys.begin(self.subject, interaction.user.id)
        channel_id = face.card_channel_id or interaction.channel_id or 0
        place = interaction.client.get_partial_messageable(channel_id)
        begun = Deploy(
            id=deployment_id, commit=self.subject, asked_by=interaction.user.id, channel_id=channel_id, message_id=0
        )
        try:
            message = await place.send(deploy_text(begun), allowed_mentions=NOBODY)
        except LOST as error:  # the deploy goes on all the same
            untold = (
                f"its progress cannot be shown in <#{channel_id}>: {as_text(str(error), 200)}. Look at it on Railway"
            )
            await answer(interaction, f"🚢 {as_code(self.subject[:12])} is on its way, but {untold}.")
            return
        begun = begun.model_copy(update={"message_id": message.id})
        await face.deploys.keep(begun)
        face.deploy_watch.begin(interaction.client, face.deploys, begun)
        await answer(interaction, f"🚢 {as_code(self.subject[:12])} is on its way: {message.jump_url}")


class DeployCog(AdminCog):
    """The door to Railway."""

    @app_commands.command(name="deploy_latest", description="Deploy the newest commit of the default branch on Railway")
    @guarded(per_minute=4)
    async def deploy_latest(self, interaction: discord.Interaction) -> None:
        """Show what would be deployed; nothing happens before the button is pressed."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        candidate = await self.face.deploys.candidate()
        view = discord.ui.View(timeout=None)
        view.add_item(DeployButton(candidate.commit))
        running = "It is already running; this would build it again." if candidate.is_running else (
            f"Running now: {as_code(self.face.facts.build[:12])}"
        )  # fmt: skip
        await answer(
            interaction,
            f"**Deploy** {as_code(candidate.commit[:12])} “{as_text(candidate.title, 200)}” "
            f"to the service {as_code(candidate.service)}?\n{running}",
            view=view,
        )
