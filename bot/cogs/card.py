"""One living message per order: posted once, edited in place, true again after a restart."""

import asyncio
import logging
import secrets
from contextlib import suppress
from dataclasses import dataclass, field

import discord

from bot.cogs.buttons import RejectButton, ReviewButton
from bot.cogs.face import Face
from bot.cogs.lost_answers import LOST
from bot.cogs.replies import NOBODY, as_text
from bot.cogs.review import stamp
from bot.records.store import StoreUnavailable
from bot.records.work_order import NEXT, Status, WorkOrder

EDIT_PAUSE = 5.0
"""Seconds between two edits of one message; the first may follow its post at once."""
LONGEST_PAUSE = 300.0
"""Seconds between two tries of a card that cannot be written."""
CLOSE_SECONDS = 3.0

SENTENCES: dict[Status, str] = {
    "staged": "📦 Staged: nothing was sent",
    "dispatched": "📨 Sent to the coding agent",
    "proposing": "🧠 The coding agent is at work",
    "awaiting_approval": "🙋 A patch waits for an admin: press **Review**",
    "publishing": "🚀 Approved: publishing the draft pull request",
    "pr_open": "✅ Draft pull request open: review and merge it on GitHub",
    "merged": "🔀 Merged: deploy it",
    "deploying": "🚢 Deploying: an older build still runs too",
    "verifying": "🔬 Live: watching whether the fault stays away",
    "verified": "🏁 Verified: live, and the fault stayed away",
    "no_fix": "🤷 No fix was found",
    "rejected": "🚫 Rejected",
    "expired": "⌛ Given up: its time ran out",
    "failed": "❌ Failed",
    "regressed": "🔁 The fault is back",
    "cancelled": "🛑 Cancelled",
}
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

log = logging.getLogger(__name__)


def embed_of(order: WorkOrder) -> discord.Embed:
    """The card's content: where it stands, what happened when, and the links."""
    embed = discord.Embed(
        title=f"{order.incident_id} · {order.id}",
        description=f"{as_text(order.summary, 500)}\n\n**{SENTENCES[order.status]}**",
        colour=COLOURS.get(order.status, discord.Colour.blurple()),
    )
    if order.progress:
        embed.add_field(name="Now", value=as_text(order.progress, 200), inline=False)
    if order.reason:
        embed.add_field(name="Why", value=as_text(order.reason, 900), inline=False)
    steps = [f"{stamp(at.timestamp(), 'T')} {SENTENCES[status].split(':')[0]}" for status, at in order.history]
    embed.add_field(name="So far", value="\n".join(steps)[-1000:], inline=False)
    links = {"run": order.run_url, "publish run": order.publish_run_url, "pull request": order.pr_url}
    shown = [f"[{name}]({url})" for name, url in links.items() if url]
    if shown:
        embed.add_field(name="Links", value=" · ".join(shown), inline=False)
    if order.rejected_by:
        embed.add_field(name="Rejected by", value=f"<@{order.rejected_by}>", inline=False)
    if order.approved_by:
        embed.add_field(name="Approved by", value=f"<@{order.approved_by}>", inline=False)
    return embed


def view_of(order: WorkOrder) -> discord.ui.View:
    """The card's buttons: only what can be done now."""
    view = discord.ui.View(timeout=None)
    if order.status == "awaiting_approval":
        view.add_item(ReviewButton(order.id))
        view.add_item(RejectButton(order.id))
    return view


@dataclass(frozen=True)
class Place:
    """Where a card stands, and which version of its order it shows."""

    channel_id: int
    message_id: int
    version: int

    def __str__(self) -> str:
        return f"{self.channel_id}/{self.message_id}/{self.version}"


