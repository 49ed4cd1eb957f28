"""Each run of a playbook before everybody's eyes: on its incident's card; without one, on a message of its own."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

import discord

from bot.cogs.card import Cards, newness
from bot.cogs.face import Face
from bot.cogs.heal_progress import HealProgress
from bot.cogs.heal_view import run_embed
from bot.cogs.lost_answers import LOST
from bot.cogs.replies import NOBODY
from bot.events.bus import Entry, Subscription
from bot.records.playbook_run import RUN_DONE, PlaybookRun
from bot.records.store import RecordMissing, StoreUnavailable
from bot.records.work_order import WorkOrder
from bot.supervision import supervised

PAUSE = 5.0
"""Seconds between two looks at the open runs, and so between two edits of one message."""
LOOKED_AT = 20
CARD_WAIT = timedelta(seconds=10)
"""How long a run waits for its incident to get a card before it gets a message of its own."""
ON_CARD = 0
"""Stands for the message of a run that is shown on its incident's card."""
HEARD = ("self_healing.*", "coding_agent.*")

log = logging.getLogger(__name__)


@dataclass
class HealCards:
    """The runs in the admins' channel."""

    client: discord.Client
    face: Face
    cards: Cards
    pause: float = PAUSE
    _shown: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By run: the versions of the run and of its order that are shown."""
    _some: asyncio.Event = field(default_factory=asyncio.Event)
    _heard: Subscription | None = None
    _task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Show runs from now on."""
        self._some.set()
        self._heard = self.face.bus.subscribe("heal cards", HEARD, self._hear)
        self._task = asyncio.create_task(supervised("heal cards", self._run, self.pause), name="heal cards")

    async def close(self) -> None:
        """Show no more; what was not shown is caught up at the next start."""
        if self._heard is not None and self._task is not None:
            self.face.bus.unsubscribe(self._heard)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _hear(self, entry: Entry) -> None:
        self._some.set()

    async def _run(self) -> None:
        await self.client.wait_until_ready()
        busy = True
        while self.face.card_channel_id is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._some.wait(), self.pause if busy else None)
            self._some.clear()
            try:
                busy = await self._show_all(self.face.card_channel_id)
            except (*LOST, StoreUnavailable) as error:
                busy = True
                self.face.troubles["runs"] = f"runs: their messages cannot be written: {error}"
            else:
                self.face.troubles.pop("runs", None)
            await asyncio.sleep(min(self.pause, 1.0))

    async def _show_all(self, channel_id: int) -> bool:
        """Bring every message up to date; tells whether a run is open."""
        runs = await self.face.store.runs.newest(limit=LOOKED_AT)
        are_shown = [await self._show(channel_id, run) for run in reversed(runs)]
        return not all(are_shown) or any(run.status not in RUN_DONE for run in runs)

    async def _show(self, channel_id: int, run: PlaybookRun) -> bool:
        """Bring one up to date; tells whether it is."""
        order = await self._order_of(run)
        shows = (run.version, order.version if order else 0)
        if await self._shown_of(run) == shows:
            return True
        message_id = await self._message_of(run)
        on_card = await self._order_with_card(run)
        if on_card is not None:
            await self.cards.show(on_card)
        if on_card is not None and not message_id:
            await self._note(run, order, channel_id, ON_CARD)
        elif message_id is None and run.incident_id and self.face.clock() - run.started_at < CARD_WAIT:
            return False
        else:
            await self._write(channel_id, run, order)
        self._shown[run.id] = shows
        return True

    async def _order_with_card(self, run: PlaybookRun) -> WorkOrder | None:
        """The newest order of the run's incident, whose card it is."""
        if run.incident_id is None:
            return None
        orders = await self.face.store.orders.newest(incident_id=run.incident_id)
        return max(orders, key=newness, default=None)

    async def _message_of(self, run: PlaybookRun) -> int | None:
        """The run's own message, or ON_CARD; None: it is shown nowhere yet."""
        note = await self.face.store.notes.read(f"run:{run.id}")
        return int(note.split("/")[1]) if note else None

    async def _note(self, run: PlaybookRun, order: WorkOrder | None, channel_id: int, message_id: int) -> None:
        place = f"{channel_id}/{message_id}/{run.version}/{order.version if order else 0}"
        await self.face.store.notes.write({f"run:{run.id}": place})

    async def _shown_of(self, run: PlaybookRun) -> tuple[int, int] | None:
        """What its message shows; one that an earlier process posted is known by its note."""
        if run.id not in self._shown:
            note = await self.face.store.notes.read(f"run:{run.id}")
            if note:
                _, _, version, order_version = (int(part) for part in note.split("/"))
                self._shown[run.id] = (version, order_version)
        return self._shown.get(run.id)

    async def _write(self, channel_id: int, run: PlaybookRun, order: WorkOrder | None) -> None:
        note = await self.face.store.notes.read(f"run:{run.id}")
        progress = HealProgress(self.face)
        eta, trust = await progress.usual_analysis(), await progress.trust_in(run)
        embed = run_embed(run, order, eta=eta, trust=trust)
        message_id = await self._edited(note, embed) if note else None
        if message_id is None:
            channel = self.client.get_partial_messageable(channel_id)
            # By its nonce Discord knows a message again whose first answer was lost, and posts no second one.
            message = await channel.send(embed=embed, allowed_mentions=NOBODY, nonce=run.id[:25])
            message_id = message.id
        await self._note(run, order, channel_id, message_id)

    async def _edited(self, note: str, embed: discord.Embed) -> int | None:
        channel_id, message_id = (int(part) for part in note.split("/")[:2])
        message = self.client.get_partial_messageable(channel_id).get_partial_message(message_id)
        try:
            return (await message.edit(embed=embed, allowed_mentions=NOBODY)).id
        except discord.NotFound:
            return None

    async def _order_of(self, run: PlaybookRun) -> WorkOrder | None:
        try:
            return await self.face.store.orders.get(run.work_order_id) if run.work_order_id else None
        except RecordMissing:
            return None
