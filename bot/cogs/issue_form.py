"""Opening an issue: from the command's words, or from a form that already knows the newest error."""

import secrets

import discord

from bot.cogs.face import Face
from bot.cogs.failures import answer_failure
from bot.cogs.guards import bind_request
from bot.cogs.replies import answer, as_text, file_of
from bot.incident.payload import Context
from bot.logging import current
from bot.records.work_order import WorkOrder
from bot.repair.known_asks import Asker, open_known, preview_known
from bot.repair.repairs import Ask

MAX_LINES = 2000
MAX_SUMMARY = 1000


def opened_text(order: WorkOrder) -> str:
    """What the person who opened an issue reads."""
    head = f"🧾 Incident **{order.incident_id}**, work order **{order.id}**"
    if order.status == "staged":
        return f"{head}\n📦 Staged only: {as_text(order.reason or '', 300)}. Nothing was sent; the incident is kept."
    if order.status == "failed":
        return f"{head}\n❌ It was not accepted: {as_text(order.reason or '', 1000)}"
    if order.reason and order.sent_at:
        return f"{head}\n⏳ Sent, but the answer got lost: {as_text(order.reason, 500)}"
    if order.reason:
        return f"{head}\n⏳ Not sent yet: {as_text(order.reason, 500)} The bot will try again by itself."
    return (
        f"{head}\n📨 The coding agent was asked for a patch. Diff, proof and token will come here, and Review will be "
        "on the card. Nothing is pushed before you approve."
    )


def ask_of(interaction: discord.Interaction, summary: str, lines: int) -> Ask:
    """What this person asks for."""
    return Ask(
        summary=summary,
        lines=min(max(lines, 1), MAX_LINES),
        person=interaction.user.id,
        guild_id=interaction.guild_id or 0,
        channel_id=interaction.channel_id or 0,
        context=Context.of(current()),
    )


async def preview_issue(interaction: discord.Interaction, face: Face, ask: Ask) -> None:
    """Attach the very bytes that would leave; send nothing."""
    incident, body = await face.repairs.preview(ask)
    file = file_of("payload.json", body, "The bytes that would be sent")
    text = (
        f"🔍 Dry run of **{incident.id}**: `payload.json` is what would be sent; nothing was.\n"
        "-# the ids of an order are assigned when it is opened"
    )
    await answer(interaction, text, file=file)


async def open_issue(interaction: discord.Interaction, face: Face, ask: Ask) -> None:
    """Open the issue, say what became of it, and keep the person for the news."""
    order = await face.repairs.open(ask)
    face.followups.expect(order.id, interaction)
    await answer(interaction, opened_text(order))


def asker_of(interaction: discord.Interaction) -> Asker:
    """Who clicked, and where."""
    return Asker(person=interaction.user.id, guild_id=interaction.guild_id or 0, channel_id=interaction.channel_id or 0)


async def ask_whether_to_send(interaction: discord.Interaction, face: Face, incident_id: str) -> None:
    """Attach the very bytes that would leave, and ask once more."""
    from bot.cogs.buttons import ProposeNowButton

    body = await preview_known(face.repairs, incident_id, asker_of(interaction))
    view = discord.ui.View(timeout=None)
    view.add_item(ProposeNowButton(incident_id))
    why = face.repairs.agent.off
    text = f"It would only be kept: {as_text(why, 200)}." if why else "Nothing was sent yet."
    await answer(
        interaction,
        f"🔍 `payload.json` is the request for a patch of **{incident_id}**. {text}",
        file=file_of("payload.json", body, "The bytes that would be sent"),
        view=view,
    )


async def send_known(interaction: discord.Interaction, face: Face, incident_id: str) -> None:
    """Ask for a patch of it, say what became of that, and keep the person for the news."""
    order = await open_known(face.repairs, incident_id, asker_of(interaction))
    face.followups.expect(order.id, interaction)
    await answer(interaction, opened_text(order))


def newest_error(face: Face) -> str:
    """The newest error as a summary to start from."""
    error = face.handler.last_error()
    if error is None:
        return ""
    where = f" in {error.frames[-1][2]}" if error.frames else ""
    return f"{error.type_name}{where}: {error.message}"[:MAX_SUMMARY]


class IssueForm(discord.ui.Modal, title="Open an issue"):
    """Asks for the summary, prefilled with the newest error."""

    summary: discord.ui.TextInput["IssueForm"] = discord.ui.TextInput(
        label="What went wrong?", style=discord.TextStyle.paragraph, max_length=MAX_SUMMARY
    )

    def __init__(self, face: Face, lines: int, *, dry_run: bool) -> None:
        super().__init__(custom_id=f"debug_open_issue:{secrets.token_hex(8)}")  # each form finds its own answer
        self.face = face
        self.lines = lines
        self.dry_run = dry_run
        self.summary.default = newest_error(face)

    async def on_submit(self, interaction: discord.Interaction, /) -> None:
        """Pass the gate again, then open."""
        bind_request(interaction)
        self.face.gate.admit(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        if not self.summary.value.strip():
            await answer(interaction, "Say what went wrong: the summary is empty, so nothing was opened.")
            return
        ask = ask_of(interaction, self.summary.value.strip(), self.lines)
        await (preview_issue if self.dry_run else open_issue)(interaction, self.face, ask)

    async def on_error(  # type: ignore[override] # discord.py calls a modal's without an item
        self, interaction: discord.Interaction, error: Exception, /
    ) -> None:
        """A failure is answered as any other."""
        await answer_failure(interaction, error)
