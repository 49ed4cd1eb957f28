"""Open, review, approve, reject: the only door to an agent, and the only place where a patch is approved."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.agents.agent import CodingAgent
from bot.incident.capture import Capture
from bot.incident.confirmation import Binding, ConfirmationRefused, Confirmations, Issued
from bot.incident.payload import Context, Incident, new_incident_id
from bot.records.proposal import Proposal
from bot.records.store import StaleRecord, Store
from bot.records.work_order import WorkOrder, advance
from bot.repair.order_book import OrderBook
from bot.repair.protected_paths import refusals
from bot.repair.reconcile import Reconciler

log = logging.getLogger(__name__)


class RepairRefused(Exception):
    """What was asked cannot be done with this order now; the sentence says why and what can be done."""


@dataclass(frozen=True, kw_only=True)
class Ask:
    """Somebody asks for an incident to be opened."""

    summary: str
    lines: int
    person: int
    guild_id: int
    channel_id: int
    context: Context


@dataclass(frozen=True)
class Review:
    """What an admin needs to decide: the order, the proposal, and a fresh token for exactly this diff."""

    order: WorkOrder
    proposal: Proposal
    issued: Issued


@dataclass(frozen=True, kw_only=True)
class Repairs:
    """The life of work orders, as people drive it."""

    store: Store
    book: OrderBook
    agent: CodingAgent
    reconciler: Reconciler
    confirmations: Confirmations
    capture: Capture
    clock: Callable[[], datetime]

    async def preview(self, ask: Ask) -> tuple[Incident, bytes]:
        """The incident as it would be opened and the very bytes that would leave. Nothing is kept or sent."""
        incident = await self._captured(ask)
        return incident, self.agent.request(self._order(ask, incident), incident)

    async def open(self, ask: Ask) -> WorkOrder:
        """Keep the incident and its order, and ask the agent for a proposal. Raises StoreUnavailable."""
        incident = await self._kept(await self._captured(ask))
        order = await self.book.create(self._order(ask, incident))
        if order.status == "staged":
            return order
        try:
            order = await self.reconciler.step(order)
        except StaleRecord:
            order = await self.store.orders.get(order.id)  # the reconciler was faster
        self.reconciler.wake()
        return order

    async def review(self, order_id: str) -> Review:
        """The proposal with a fresh token. Raises RepairRefused, RecordMissing, StoreUnavailable."""
        order = await self.store.orders.get(order_id)
        if order.status != "awaiting_approval":
            raise RepairRefused(f"{order.id} is {order.status}: there is nothing to approve.")
        proposal = await self.store.proposals.get(order_id)
        binding = Binding(
            order_id=order.id,
            incident_id=order.incident_id,
            diff_sha256=proposal.diff_sha256,
            base_sha=proposal.base_sha,
            guild_id=order.guild_id,
        )
        return Review(order, proposal, self.confirmations.issue(binding))

    async def approve(self, token: str, *, person: int, guild_id: int | None) -> WorkOrder:
        """Publish exactly the diff that the token was shown with, once.

        Raises ConfirmationRefused, RepairRefused, RecordMissing, StoreUnavailable.
        """
        binding = self.confirmations.redeem(token, person=person, guild_id=guild_id)
        order = await self.store.orders.get(binding.order_id)
        proposal = await self.store.proposals.get(order.id)
        self._refuse_changed(order, proposal, binding)
        now = self.clock()
        try:
            order = await self.book.save(advance(order, "publishing", now, approved_by=person, approved_at=now))
        except StaleRecord as error:
            now_is = (await self.store.orders.get(order.id)).status
            raise ConfirmationRefused(f"{order.id} became {now_is} a moment ago: look at its card.") from error
        log.info("%s approved", order.id, extra={"action": "patch_approved", **order.log_context()})
        self.reconciler.wake()
        return order

    async def reject(self, order_id: str, *, person: int, reason: str) -> WorkOrder:
        """Close the order without publishing. Raises RepairRefused, RecordMissing, StoreUnavailable."""
        order = await self.store.orders.get(order_id)
        if order.status != "awaiting_approval":
            raise RepairRefused(f"{order.id} is {order.status}: it cannot be rejected any more.")
        self.confirmations.withdraw(order_id)
        try:
            return await self.book.save(advance(order, "rejected", self.clock(), reason, rejected_by=person))
        except StaleRecord as error:
            now_is = (await self.store.orders.get(order.id)).status
            raise RepairRefused(f"{order.id} became {now_is} a moment ago: look at its card.") from error

    @staticmethod
    def _refuse_changed(order: WorkOrder, proposal: Proposal, binding: Binding) -> None:
        if order.status != "awaiting_approval":
            raise RepairRefused(f"{order.id} is {order.status}: it cannot be approved (again).")
        now = (proposal.diff_sha256, proposal.base_sha)
        if now != (binding.diff_sha256, binding.base_sha) or now != (order.diff_sha256, order.base_sha):
            raise ConfirmationRefused(
                f"The patch of {order.id} changed after this token was shown: press Review again."
            )
        if refused := refusals(proposal.diff):
            raise RepairRefused(" ".join(refused))

    async def _captured(self, ask: Ask) -> Incident:
        """An incident of now; made in a thread, for redacting thousands of lines once more takes its time."""
        return await asyncio.to_thread(self.capture.incident, ask.summary, ask.lines, ask.context)

    async def _kept(self, incident: Incident) -> Incident:
        """The incident in the store; under a new id when the newest error's id has its incident already."""
        try:
            await self.store.incidents.add(incident)
        except StaleRecord:
            incident = incident.model_copy(update={"id": new_incident_id()})
            await self.store.incidents.add(incident)
        return incident

    def _order(self, ask: Ask, incident: Incident) -> WorkOrder:
        now = self.clock()
        status = "staged" if self.agent.off else "dispatched"
        return WorkOrder(
            id="wo_new",
            incident_id=incident.id,
            status=status,
            agent=self.agent.name,
            summary=incident.summary,
            requested_by=ask.person,
            guild_id=ask.guild_id,
            channel_id=ask.channel_id,
            created_at=now,
            history=((status, now),),
            reason=self.agent.off,
        )
