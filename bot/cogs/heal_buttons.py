"""The button that starts a rehearsed playbook."""

import discord

from bot.cogs.buttons import GuardedButton
from bot.cogs.face import face_of
from bot.cogs.heal_view import outcome_text
from bot.cogs.replies import answer
from bot.healing.reactions import Wanted
from bot.healing.trouble import Trouble
from bot.incident.fingerprint import fingerprint


def by_hand(playbook_id: str, argument: str, person: int) -> Wanted:
    """A heal that an admin asks for."""
    trouble = Trouble(
        fingerprint=fingerprint("by hand", f"{playbook_id} {argument}"),
        error_type="by hand",
        summary=f"{playbook_id} {argument}".strip() + ", asked for by an admin",
        context={"argument": argument, "pipeline": argument},
        asked_by=str(person),
    )
    return Wanted(trouble=trouble, playbook=playbook_id)


class HealButton(GuardedButton, template=r"suture:heal:(?P<subject>[a-z][a-z0-9_.-]{0,36}:[^\n]{0,50})"):
    """Start the playbook that was rehearsed."""

    label, style, verb = "Start", discord.ButtonStyle.danger, "heal"

    async def act(self, interaction: discord.Interaction) -> None:
        """Write the decision down, heal, and tell how far it came."""
        face = face_of(interaction)
        playbook_id, _, argument = self.subject.partition(":")
        await face.repairs.decisions.write("heal", interaction.user.id, playbook_id, argument=argument or None)
        run = await face.healing.heal(by_hand(playbook_id, argument, interaction.user.id))
        await answer(interaction, outcome_text(run))
