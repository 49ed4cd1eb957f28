"""What a card shows of an order: where it is and since when, what is proved, who decided what, and who is asked now."""

import discord

from bot.cogs.buttons import RejectButton, RetryButton, RevertButton, ReviewButton
from bot.cogs.replies import as_text
from bot.cogs.review import stamp
from bot.records.proposal import LEVELS
from bot.records.work_order import NEXT, Status, WorkOrder
from bot.repair.attempts import ABLE
from bot.repair.endings import HEADLINES, WORTH_ANOTHER, asked_now, headline
from bot.repair.rules import Rules

COLOURS: dict[Status, discord.Colour] = {
    "awaiting_approval": discord.Colour.gold(),
    "pr_open": discord.Colour.green(),
    "verified": discord.Colour.green(),
    "regressed": discord.Colour.red(),
    "failed": discord.Colour.red(),
    "rejected": discord.Colour.dark_grey(),
    "no_fix": discord.Colour.dark_grey(),
    "expired": discord.Colour.dark_grey(),
    "cancelled": discord.Colour.dark_grey(),
}
PROOF_WORDS = ("unproved", "it applies", "tested", "proved", "strong")
"""The levels of a proof, a word each."""
MOST_STEPS = 12


def steps_of(order: WorkOrder) -> str:
    """What happened when, the newest steps when there are many."""
    rows = [f"{stamp(at.timestamp(), 'T')} {HEADLINES[status].split(':')[0]}" for status, at in order.history]
    return "\n".join(rows[-MOST_STEPS:]) or "nothing yet"


def links_of(order: WorkOrder) -> str:
    """Where its runs and its pull request are."""
    links = {"run": order.run_url, "publish run": order.publish_run_url, "pull request": order.pr_url}
    return " · ".join(f"[{name}]({url})" for name, url in links.items() if url)


def proof_of(order: WorkOrder) -> str:
    """How far the patch is proved, in a word and a sentence."""
    if order.proof_level is None:
        return ""
    return f"**{PROOF_WORDS[order.proof_level]}** (level {order.proof_level} of 4: {LEVELS[order.proof_level]})"


def approval_of(order: WorkOrder) -> str:
    """Until when the open approval can be used, or what was approved by whom."""
    if order.approved_by and order.approved_at:
        digest, base = (order.diff_sha256 or "")[:16], (order.base_sha or "")[:12]
        at = stamp(order.approved_at.timestamp(), "f")
        return f"<@{order.approved_by}> approved the diff `{digest}…` on `{base}` at {at}"
    if order.status != "awaiting_approval":
        return ""
    if order.token_until is None:
        return "No token is open; **Review** makes one."
    return f"A token was shown; it expires {stamp(order.token_until.timestamp())}."


def ended_by(order: WorkOrder) -> str:
    """Which person ended it."""
    if order.rejected_by:
        return f"Rejected by <@{order.rejected_by}>"
    return f"Cancelled by <@{order.cancelled_by}>" if order.cancelled_by else ""


def embed_of(order: WorkOrder, rules: Rules) -> discord.Embed:
    """The card's content."""
    attempt = f" · attempt {order.attempt}" if order.attempt > 1 else ""
    embed = discord.Embed(
        title=f"{order.incident_id} · {order.id}{attempt}",
        description=f"{as_text(order.summary, 500)}\n\n**{headline(order)}**",
        colour=COLOURS.get(order.status, discord.Colour.blurple()),
    )
    fields = {
        "Now": as_text(order.progress or "", 200),
        "Waiting for": asked_now(order, rules) or "",
        "Why" if not NEXT[order.status] else "Note": as_text(order.reason or "", 900),
        "Playbook's run": order.healing_run_id or "",
        "Proof": proof_of(order),
        "Cost": f"{order.cost_usd:.2f} USD, as the agent reports it" if order.cost_usd is not None else "",
        "Approval": approval_of(order),
        "Ended by": ended_by(order),
        "So far": steps_of(order),
        "Links": links_of(order),
    }
    for name, value in fields.items():
        if value:
            embed.add_field(name=name, value=value, inline=False)
    return embed


def view_of(order: WorkOrder) -> discord.ui.View:
    """The card's buttons: only what can be done now."""
    view = discord.ui.View(timeout=None)
    if order.status == "awaiting_approval":
        view.add_item(ReviewButton(order.id))
        view.add_item(RejectButton(order.id))
    if order.status == "staged" or order.status in WORTH_ANOTHER:
        view.add_item(retry_button(order))
    if order.status == "regressed" and order.merge_sha and order.agent in ABLE and not order.reverts:
        view.add_item(RevertButton(order.id))
    return view


def retry_button(order: WorkOrder) -> RetryButton:
    """The button that asks for a patch; what nobody asked for yet is not asked for again."""
    button = RetryButton(order.id)
    if order.status == "staged":
        button.item.label = "Propose a patch"
    return button