@dataclass
class Cards:
    """The cards of one client. `show` never waits for Discord; each card is written by a task of its own."""

    client: discord.Client
    face: Face
    pause: float = EDIT_PAUSE
    _newest: dict[str, WorkOrder] = field(default_factory=dict)
    _closed: asyncio.Event = field(default_factory=asyncio.Event)
    _writers: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _orders: dict[int, str] = field(default_factory=dict)
    """Whose card a message is."""

    async def show(self, order: WorkOrder) -> None:
        """Bring the order's card up to date, soon."""
        self._newest[order.id] = order
        if order.id not in self._writers and not self._closed.is_set():
            self._writers[order.id] = asyncio.create_task(self._write_all(order.id), name=f"card {order.id}")

    async def catch_up(self) -> None:
        """After a start: open orders' cards are written anew, ended ones where they are behind."""
        for order in (await self.face.store.orders.newest())[:50]:
            place = await self._place_of(order.id)
            if place is None or place.version < order.version or NEXT[order.status]:
                await self.show(order)

    async def replace(self, message_id: int) -> None:
        """A message was deleted: the card of an open order comes back, for it is the door to its approval."""
        order_id = self._orders.pop(message_id, None)
        if order_id is None:
            return
        order = await self.face.store.orders.get(order_id)
        if NEXT[order.status]:
            await self.show(order)

    async def close(self) -> None:
        """Let each writer end the write that it is in; what they did not write is caught up at the next start."""
        self._closed.set()
        if self._writers:
            await asyncio.wait(set(self._writers.values()), timeout=CLOSE_SECONDS)

    async def _write_all(self, order_id: str) -> None:
        pause = self.pause
        while order_id in self._newest and not self._closed.is_set():
            order = self._newest.pop(order_id)
            try:
                pause = 0.0 if await self._write(order) else self.pause
                self.face.troubles.pop(f"card {order_id}", None)
            except (*LOST, StoreUnavailable) as error:
                self._tell_unwritten(order, error)
                self._newest.setdefault(order_id, order)
                pause = min(max(pause, self.pause) * 2, LONGEST_PAUSE)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closed.wait(), pause)
        del self._writers[order_id]

    def _tell_unwritten(self, order: WorkOrder, error: Exception) -> None:
        """In the status while it lasts, and in the log once for each reason."""
        trouble = f"cards: the one of {order.id} cannot be written: {error}"
        if self.face.troubles.get(f"card {order.id}") != trouble:
            log.warning("card of %s not written: %s", order.id, error, extra={"action": "card_not_written"})
        self.face.troubles[f"card {order.id}"] = trouble

    async def _write(self, order: WorkOrder) -> bool:
        """Edit the card, or post it; tells whether it was posted."""
        place = await self._place_of(order.id)
        edited = await self._edited(place, order) if place else None
        message = edited or await self._posted(order, is_first=place is None)
        self._orders[message.id] = order.id
        now = Place(message.channel.id, message.id, order.version)
        await self.face.store.notes.write({f"card:{order.id}": str(now)})
        return edited is None

    async def _place_of(self, order_id: str) -> Place | None:
        note = await self.face.store.notes.read(f"card:{order_id}")
        return Place(*(int(part) for part in note.split("/"))) if note else None

    async def _edited(self, place: Place, order: WorkOrder) -> discord.Message | None:
        channel = self.client.get_partial_messageable(place.channel_id)
        try:
            return await channel.get_partial_message(place.message_id).edit(
                embed=embed_of(order), view=view_of(order), allowed_mentions=NOBODY
            )
        except discord.NotFound:
            return None

    async def _posted(self, order: WorkOrder, *, is_first: bool) -> discord.Message:
        wanted = self.face.card_channel_id or order.channel_id
        # By its nonce Discord knows a card again whose first answer was lost, and posts no second one.
        nonce = order.id if is_first else secrets.token_hex(8)
        try:
            message = await self._send(wanted, order, nonce)
        except (discord.Forbidden, discord.NotFound) as error:
            if wanted == order.channel_id:
                raise
            message = await self._send(order.channel_id, order, nonce)
            trouble = (
                f"cards: DEBUG_CHANNEL_ID {wanted} cannot be written ({error.text}); they go to the command's channel"
            )
            self.face.troubles["cards"] = trouble
            log.warning("%s", trouble, extra={"action": "card_elsewhere"})
        else:
            self.face.troubles.pop("cards", None)
        if f"card {order.id}" in self.face.troubles:  # then it may be the card of an earlier try, with an older content
            return await message.edit(embed=embed_of(order), view=view_of(order), allowed_mentions=NOBODY)
        return message

    async def _send(self, channel_id: int, order: WorkOrder, nonce: str) -> discord.Message:
        channel = self.client.get_partial_messageable(channel_id)
        embed, view = embed_of(order), view_of(order)
        return await channel.send(embed=embed, view=view, allowed_mentions=NOBODY, nonce=nonce)
