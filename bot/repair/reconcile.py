"""The next step of each open order: read what is stored, look at the outside, act, save expecting what was read."""

import asyncio
import logging
from collections.abc import Awaitable
from datetime import datetime, timedelta
from functools import partial

from bot.agents.agent import (
    AgentRefused,
    AgentUnavailable,
    CodingAgent,
    NotSeen,
    OutcomeUnknown,
    Patched,
    PullSeen,
    RunSighting,
    Working,
)
from bot.records.proposal import Proposal
from bot.records.store import RecordMissing, StaleRecord, Store, StoreUnavailable
from bot.records.work_order import AFTER_MERGE, WorkOrder, advance
from bot.repair.budget import DAY, Budget, OverBudget
from bot.repair.following import followed
from bot.repair.order_book import OrderBook
from bot.repair.order_turns import sending, told
from bot.repair.protected_paths import counted, policy_of
from bot.repair.undone_fix import others, published_fixes
from bot.repair.verification import Verification

LOST_ANSWER = timedelta(seconds=60)
"""How long a sent request's run is looked for before the same request is sent again."""
MAX_SENDS = 3
"""How often a request is taken without a run to be seen, before the order fails."""
MAX_LOST = 8
"""How often it is sent while the answers get lost, the waits doubling: an outage of about two hours is outlived."""
BATCH = 100
"""How many orders a process takes into its hands at a time."""
PULL_PAUSES = 6
"""How many pauses lie between two looks at an open pull request."""
LOOKING = "Looking whether it arrived."
PAUSE_AFTER_LOST_LOOK = 10.0
PAUSE_AFTER_REFUSED_LOOK = 60.0
LONGEST_RETRY = 300.0
"""Seconds between two tries of a request, unless the outside asks for more."""
LONGEST_PAUSE = 86_400.0
"""Seconds after which an order is tried again, whatever the outside asked for."""

log = logging.getLogger(__name__)


