"""One quiet order, and so one card, for each fault that the bot notices by itself; staged, unless told otherwise."""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.records.sighting import Sighting
from bot.records.store import StaleRecord
from bot.records.work_order import MACHINE, WorkOrder
from bot.repair.repairs import Repairs

COUNT_PAUSE = timedelta(seconds=5)
"""Between two counts on one card."""
MOST_REMEMBERED = 1_000
MOST_NEW, WHILE = 20, timedelta(minutes=10)
"""So many new cards in such a time; further faults are incidents all the same, and their cards come later."""
WHY = "The bot noticed this by itself; nothing was sent. An admin can ask for a patch: /debug_confirm_fix {incident}."

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Home:
    """Where the cards of faults go that nobody asked about."""

    guild_id: int
    channel_id: int


@dataclass
class Card:
    """What a fault's card says, as far as this process knows."""

    order_id: str
    sighting: Sighting
    shown: int
    """The count that was saved last."""
    shown_at: datetime


class NoticedOrders:
    """The orders of faults that nobody asked about."""

    def __init__(self, repairs: Repairs, clock: Callable[[], datetime], *, auto_propose: bool) -> None:
        self._repairs = repairs
        self._clock = clock
        self._auto_propose = auto_propose
        self.wake: Callable[[], None] = lambda: None
        """Asks for a `notice` soon."""
        self._home: Home | None = None
        self._homeless: dict[str, Sighting] = {}
        """Faults that were noticed before it was known where their cards go."""
        self._new: deque[datetime] = deque(maxlen=MOST_NEW)
        """When the newest orders were made."""
        self._cards: dict[str, Card | None] = {}
        """By fingerprint; None: its order is somebody's already."""

    @property
    def is_behind(self) -> bool:
        """Whether a card is missing, or shows less than is known."""
        waits = self._home is not None and bool(self._homeless)
        return waits or any(card and card.shown < card.sighting.count for card in self._cards.values())

    def settle_in(self, home: Home | None) -> None:
        """From now on cards go there, those that waited for it too; None: nowhere."""
        self._home = home
        if self._homeless:
            self.wake()

    async def notice(self, seen: list[Sighting]) -> None:
        """Stage orders for new faults, and bring the counts of known ones up to date. Raises StoreUnavailable."""
        waiting = {**self._homeless, **{each.fingerprint: each for each in seen}}
        self._homeless.clear()
        try:
            for fingerprint in list(waiting):
                await self._notice(fingerprint, waiting[fingerprint])
                del waiting[fingerprint]
        finally:  # while the store is away they go on waiting
            self._homeless.update(waiting)
        for fingerprint, card in list(self._cards.items()):
            if card and card.shown < card.sighting.count and abs(self._clock() - card.shown_at) >= COUNT_PAUSE:
                await self._show_count(fingerprint, card)

    async def _notice(self, fingerprint: str, sighting: Sighting) -> None:
        if fingerprint in self._cards:
            if card := self._cards[fingerprint]:
                card.sighting = sighting
        elif self._home is None or self._is_flooded():
            if len(self._homeless) < MOST_REMEMBERED:
                self._homeless[fingerprint] = sighting
        else:
            if len(self._cards) >= MOST_REMEMBERED:
                self._cards.clear()
            self._cards[fingerprint] = await self._card_of(sighting, self._home)

    def _is_flooded(self) -> bool:
        return len(self._new) == MOST_NEW and abs(self._clock() - self._new[0]) < WHILE

    async def _card_of(self, sighting: Sighting, home: Home) -> Card | None:
        async with self._repairs.opening:
            order, is_new = await self._found_or_made(sighting, home)
        if is_new:
            self._new.append(self._clock())
        if is_new and order.status != "staged":
            await self._repairs.send(order)
        if order.status != "staged" or order.requested_by != MACHINE:
            return None
        return Card(order.id, sighting, sighting.count if is_new else 0, self._clock())

    async def _found_or_made(self, sighting: Sighting, home: Home) -> tuple[WorkOrder, bool]:
        """The fault's newest order, and whether it was made just now."""
        orders, book = self._repairs.store.orders, self._repairs.book
        if found := await orders.newest(fingerprint=sighting.fingerprint):
            return found[0], False
        try:
            return await book.create(self._order(sighting, home)), True
        except StaleRecord:  # another process was faster
            return (await orders.newest(incident_id=sighting.incident_id))[0], False

    async def _show_count(self, fingerprint: str, card: Card) -> None:
        order = await self._repairs.store.orders.get(card.order_id)
        if order.status != "staged" or order.requested_by != MACHINE:
            self._cards[fingerprint] = None
            return
        try:
            await self._repairs.book.save(order.evolve(progress=counted(card.sighting)))
        except StaleRecord:  # somebody asks for it right now
            return
        card.shown, card.shown_at = card.sighting.count, self._clock()

    def _order(self, sighting: Sighting, home: Home) -> WorkOrder:
        now, agent = self._clock(), self._repairs.agent
        sends = self._auto_propose and agent.off is None
        status = "dispatched" if sends else "staged"
        return WorkOrder(
            id="wo_new",
            incident_id=sighting.incident_id,
            status="dispatched" if sends else "staged",
            agent=agent.name,
            summary=sighting.title,
            requested_by=MACHINE,
            guild_id=home.guild_id,
            channel_id=home.channel_id,
            created_at=now,
            history=((status, now),),
            reason=None if sends else WHY.format(incident=sighting.incident_id),
            progress=None if sends else counted(sighting),
        )


def counted(sighting: Sighting) -> str:
    """How often it was seen, as the card says it."""
    times = "once" if sighting.count == 1 else f"{sighting.count:,} times"
    return f"seen {times}, the last time <t:{int(sighting.last_seen.timestamp())}:R>"
