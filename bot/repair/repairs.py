"""Open, review, approve, reject: the only door to an agent, and the only place where a patch is approved."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from bot.agents.agent import CodingAgent
from bot.incident.capture import Capture
from bot.incident.confirmation import Binding, ConfirmationRefused, Confirmations, Issued
from bot.incident.payload import Context, Incident, new_incident_id
from bot.records.proposal import Proposal
from bot.records.store import StaleRecord, Store
from bot.records.work_order import Status, WorkOrder, advance
from bot.repair.adoption import adopted
from bot.repair.attempts import another
from bot.repair.calling_off import cancelled_text, refuse_to_cancel
from bot.repair.decisions import Decisions
from bot.repair.order_book import OrderBook
from bot.repair.protected_paths import refusals
from bot.repair.reconcile import Reconciler
from bot.repair.rules import RepairRefused, Rules

TRIES = 3
RETRIED: frozenset[Status] = frozenset({"staged", "no_fix", "rejected", "expired", "failed", "regressed", "cancelled"})
"""The statuses from which an order can be tried again."""
TOKENS_ENDED = "The bot restarted, which ended the token that was shown: press Review for a fresh one."

log = logging.getLogger(__name__)


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
    """What an admin needs to decide: the order, the proposal, and a fresh token for exactly this diff, if they may."""

    order: WorkOrder
    proposal: Proposal
    issued: Issued | None
    hindrance: str | None = None
    """Why there is no token: a sentence."""


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
    rules: Rules
    opening: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One at a time decides whether a fault needs an order: a person who asks, or triage."""

    @property
    def decisions(self) -> Decisions:
        """Where every decision is written down first."""
        return Decisions(self.store.audit, self.clock)

    async def preview(self, ask: Ask) -> tuple[Incident, bytes]:
        """The incident as it would be opened and the very bytes that would leave. Nothing is kept or sent."""
        incident = await self._captured(ask)
        return incident, self.agent.request(self.new_order(ask, incident), incident)

    async def open(self, ask: Ask) -> WorkOrder:
        """Keep the incident and its order, and ask the agent for a proposal. Raises StoreUnavailable."""
        captured = await self._captured(ask)
        await self.decisions.write("open", ask.person, captured.id, agent=self.agent.name, severity=captured.severity)
        async with self.opening:
            order = await self._adopted(ask, captured)
            order = order or await self.book.create(self.new_order(ask, await self._kept(captured)))
        return await self.send(order)

    async def _adopted(self, ask: Ask, captured: Incident) -> WorkOrder | None:
        """The order that the bot staged for this fault, now this person's, if there is one."""
        for _ in range(TRIES):
            with suppress(StaleRecord):  # its count was brought up to date meanwhile
                order = await adopted(self.store, self.new_order(ask, captured), captured)
                return order and await self.book.save(order)
        raise RepairRefused("The fault comes so fast that its order keeps changing: ask again.")

    async def send(self, order: WorkOrder) -> WorkOrder:
        """Take a new order's first step now, if it has one. Raises StoreUnavailable."""
        if order.status == "staged":
            return order
        try:
            order = await self.reconciler.step(order)
        except StaleRecord:
            order = await self.store.orders.get(order.id)  # the reconciler was faster
        self.reconciler.wake()
        return order

    async def review(self, order_id: str, *, person: int, insists: bool = False) -> Review:
        """The proposal, with a fresh token when this person may approve it (`insists`: below the proof that is asked).

        Raises RepairRefused, RecordMissing, StoreUnavailable.
        """
        order = await self.store.orders.get(order_id)
        if order.status != "awaiting_approval":
            raise RepairRefused(f"{order.id} is {order.status}: there is nothing to approve.")
        proposal = await self.store.proposals.get(order_id)
        hindrance = self.rules.hindrance(order, proposal, person, insists=insists)
        told = {"diff": proposal.diff_sha256, "no_token": hindrance, "insisted": insists or None}
        await self.decisions.write("review", person, order.id, **told)
        if hindrance:
            return Review(order, proposal, None, hindrance)
        binding = Binding(
            order_id=order.id,
            incident_id=order.incident_id,
            diff_sha256=proposal.diff_sha256,
            base_sha=proposal.base_sha,
            guild_id=order.guild_id,
            barred=self.rules.bars(order),
        )
        issued = self.confirmations.issue(binding)
        with suppress(StaleRecord):  # the card shows the end of another token then, or that it was decided
            await self.book.save(order.evolve(token_until=issued.expires_at, reason=without_note(order.reason)))
        return Review(order, proposal, issued)

    async def approve(self, token: str, *, person: int, guild_id: int | None) -> WorkOrder:
        """Publish exactly the diff that the token was shown with, once.

        Raises ConfirmationRefused, RepairRefused, RecordMissing, StoreUnavailable.
        """
        try:
            binding = self.confirmations.redeem(token, person=person, guild_id=guild_id)
            order = await self._approvable(binding, person)
        except (ConfirmationRefused, RepairRefused) as error:
            await self.decisions.write("refused", person, "approve", why=error)
            raise
        told = {"diff": binding.diff_sha256, "base": binding.base_sha, "does": binding.action}
        async with self.decisions.deciding("approve", person, order.id, **told):
            order = await self._approved(order, binding, person)
        log.info("%s approved", order.id, extra={"action": "patch_approved", **order.log_context()})
        self.reconciler.wake()
        return order

    async def _approvable(self, binding: Binding, person: int) -> WorkOrder:
        if person == binding.barred:
            raise RepairRefused(f"You asked for {binding.order_id} yourself: another admin has to approve it.")
        order = await self.store.orders.get(binding.order_id)
        self._refuse_changed(order, await self.store.proposals.get(order.id), binding)
        return order

    async def _approved(self, order: WorkOrder, binding: Binding, person: int) -> WorkOrder:
        for _ in range(TRIES):
            now = self.clock()
            facts: dict[str, object] = {"approved_by": person, "approved_at": now, "token_until": None}
            try:
                return await self.book.save(advance(order, "publishing", now, None, **facts))
            except StaleRecord:  # perhaps somebody else was only shown it
                order = await self.store.orders.get(binding.order_id)
                self._refuse_changed(order, await self.store.proposals.get(order.id), binding)
        raise ConfirmationRefused(f"{binding.order_id} keeps changing: press Review again.")

    async def reject(self, order_id: str, *, person: int, reason: str) -> WorkOrder:
        """Close the order without publishing. Raises RepairRefused, RecordMissing, StoreUnavailable."""
        order = await self.store.orders.get(order_id)
        if order.status != "awaiting_approval":
            raise RepairRefused(f"{order.id} is {order.status}: it cannot be rejected any more.")
        async with self.decisions.deciding("reject", person, order.id, diff=order.diff_sha256, why=reason):
            self.confirmations.withdraw(order_id)
            return await self._ended(order, "rejected", reason, rejected_by=person)

    async def cancel(self, order_id: str, *, person: int, seen: Status | None = None) -> WorkOrder:
        """Call the order off, wherever it is (`seen`: only while it is still there).

        Raises RepairRefused, RecordMissing, StoreUnavailable.
        """
        order = await self.store.orders.get(order_id)
        refuse_to_cancel(order)
        if seen not in (None, order.status):
            raise RepairRefused(f"{order.id} was {seen} when you were asked, and is {order.status} now: look again.")
        async with self.decisions.deciding("cancel", person, order.id, was=order.status):
            self.confirmations.withdraw(order_id)
            return await self._ended(order, "cancelled", cancelled_text(order), cancelled_by=person)

    async def retry(self, order_id: str, *, person: int) -> WorkOrder:
        """Ask for a patch anew: a further attempt of the same incident, or a staged order sent at last.

        Raises RepairRefused, RecordMissing, StoreUnavailable.
        """
        order = await self.store.orders.get(order_id)
        await self.refuse_older(order)
        if order.status not in RETRIED:
            raise RepairRefused(f"{order.id} is {order.status}: only what came to an end can be tried again.")
        if self.agent.off:
            raise RepairRefused(f"Nothing can be sent: {self.agent.off}.")
        async with self.decisions.deciding("retry", person, order.id, was=order.status, attempt=order.attempt + 1):
            return await self.send(await self._renewed(order, person))

    async def refuse_older(self, order: WorkOrder) -> None:
        """Raises RepairRefused when the order's incident has a later attempt."""
        newest = max(await self.store.orders.newest(incident_id=order.incident_id), key=lambda each: each.attempt)
        if newest.id != order.id:
            raise RepairRefused(f"{order.id} has a later attempt already: {newest.id}, which is {newest.status}.")

    async def forget_tokens(self) -> None:
        """After a restart: tokens that were shown before are gone, and their orders say so. Raises StoreUnavailable."""
        for order in await self.store.orders.newest(statuses={"awaiting_approval"}):
            if order.token_until is not None and not self.confirmations.waits_for(order.id):
                noted = f"{order.reason or ''} {TOKENS_ENDED}".strip()
                with suppress(StaleRecord):
                    await self.book.save(order.evolve(token_until=None, reason=noted))

    async def _renewed(self, order: WorkOrder, person: int) -> WorkOrder:
        """The staged order to be sent at last, or the next attempt's."""
        try:
            if order.status == "staged":
                theirs = {"agent": self.agent.name, "requested_by": person}
                return await self.book.save(advance(order, "dispatched", self.clock(), None, **theirs))
            return await self.book.create(await self.again(order, person))
        except StaleRecord as error:
            raise RepairRefused(f"Somebody else tried {order.id} again a moment ago: look at its card.") from error

    async def _ended(self, order: WorkOrder, to: Status, reason: str, **facts: object) -> WorkOrder:
        try:
            return await self.book.save(advance(order, to, self.clock(), reason, token_until=None, **facts))
        except StaleRecord as error:
            now_is = (await self.store.orders.get(order.id)).status
            raise RepairRefused(f"{order.id} became {now_is} a moment ago: look at its card.") from error

    async def again(self, order: WorkOrder, person: int) -> WorkOrder:
        """The next attempt of an order, asked for by this person. Raises RecordMissing, StoreUnavailable."""
        summary = (await self.store.incidents.get(order.incident_id)).summary
        return another(order, summary=summary, agent=self.agent.name, person=person, now=self.clock())

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
            if not await self.store.orders.newest(incident_id=incident.id):  # it was noticed, and nobody asked yet
                await self.store.incidents.revise(incident)
                return incident
            incident = incident.model_copy(update={"id": new_incident_id()})
            await self.store.incidents.add(incident)
        return incident

    def new_order(self, ask: Ask, incident: Incident) -> WorkOrder:
        """The first order of an incident, not yet kept."""
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


def without_note(reason: str | None) -> str | None:
    """An order's reason without the note on ended tokens."""
    return (reason or "").removesuffix(TOKENS_ENDED).strip() or None
