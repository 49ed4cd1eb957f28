"""The patches that playbooks' runs wait for: one work order per run, and how far it is."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.incident.payload import Context
from bot.records.playbook_run import PlaybookRun
from bot.records.store import RecordMissing, StaleRecord
from bot.records.work_order import DONE, MACHINE, Status, WorkOrder
from bot.repair.repairs import Repairs

LIVE: frozenset[Status] = frozenset({"verifying", "verified"})
LINES = 200
"""Log lines that go into the incident of a fault that had none."""


@dataclass(frozen=True)
class Progress:
    """How far a patch is."""

    is_live: bool
    verdict: bool | None
    """Whether it helped; None while that is open."""
    reason: str


def progress_of(order: WorkOrder) -> Progress:
    """What an order's status means for the run that waits for it."""
    ended_badly = order.status in DONE and order.status != "verified"
    verdict = True if order.status == "verified" else False if ended_badly else None
    return Progress(order.status in LIVE, verdict, order.reason or f"{order.id} is {order.status}.")


class RunOrders:
    """Asks for patches in the name of runs; staged, unless told otherwise."""

    def __init__(self, repairs: Repairs, clock: Callable[[], datetime], *, auto_propose: bool) -> None:
        self.repairs = repairs
        self._clock = clock
        self._auto_propose = auto_propose
        self._guild_id = self._channel_id = 0

    def settle_in(self, guild_id: int, channel_id: int) -> None:
        """From now on the cards of such orders go there; channel 0: they have none until somebody asks for a patch."""
        self._guild_id, self._channel_id = guild_id, channel_id

    async def ask(self, run: PlaybookRun, why: str) -> str:
        """The id of this run's order: the one that it has, an open one of its incident, or a new one.

        Raises StoreUnavailable.
        """
        async with self.repairs.opening:
            try:
                order, is_new = await self._found_or_made(run, why)
            except StaleRecord:  # another process made or changed it at the same moment
                order, is_new = await self._found_or_made(run, why)
        return (await self.repairs.send(order)).id if is_new else order.id

    async def _found_or_made(self, run: PlaybookRun, why: str) -> tuple[WorkOrder, bool]:
        """The order, and whether it is new."""
        incident_id = await self._incident_of(run)
        orders = await self.repairs.store.orders.newest(incident_id=incident_id)
        mine = next((order for order in orders if order.healing_run_id == run.id), None)
        if mine is not None:
            return mine, False
        standing = next((order for order in orders if order.status not in DONE), None)
        if standing is not None:
            adopted = standing.evolve(healing_run_id=run.id, reason=f"{why} {standing.reason or ''}".strip())
            return await self.repairs.book.save(adopted), False
        attempt = max((order.attempt for order in orders), default=0) + 1
        return await self.repairs.book.create(self._order(run, why, incident_id, attempt)), True

    async def order(self, order_id: str) -> Progress:
        """How far the newest attempt of this order's incident is. Raises RecordMissing, StoreUnavailable."""
        order = await self.repairs.store.orders.get(order_id)
        attempts = await self.repairs.store.orders.newest(incident_id=order.incident_id)
        return progress_of(max(attempts, key=lambda each: each.attempt, default=order))

    async def _incident_of(self, run: PlaybookRun) -> str:
        """The run's incident, made when it has none; a run that asks twice finds the one it made."""
        store = self.repairs.store
        if run.incident_id:
            return run.incident_id
        orders = await store.orders.newest(fingerprint=run.fingerprint)
        mine = next((order for order in orders if order.healing_run_id == run.id), None)
        if mine is not None:
            return mine.incident_id
        captured = await asyncio.to_thread(self.repairs.capture.incident, run.summary, LINES, Context())
        incident = captured.model_copy(update={"fingerprint": run.fingerprint})
        try:
            await store.incidents.get(incident.id)
        except RecordMissing:
            await store.incidents.add(incident)
        return incident.id

    def _order(self, run: PlaybookRun, why: str, incident_id: str, attempt: int) -> WorkOrder:
        agent, now = self.repairs.agent, self._clock()
        sends = self._auto_propose and agent.off is None
        status: Status = "dispatched" if sends else "staged"
        return WorkOrder(
            id="wo_new",
            incident_id=incident_id,
            attempt=attempt,
            status=status,
            agent=agent.name,
            summary=run.summary,
            requested_by=MACHINE,
            healing_run_id=run.id,
            guild_id=self._guild_id,
            channel_id=self._channel_id,
            created_at=now,
            history=((status, now),),
            reason=None if sends else f"{why} Nothing was sent: /debug_confirm_fix {incident_id} asks for a patch.",
        )
