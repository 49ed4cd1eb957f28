"""Showing a proposal to one admin, and taking the approval of exactly what was shown."""

import logging

import discord
from discord.utils import MISSING

from bot.cogs.face import Face, face_of
from bot.cogs.failures import TOLD
from bot.cogs.lost_answers import LOST
from bot.cogs.replies import answer, as_code, as_text, file_of
from bot.incident.payload import INCIDENT_ID
from bot.records.proposal import LEVELS
from bot.records.work_order import Status, WorkOrder
from bot.repair.incident_list import attempts_of
from bot.repair.repairs import TOKENS_ENDED, Review

SHOWN_FILES = 10

log = logging.getLogger(__name__)


def stamp(seconds: float, style: str = "R") -> str:
    """A time as Discord shows it to each reader in their own zone."""
    return f"<t:{int(seconds)}:{style}>"


def files_text(files: list[str]) -> str:
    """The touched files, and how many there are when not all are named."""
    named = ", ".join(as_code(name, 80) for name in files[:SHOWN_FILES])
    return named if len(files) <= SHOWN_FILES else f"{named} … and {len(files) - SHOWN_FILES} more, {len(files)} in all"


def approval_lines(review: Review) -> list[str]:
    """How to approve it, or why this person cannot."""
    if review.issued is None:
        return [f"⚠️ {review.hindrance}"]
    return [
        "Read `patch.diff`. To publish exactly this diff, press Approve or use "
        f"`/debug_confirm_fix token:{review.issued.token}`",
        f"-# the token expires {stamp(review.issued.expires_at.timestamp())}, works once, and only you can see it",
    ]


def review_text(review: Review) -> str:
    """What an admin reads before approving: first what the approval is bound to, then the agent's words."""
    order, proposal, report = review.order, review.proposal, review.proposal.report
    lines = [
        f"**Review of {order.id}** ({order.incident_id})",
        *approval_lines(review),
        f"sha256 `{proposal.diff_sha256[:16]}…` on `{proposal.base_sha[:12]}`",
        f"**Proof** level {proposal.proof.level}: {LEVELS[proposal.proof.level]}",
        *(
            [f"⚠️ **Flagged** {as_text(' '.join(proposal.proof.policy_flags), 400)}"]
            if proposal.proof.policy_flags
            else []
        ),
        f"**Files** {files_text(proposal.files)}",
        f"**Cause** {as_text(report.root_cause, 350)}",
        f"**Fix** {as_text(report.fix, 350)}",
        f"**Risk** {as_text(report.risk or 'not said', 200)} (confidence: {report.confidence})",
    ]
    return "\n".join(lines)


async def show_review(interaction: discord.Interaction, order_id: str, *, insists: bool = False) -> None:
    """Give the person alone the diff, the proof and, if they may, a fresh token and an Approve button."""
    from bot.cogs.buttons import ApproveButton, InsistButton

    repairs = face_of(interaction).repairs
    review = await repairs.review(order_id, person=interaction.user.id, insists=insists)
    view = discord.ui.View(timeout=None)
    if review.issued is not None:
        view.add_item(ApproveButton(review.issued.token))
    elif interaction.user.id != repairs.rules.bars(review.order):
        view.add_item(InsistButton(order_id))
    patch = file_of("patch.diff", review.proposal.diff, "The proposed patch")
    await answer(interaction, review_text(review), file=patch, view=view if view.children else MISSING)


async def confirm(interaction: discord.Interaction, token: str) -> None:
    """Approve what the token was shown with, and say what happens now."""
    face = face_of(interaction)
    face.gate.admit(interaction)  # once more, at the moment of the act
    if INCIDENT_ID.fullmatch(token.strip()):
        await go_on(interaction, token.strip())
        return
    order = await face.repairs.approve(token, person=interaction.user.id, guild_id=interaction.guild_id)
    face.followups.expect(order.id, interaction)
    await answer(
        interaction, f"✅ {order.id} is approved: the draft pull request is on its way, and its link comes here."
    )


async def go_on(interaction: discord.Interaction, incident_id: str) -> None:
    """An incident's id instead of a token never publishes: what waits is shown, what has ended is tried again."""
    face = face_of(interaction)
    newest = (await attempts_of(face.store, incident_id))[0]
    if newest.status == "awaiting_approval":
        await show_review(interaction, newest.id)
    else:
        await try_again(interaction, newest.id)


async def try_again(interaction: discord.Interaction, order_id: str) -> None:
    """Ask for a patch anew, and keep the person for the news."""
    face = face_of(interaction)
    face.gate.admit(interaction)  # once more, at the moment of the act
    order = await face.repairs.retry(order_id, person=interaction.user.id)
    face.followups.expect(order.id, interaction)
    await answer(interaction, f"🔁 {order.incident_id} is tried again as {order.id} (attempt {order.attempt}).")


def end_text(order: WorkOrder) -> str | None:
    """How an order ended, in a sentence; None while it goes on."""
    why = as_text(order.reason or "no reason was given", 1500)
    sentences: dict[Status, str] = {
        "pr_open": f"✅ {order.id}: the draft pull request is open: {order.pr_url}",
        "no_fix": f"🤷 {order.id}: {why}",
        "rejected": f"🚫 {order.id} was rejected by <@{order.rejected_by}>: {why}",
        "failed": f"❌ {order.id} failed: {why}",
        "cancelled": f"🛑 {order.id} was cancelled by <@{order.cancelled_by}>. {why}",
    }
    return sentences.get(order.status)


async def tell_followers(face: Face, order: WorkOrder) -> None:
    """Send those who wait for an order the review when a patch is there, and at its end how it ended."""
    end = end_text(order)
    was_shown = order.token_until is not None or (order.reason or "").endswith(TOKENS_ENDED)
    is_new = order.status == "awaiting_approval" and not was_shown
    if not is_new and end is None:
        return
    for interaction in face.followups.of(order.id):
        if interaction.user.id in (order.rejected_by, order.cancelled_by):
            continue  # the button has answered
        try:
            await (answer(interaction, end) if end else show_review(interaction, order.id))
        except (*TOLD, *LOST) as error:
            log.warning("%s: a follow-up was lost: %s", order.id, error, extra={"action": "followup_lost"})
    if end:
        face.followups.forget(order.id)
