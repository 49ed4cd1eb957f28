"""Calling an order off: first what that would leave behind, and then, once more asked, it is done."""

from typing import cast

import discord

from bot.cogs.face import face_of
from bot.cogs.replies import answer, as_text
from bot.records.work_order import Status
from bot.repair.calling_off import cancelled_text, refuse_to_cancel


async def ask_whether_to_cancel(interaction: discord.Interaction, order_id: str) -> None:
    """Show the person what cancelling means for this order where it is, and the button that does it."""
    from bot.cogs.buttons import CancelNowButton

    order = await face_of(interaction).store.orders.get(order_id)
    refuse_to_cancel(order)
    view = discord.ui.View(timeout=None)
    view.add_item(CancelNowButton(f"{order.id}/{order.status}"))
    text = f"Cancel **{order.id}** ({order.incident_id}), which is {order.status}? {cancelled_text(order)}"
    await answer(interaction, text, view=view)


async def cancel_now(interaction: discord.Interaction, order_id: str, seen: str) -> None:
    """Cancel the order, if it is still in the status that the person was asked about."""
    face = face_of(interaction)
    face.gate.admit(interaction)  # once more, at the moment of the act
    order = await face.repairs.cancel(order_id, person=interaction.user.id, seen=cast("Status", seen))
    await answer(interaction, f"🛑 {order.id} is cancelled. {as_text(order.reason or '')}")
