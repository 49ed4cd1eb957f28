"""One living message per incident: posted once, edited in place for its newest order, true again after a restart."""

import asyncio
import logging
import secrets
from contextlib import suppress
from dataclasses import dataclass, field

import discord

from bot.cogs.card_text import embed_of, view_of
from bot.cogs.card_thread import Threads
from bot.cogs.face import Face
from bot.cogs.heal_progress import HealProgress
from bot.cogs.lost_answers import LOST
from bot.cogs.replies import NOBODY
from bot.records.store import StoreUnavailable
from bot.records.work_order import NEXT, UNDER_WAY, WorkOrder

EDIT_PAUSE = 5.0
"""Seconds between two edits of one message; the first may follow its post at once."""
LONGEST_PAUSE = 300.0
"""Seconds between two tries of a card that cannot be written."""
CLOSE_SECONDS = 3.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """Where a card stands, and which version of which attempt's order it shows."""

    channel_id: int
    message_id: int
    version: int
    attempt: int

    def __str__(self) -> str:
        return f"{self.channel_id}/{self.message_id}/{self.version}/{self.attempt}"

    @property
    def shows(self) -> tuple[int, int]:
        """What it shows: greater is newer."""
        return self.attempt, self.version


def newness(order: WorkOrder) -> tuple[int, int]:
    """How new an order is among those of its incident."""
    return order.attempt, order.version


@dataclass
class Cards:
    """The cards of one client. `show` never waits for Discord; each card is written by a task of its own."""

    client: discord.Client
    face: Face
    pause: float = EDIT_PAUSE
    _newest: dict[str, WorkOrder] = field(default_factory=dict)
    """What is to be written, by incident."""
    _closed: asyncio.Event = field(default_factory=asyncio.Event)
    _writers: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _orders: dict[int, str] = field(default_factory=dict)
    """Whose card a message is."""

    def __post_init__(self) -> None:
        self.threads = Threads(self.client, self.face)
        self.progress = HealProgress(self.face)

    async def show(self, order: WorkOrder) -> None:
        """Bring the incident's card up to date, soon; one that nobody asked for may have no place yet."""
        if not (self.face.card_channel_id or order.channel_id):
            return
        name = order.incident_id
        waiting = self._newest.get(name)
        if waiting is None or newness(waiting) < newness(order):
            self._newest[name] = order
        if name not in self._writers and not self._closed.is_set():
            self._writers[name] = asyncio.create_task(self._write_all(name), name=f"card {name}")

    async def catch_up(self) -> None:
        """After a start: cards of open orders are written anew, those of ended ones where they are behind."""
        newest: dict[str, WorkOrder] = {}
        orders = self.face.store.orders
        for order in [*await orders.newest(statuses=UNDER_WAY), *(await orders.newest())[:50]]:
            if order.incident_id not in newest or newness(newest[order.incident_id]) < newness(order):
                newest[order.incident_id] = order
        for order in newest.values():
            place = await self._place_of(order)
            if place is None or place.shows < newness(order) or NEXT[order.status]:
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

    async def _write_all(self, name: str) -> None:
        try:
            await self._write_what_comes(name)
        finally:  # whatever it broke on, the next news of this card finds a writer
            del self._writers[name]

    async def _write_what_comes(self, name: str) -> None:
        pause = self.pause
        while name in self._newest and not self._closed.is_set():
            order = self._newest.pop(name)
            try:
                pause = 0.0 if await self._write(order) else self.pause
                self.face.troubles.pop(f"card {name}", None)
            except (*LOST, StoreUnavailable) as error:
                self._tell_unwritten(order, error)
                self._newest.setdefault(name, order)
                pause = min(max(pause, self.pause) * 2, LONGEST_PAUSE)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closed.wait(), pause)

    def _tell_unwritten(self, order: WorkOrder, error: Exception) -> None:
        """In the status while it lasts, and in the log once for each reason."""
        trouble = f"cards: the one of {order.incident_id} cannot be written: {error}"
        if self.face.troubles.get(f"card {order.incident_id}") != trouble:
            log.warning("card of %s not written: %s", order.id, error, extra={"action": "card_not_written"})
        self.face.troubles[f"card {order.incident_id}"] = trouble

    async def _write(self, order: WorkOrder) -> bool:
        """Edit the card, or post it; tells whether it was posted."""
        place = await self._place_of(order)
        if place and place.attempt > order.attempt:
            return False  # it is a later attempt's already
        edited = await self._edited(place, order) if place else None
        message = edited or await self._posted(order, is_first=place is None)
        self._orders[message.id] = order.id
        now = Place(message.channel.id, message.id, order.version, order.attempt)
        await self.face.store.notes.write({f"card:{order.incident_id}": str(now)})
        await self.threads.open(order, message)
        return edited is None

    async def _place_of(self, order: WorkOrder) -> Place | None:
        """The incident's card; an earlier version gave each order its own, and told no attempt."""
        notes = self.face.store.notes
        note = await notes.read(f"card:{order.incident_id}") or await notes.read(f"card:{order.id}")
        if not note:
            return None
        channel_id, message_id, version, *attempt = (int(part) for part in note.split("/"))
        return Place(channel_id, message_id, version, attempt[0] if attempt else order.attempt)

    async def _edited(self, place: Place, order: WorkOrder) -> discord.Message | None:
        card = self.client.get_partial_messageable(place.channel_id).get_partial_message(place.message_id)
        try:
            return await card.edit(embed=await self._embed(order), view=view_of(order), allowed_mentions=NOBODY)
        except discord.NotFound:
            return None

    async def _posted(self, order: WorkOrder, *, is_first: bool) -> discord.Message:
        wanted = self.face.card_channel_id or order.channel_id
        # By its nonce Discord knows a card again whose first answer was lost, and posts no second one.
        nonce = order.incident_id if is_first else secrets.token_hex(8)
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
        if f"card {order.incident_id}" in self.face.troubles:  # maybe an earlier try's card, with an older content
            return await message.edit(embed=await self._embed(order), view=view_of(order), allowed_mentions=NOBODY)
        return message

    async def _send(self, channel_id: int, order: WorkOrder, nonce: str) -> discord.Message:
        channel = self.client.get_partial_messageable(channel_id)
        embed, view = await self._embed(order), view_of(order)
        return await channel.send(embed=embed, view=view, allowed_mentions=NOBODY, nonce=nonce)

    async def _embed(self, order: WorkOrder) -> discord.Embed:
        """The order, and how far the healing of its incident is."""
        embed = embed_of(order, self.face.repairs.rules)
        if told := await self.progress.of(order):
            embed.add_field(name="Healing", value=told, inline=False)
        return embed
