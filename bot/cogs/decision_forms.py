"""The forms behind a card's buttons: why a patch is rejected, and which one is wanted below the proof asked for."""

import secrets

import discord

from bot.cogs.face import face_of
from bot.cogs.failures import answer_failure
from bot.cogs.guards import bind_request
from bot.cogs.replies import answer
from bot.cogs.review import show_review
from bot.repair.rules import RepairRefused

MAX_REASON = 300


class DecisionForm(discord.ui.Modal, title="A decision"):
    """One question about one order; who answers passes the gate again."""

    def __init__(self, order_id: str) -> None:
        super().__init__(custom_id=f"decision:{secrets.token_hex(8)}")  # each form finds its own answer
        self.order_id = order_id

    async def on_submit(self, interaction: discord.Interaction, /) -> None:
        """Pass the gate again, then act."""
        bind_request(interaction)
        face_of(interaction).gate.admit(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        await self.act(interaction)

    async def act(self, interaction: discord.Interaction) -> None:
        """What the answer decides."""

    async def on_error(  # type: ignore[override] # discord.py calls a modal's without an item
        self, interaction: discord.Interaction, error: Exception, /
    ) -> None:
        """A failure is answered as any other."""
        await answer_failure(interaction, error)


class RejectForm(DecisionForm, title="Reject the patch"):
    """Asks why."""

    reason: discord.ui.TextInput["RejectForm"] = discord.ui.TextInput(
        label="Why? (shown on the card)", max_length=MAX_REASON, required=False
    )

    async def act(self, interaction: discord.Interaction) -> None:
        """Reject the order with this reason."""
        why = self.reason.value.strip() or "no reason given"
        order = await face_of(interaction).repairs.reject(self.order_id, person=interaction.user.id, reason=why)
        await answer(interaction, f"🚫 {order.id} is rejected; nothing was pushed.")


class InsistForm(DecisionForm, title="Approve below the proof asked for"):
    """Asks for the order by its name."""

    name: discord.ui.TextInput["InsistForm"] = discord.ui.TextInput(label="Type the order's id (wo_…)", max_length=40)

    async def act(self, interaction: discord.Interaction) -> None:
        """Show the review with a token, if it was named."""
        if self.name.value.strip() != self.order_id:
            raise RepairRefused(f"That is not {self.order_id}: nothing was shown.")
        await show_review(interaction, self.order_id, insists=True)
