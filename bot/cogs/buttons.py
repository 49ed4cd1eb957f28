"""The buttons of a card and of a review: they survive a restart, and each passes the gate again when it is clicked."""

import re
from abc import abstractmethod
from typing import Self

import discord

from bot.cogs.cancelling import ask_whether_to_cancel, cancel_now
from bot.cogs.decision_forms import InsistForm, RejectForm
from bot.cogs.face import face_of
from bot.cogs.failures import answer_failure
from bot.cogs.guards import bind_request
from bot.cogs.issue_form import ask_whether_to_send, send_known
from bot.cogs.replies import answer
from bot.cogs.review import confirm, show_review, try_again
from bot.cogs.status import details_embed
from bot.incident.payload import INCIDENT_ID
from bot.repair.reverting import open_revert

CLICKS_PER_MINUTE = 12


class GuardedButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"suture:never"):
    """A button that a listed admin may press in the home guild; its custom id holds what it is about."""

    label = ""
    style = discord.ButtonStyle.secondary
    verb = ""
    opens_form = False
    """Whether it answers with a form, which must be the first answer."""

    def __init__(self, subject: str) -> None:
        super().__init__(
            discord.ui.Button(label=self.label, style=self.style, custom_id=f"suture:{self.verb}:{subject}")
        )
        self.subject = subject

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: discord.ui.Item[discord.ui.View], match: re.Match[str]
    ) -> Self:
        """The button as it was made, maybe by an earlier process."""
        return cls(match["subject"])

    async def callback(self, interaction: discord.Interaction) -> None:
        """Pass the gate, then act; a failure is answered as any other."""
        try:
            bind_request(interaction)
            gate = face_of(interaction).gate
            gate.admit(interaction)
            gate.pace(interaction, self.verb, CLICKS_PER_MINUTE)
            if not self.opens_form:
                await interaction.response.defer(ephemeral=True, thinking=True)
            await self.act(interaction)
        except Exception as error:  # event delivery: discord.py would drop it silently
            await answer_failure(interaction, error)

    @abstractmethod
    async def act(self, interaction: discord.Interaction) -> None:
        """What the button does."""


class ReviewButton(GuardedButton, template=r"suture:review:(?P<subject>wo_\d{8}_\d+)"):
    """Show diff, proof and a fresh token to the admin who pressed."""

    label, style, verb = "Review", discord.ButtonStyle.primary, "review"

    async def act(self, interaction: discord.Interaction) -> None:
        """Show the review."""
        await show_review(interaction, self.subject)


class RejectButton(GuardedButton, template=r"suture:reject:(?P<subject>wo_\d{8}_\d+)"):
    """Close the order without publishing, once it was said why."""

    label, style, verb = "Reject", discord.ButtonStyle.danger, "reject"
    opens_form = True

    async def act(self, interaction: discord.Interaction) -> None:
        """Ask why."""
        await interaction.response.send_modal(RejectForm(self.subject))


class InsistButton(GuardedButton, template=r"suture:insist:(?P<subject>wo_\d{8}_\d+)"):
    """Ask for Approve below the proof that is asked for."""

    label, verb = "Approve anyway…", "insist"
    opens_form = True

    async def act(self, interaction: discord.Interaction) -> None:
        """Ask for the order by its name."""
        await interaction.response.send_modal(InsistForm(self.subject))


class ApproveButton(GuardedButton, template=r"suture:approve:(?P<subject>sut-[a-z2-7]{26})"):
    """Approve with the token that stands beside it: the same path as the command."""

    label, style, verb = "Approve", discord.ButtonStyle.success, "approve"

    async def act(self, interaction: discord.Interaction) -> None:
        """Confirm the token."""
        await confirm(interaction, self.subject)


class CancelButton(GuardedButton, template=r"suture:cancel:(?P<subject>wo_\d{8}_\d+)"):
    """Ask whether the order is to be called off."""

    label, verb = "Cancel…", "cancel"

    async def act(self, interaction: discord.Interaction) -> None:
        """Say what that would leave behind."""
        await ask_whether_to_cancel(interaction, self.subject)


class CancelNowButton(GuardedButton, template=r"suture:cancelnow:(?P<subject>wo_\d{8}_\d+/[a-z_]+)"):
    """Call the order off, if it is still where it was when that was asked."""

    label, style, verb = "Yes, cancel it", discord.ButtonStyle.danger, "cancelnow"

    async def act(self, interaction: discord.Interaction) -> None:
        """Cancel."""
        await cancel_now(interaction, *self.subject.split("/"))


class RetryButton(GuardedButton, template=r"suture:retry:(?P<subject>wo_\d{8}_\d+)"):
    """Ask for a patch anew."""

    label, verb = "Propose again", "retry"

    async def act(self, interaction: discord.Interaction) -> None:
        """Try the incident again."""
        await try_again(interaction, self.subject)


class ProposeButton(GuardedButton, template=rf"suture:propose:(?P<subject>{INCIDENT_ID.pattern})"):
    """Show what would be sent for an incident that nobody asked a patch for yet."""

    label, style, verb = "Propose a patch…", discord.ButtonStyle.primary, "propose"

    async def act(self, interaction: discord.Interaction) -> None:
        """Show it, and ask."""
        await ask_whether_to_send(interaction, face_of(interaction), self.subject)


class ProposeNowButton(GuardedButton, template=rf"suture:proposenow:(?P<subject>{INCIDENT_ID.pattern})"):
    """Ask for the patch, by the same door as a new issue."""

    label, style, verb = "Yes, ask for it", discord.ButtonStyle.success, "proposenow"

    async def act(self, interaction: discord.Interaction) -> None:
        """Ask for it."""
        await send_known(interaction, face_of(interaction), self.subject)


class RevertButton(GuardedButton, template=r"suture:revert:(?P<subject>wo_\d{8}_\d+)"):
    """Ask for the revert of a fix that did not hold; it is shown and approved as any other patch."""

    label, style, verb = "Propose the revert", discord.ButtonStyle.danger, "revert"

    async def act(self, interaction: discord.Interaction) -> None:
        """Ask for it."""
        face = face_of(interaction)
        order = await open_revert(face.repairs, self.subject, person=interaction.user.id)
        face.followups.expect(order.id, interaction)
        await answer(
            interaction, f"⏪ {order.id} will revert the fix, once proved and approved; the review will come here."
        )


class DetailsButton(GuardedButton, template=r"suture:details:(?P<subject>status)"):
    """Show what the status leaves out."""

    label, verb = "Details", "details"

    async def act(self, interaction: discord.Interaction) -> None:
        """Show the details."""
        await answer(interaction, "", embed=await details_embed(face_of(interaction)))


BUTTONS = (
    ReviewButton,
    RejectButton,
    InsistButton,
    ApproveButton,
    CancelButton,
    CancelNowButton,
    RetryButton,
    ProposeButton,
    ProposeNowButton,
    RevertButton,
    DetailsButton,
)
