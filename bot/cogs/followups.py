"""News for the person who asked, while their interaction lives: the review, and at the end the link."""

import logging
import time
from collections import defaultdict
from dataclasses import dataclass, field

import discord

from bot.cogs.replies import TOLD, answer, as_text
from bot.cogs.review import show_review
from bot.records.work_order import Status, WorkOrder

LIFE = 14 * 60
"""Seconds that an interaction takes follow-ups; Discord ends it at 15 minutes."""
ENDS: frozenset[Status] = frozenset({"pr_open", "no_fix", "failed", "rejected"})

log = logging.getLogger(__name__)


def end_text(order: WorkOrder) -> str:
    """How an order ended, in a sentence."""
    if order.status == "pr_open":
        return f"✅ {order.id}: the draft pull request is open: {order.pr_url}"
    why = as_text(order.reason or "no reason was given", 1500)
    return {
        "no_fix": f"🤷 {order.id}: {why}",
        "rejected": f"🚫 {order.id}: {why}",
    }.get(order.status, f"❌ {order.id} failed: {why}")


@dataclass
class Followups:
    """Who waits for which order."""

    _waiting: defaultdict[str, list[tuple[float, discord.Interaction]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def expect(self, order: WorkOrder, interaction: discord.Interaction) -> None:
        """Tell this person what comes next of the order."""
        now = time.monotonic()
        for order_id, waiting in list(self._waiting.items()):
            if not any(ends > now for ends, _ in waiting):
                del self._waiting[order_id]
        self._waiting[order.id].append((now + LIFE, interaction))

    async def tell(self, order: WorkOrder) -> None:
        """Send what an order's change means to those who wait for it."""
        if order.status != "awaiting_approval" and order.status not in ENDS:
            return
        waiting = self._waiting.pop(order.id, [])
        now = time.monotonic()
        for ends, interaction in waiting:
            if ends > now and interaction.response.is_done():
                await self._tell_one(order, interaction)
        if order.status == "awaiting_approval":
            self._waiting[order.id] = waiting

    @staticmethod
    async def _tell_one(order: WorkOrder, interaction: discord.Interaction) -> None:
        try:
            if order.status == "awaiting_approval":
                await show_review(interaction, order.id)
            else:
                await answer(interaction, end_text(order))
        except (*TOLD, discord.HTTPException) as error:
            log.warning("%s: a follow-up was lost: %s", order.id, error, extra={"action": "followup_lost"})