class Reconciler:
    """Takes open orders on, one step at a time; any step may be the last before a kill."""

    budget: Budget | None = None
    """How many runs may be asked for; None: as many as there are orders."""

    def __init__(
        self, store: Store, book: OrderBook, agent: CodingAgent, verification: Verification, holder: str
    ) -> None:
        self._store = store
        self._book = book
        self._agent = agent
        self._verification = verification
        self._clock = verification.clock
        self._holder = holder
        self._pause = 0.0
        self._wake = asyncio.Event()
        self._stopping = False

    def wake(self) -> None:
        """Look again now, not at the next tick."""
        self._wake.set()

    async def hurry(self, incident_id: str) -> None:
        """Look at this incident's order now: something happened to it outside. Raises StoreUnavailable."""
        await self._store.turns.hasten(incident_id, self._clock())
        self.wake()

    def stop(self) -> None:
        """End `run` after the step that it is in."""
        self._stopping = True
        self.wake()

    async def run(self, seconds: float) -> None:
        """Take every waiting order one step on, every `seconds`, until stopped."""
        self._pause = seconds
        while not self._stopping:
            try:
                if await self.tick():
                    continue
            except StoreUnavailable as error:
                log.warning("orders wait: %s", error, extra={"action": "orders_wait"})
            try:
                await asyncio.wait_for(self._wake.wait(), timeout=seconds)
            except TimeoutError:
                continue
            self._wake.clear()

    async def tick(self) -> bool:
        """One step for each order that waits on the outside and is in nobody else's hands. Returns: were there more?

        Raises StoreUnavailable, and at the end of the round an ExceptionGroup of what single orders broke on.
        """
        broken: list[Exception] = []
        claimed = await self._store.turns.claim(self._holder, self._clock(), BATCH)
        due: dict[str, datetime] = {}
        for order in claimed:
            if self._stopping:
                break
            # gather: what one order breaks on must not keep the others waiting
            (outcome,) = await asyncio.gather(self.step(order), return_exceptions=True)
            due[order.id] = self._due_after(outcome if isinstance(outcome, WorkOrder) else order)
            if isinstance(outcome, BaseException) and not isinstance(outcome, Exception):
                raise outcome
            if isinstance(outcome, StoreUnavailable):
                raise outcome
            if isinstance(outcome, Exception) and not isinstance(outcome, StaleRecord):
                broken.append(outcome)  # a stale one was taken on by somebody else: the next tick reads it anew
        await self._store.turns.release(self._holder, {order.id: self._clock() for order in claimed} | due)
        broken += await self._look_back()
        await self._book.catch_up()
        if broken:
            raise ExceptionGroup(f"{len(broken)} order(s) could not be taken on", broken)
        return len(claimed) == BATCH

    def _due_after(self, order: WorkOrder) -> datetime:
        """When to look at an order again; at a pull request, which people take their time with, more seldom."""
        pause = self._pause * (PULL_PAUSES if order.status == "pr_open" else 1)
        return max(self._clock() + timedelta(seconds=pause), order.retry_at or self._clock())

    async def _look_back(self) -> list[Exception]:
        """Verified orders whose fault came back. Returns what single ones broke on."""
        steps = [self._judge_again(order) for order in await self._verification.returned()]
        outcomes = await asyncio.gather(*steps, return_exceptions=True)
        return [each for each in outcomes if isinstance(each, Exception) and not isinstance(each, StaleRecord)]

    async def _judge_again(self, order: WorkOrder) -> None:
        try:
            changed = await self._verification.back_again(order)
        except (AgentUnavailable, AgentRefused, OutcomeUnknown) as error:
            log.warning("whether %s still holds is looked at later: %s", order.id, error, extra=order.log_context())
            return
        if changed != order:
            await self._book.save(changed)

    async def _save_changed(self, order: WorkOrder, judging: Awaitable[WorkOrder]) -> WorkOrder:
        """The order as it is judged, saved when that is new; postponed while nobody can tell."""
        try:
            changed = await judging
        except (AgentUnavailable, AgentRefused, OutcomeUnknown) as error:
            return await self._postpone(order, str(error), PAUSE_AFTER_REFUSED_LOOK)
        except RecordMissing as error:
            return await self._book.save(advance(order, "expired", self._clock(), f"It cannot be verified: {error}"))
        return order if changed == order else await self._book.save(changed)

    async def step(self, order: WorkOrder) -> WorkOrder:
        """The order after its next step. Raises StaleRecord, StoreUnavailable."""
        now = self._clock()
        if order.retry_at and now < order.retry_at <= now + timedelta(seconds=LONGEST_PAUSE):
            return order
        if order.status in AFTER_MERGE:
            return await self._save_changed(order, self._verification.next_of(order))
        if self._agent.off:
            return order
        if order.sent_at is None and order.status != "pr_open":
            return await self._send(order)
        return await self._look(order)

    async def _begun(self, before: WorkOrder, now: datetime) -> WorkOrder:
        """The order as it is written down before its request is sent. Raises OverBudget when none may be sent now."""
        order = before.evolve(**sending(before, now))
        if self.budget is None or before.status != "dispatched" or before.sent_at is not None:
            return await self._book.save(order)
        return await self._book.save_permitted(order, now - DAY, partial(self.budget.permit, order, now))

    async def _look(self, order: WorkOrder) -> WorkOrder:
        try:
            seen = await self._agent.look(order)
        except AgentUnavailable as error:
            return await self._postpone(order, str(error), max(error.retry_after, PAUSE_AFTER_LOST_LOOK))
        except AgentRefused as error:
            return await self._postpone(order, str(error), PAUSE_AFTER_REFUSED_LOOK)
        if order.status == "pr_open" or isinstance(seen, PullSeen):
            changed = followed(order, seen, self._clock(), self._verification.windows.merge)
            return order if changed == order else await self._book.save(changed)
        return await self._take(order, seen)

    async def _send(self, before: WorkOrder) -> WorkOrder:
        now = self._clock()
        try:
            order = await self._begun(before, now)
        except OverBudget as error:
            return await self._postpone(before, str(error), (error.until - now).total_seconds())
        try:
            if order.status == "publishing":
                run_id = await self._agent.publish(order)
            else:
                run_id = await self._agent.propose(order, await self._store.incidents.get(order.incident_id))
        except (AgentRefused, RecordMissing, AgentUnavailable) as error:
            # This request never took effect, but an earlier one may have: what was known of that one stays.
            known = order.evolve(sent_at=before.sent_at, sends=before.sends)
            if not isinstance(error, AgentUnavailable):
                return await self._book.save(advance(known, "failed", self._clock(), str(error)))
            so_far = (now - order.history[-1][1]).total_seconds()  # waiting as long again makes the waits grow
            wait = max(error.retry_after, min(max(so_far, 2.0), LONGEST_RETRY))
            return await self._postpone(known, str(error), wait)
        except OutcomeUnknown as error:
            return await self._book.save(order.evolve(reason=f"{error} {LOOKING}"))
        return order if run_id is None else await self._book.save(order.evolve(asked_run_id=run_id))

    async def _postpone(self, order: WorkOrder, reason: str, seconds: float) -> WorkOrder:
        pause = timedelta(seconds=min(seconds, LONGEST_PAUSE))
        log.warning("%s waits: %s", order.id, reason, extra={"action": "order_postponed", **order.log_context()})
        return await self._book.save(order.evolve(reason=reason, retry_at=self._clock() + pause))

    async def _take(self, order: WorkOrder, seen: RunSighting) -> WorkOrder:
        match seen:
            case NotSeen():
                return await self._send_again(order)
            case Working():
                return await self._follow(order, seen)
            case Patched():
                return await self._keep(order, seen)
        return await self._book.save(told(order, seen, self._clock()))

    async def _send_again(self, order: WorkOrder) -> WorkOrder:
        was_lost = order.reason is not None
        wait = LOST_ANSWER * 2 ** (order.sends - 1) if was_lost else LOST_ANSWER
        if order.sent_at and timedelta() <= self._clock() - order.sent_at < wait:  # one from the future says nothing
            return order
        if was_lost and order.sends >= MAX_LOST:
            last = str(order.reason).removesuffix(LOOKING).strip()
            reason = f"The request was sent {order.sends} times and no run appeared. The last time: {last}"
            return await self._book.save(advance(order, "failed", self._clock(), reason))
        if not was_lost and order.sends >= MAX_SENDS:
            reason = (
                f"The request was taken {order.sends} times and no run named “{order.incident_id}” appeared: "
                "is the workflow on the default branch, are Actions enabled, is GITHUB_DISPATCH_EVENT its type "
                "(or AUTOFIX_TRIGGER its trigger)?"
            )
            return await self._book.save(advance(order, "failed", self._clock(), reason))
        return await self._send(order)

    async def _follow(self, order: WorkOrder, seen: Working) -> WorkOrder:
        if order.status == "dispatched":
            order = advance(order, "proposing", self._clock(), run_id=seen.run_id, run_url=seen.url)
            return await self._book.save(order.evolve(progress=seen.progress))
        url = {"publish_run_url": seen.url} if order.status == "publishing" else {"run_url": seen.url}
        changed = order.evolve(progress=seen.progress, reason=None, **url)
        return order if changed == order else await self._book.save(changed)

    async def _keep(self, order: WorkOrder, seen: Patched) -> WorkOrder:
        now = self._clock()
        recent = others(await published_fixes(self._store), order.incident_id if order.reverts else None)
        policy = policy_of(seen.diff, recent=recent)
        if policy.refusals:
            return await self._book.save(
                advance(order, "failed", now, " ".join(policy.refusals), run_url=seen.url, cost_usd=seen.cost_usd)
            )
        proof = counted(seen.proof, policy)
        proposal = Proposal(order_id=order.id, base_sha=seen.base_sha, diff=seen.diff, report=seen.report, proof=proof)
        await self._store.proposals.put(proposal)
        facts: dict[str, object] = {
            "run_id": seen.run_id,
            "run_url": seen.url,
            "base_sha": proposal.base_sha,
            "diff_sha256": proposal.diff_sha256,
            "proof_level": proposal.proof.level,
            "cost_usd": seen.cost_usd,
            "sent_at": None,
            "sends": 0,
        }
        flags = " ".join(proof.policy_flags) or None
        return await self._book.save(advance(order, "awaiting_approval", now, flags, **facts))
