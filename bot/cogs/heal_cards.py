"""One living message per run of a playbook: posted when it starts, edited in place until it ended."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import median

import discord

from bot.cogs.face import Face
from bot.cogs.heal_view import AT_WORK, run_embed
from bot.cogs.lost_answers import LOST
from bot.cogs.replies import NOBODY
from bot.events.bus import Entry, Subscription
from bot.records.playbook_run import RUN_DONE, PlaybookRun
from bot.records.store import RecordMissing, StoreUnavailable
from bot.records.work_order import WorkOrder

PAUSE = 5.0
"""Seconds between two looks at the open runs, and so between two edits of one message."""
LOOKED_AT = 20
HEARD = ("self_healing.*", "coding_agent.*")

log = logging.getLogger(__name__)


@dataclass
class HealCards:
    """The runs' messages in the admins' channel."""

    client: discord.Client
    face: Face
    pause: float = PAUSE
    _shown: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By run: the versions of the run and of its order that its message shows."""
    _some: asyncio.Event = field(default_factory=asyncio.Event)
    _heard: Subscription | None = None
    _task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Show runs from now on."""
        self._some.set()
        self._heard = self.face.bus.subscribe("heal cards", HEARD, self._hear)
        self._task = asyncio.create_task(self._run(), name="heal cards")

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
        for run in reversed(runs):
            order = await self._order_of(run)
            shows = (run.version, order.version if order else 0)
            if await self._shown_of(run) != shows:
                await self._write(channel_id, run, order)
                self._shown[run.id] = shows
        return any(run.status not in RUN_DONE for run in runs)

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
        trust = await self.face.healing.engine.trust.of(f"playbook {run.playbook}")
        embed = run_embed(run, order, eta=await self._usual_analysis(), trust=f"{trust:.2f}")
        if card := await self._card_of(run):
            embed.add_field(name="Card", value=f"[{run.incident_id}]({card})")
        message_id = await self._edited(note, embed) if note else None
        if message_id is None:
            channel = self.client.get_partial_messageable(channel_id)
            # By its nonce Discord knows a message again whose first answer was lost, and posts no second one.
            message = await channel.send(embed=embed, allowed_mentions=NOBODY, nonce=run.id[:25])
            message_id = message.id
        place = f"{channel_id}/{message_id}/{run.version}/{order.version if order else 0}"
        await self.face.store.notes.write({f"run:{run.id}": place})

    async def _edited(self, note: str, embed: discord.Embed) -> int | None:
        channel_id, message_id = (int(part) for part in note.split("/")[:2])
        message = self.client.get_partial_messageable(channel_id).get_partial_message(message_id)
        try:
            return (await message.edit(embed=embed, allowed_mentions=NOBODY)).id
        except discord.NotFound:
            return None

    async def _card_of(self, run: PlaybookRun) -> str | None:
        """The address of the incident's card, if it has one."""
        note = await self.face.store.notes.read(f"card:{run.incident_id}") if run.incident_id else None
        home = self.face.gate.home_of(self.client)
        if not note or home is None:
            return None
        channel_id, message_id = note.split("/")[:2]
        return f"https://discord.com/channels/{home}/{channel_id}/{message_id}"

    async def _order_of(self, run: PlaybookRun) -> WorkOrder | None:
        try:
            return await self.face.store.orders.get(run.work_order_id) if run.work_order_id else None
        except RecordMissing:
            return None

    async def _usual_analysis(self) -> float | None:
        """Seconds from a request to its patch, the median of the orders so far."""
        spans = [span for order in await self.face.store.orders.newest() if (span := analysis_of(order)) is not None]
        return median(spans) if spans else None


def analysis_of(order: WorkOrder) -> float | None:
    """Seconds from the request to the patch; None while there is none."""
    began = next((at for status, at in order.history if status in AT_WORK), None)
    ready = next((at for status, at in order.history if status == "awaiting_approval"), None)
    return (ready - began).total_seconds() if began and ready else None
