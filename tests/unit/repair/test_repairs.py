"""Open, review, approve, reject: what people may do with an order, and what they may not."""

import asyncio
import logging
from dataclasses import replace

import pytest

from bot.agents.agent import AgentRefused, AgentUnavailable, OutcomeUnknown
from bot.incident.confirmation import ConfirmationRefused
from bot.incident.payload import Context
from bot.records.audit import Decision, Entry, Head
from bot.records.store import RecordMissing, StoreUnavailable
from bot.records.work_order import MACHINE, NEXT, Status, WorkOrder, advance
from bot.repair.rules import RepairRefused, Rules
from tests.factories import (
    ADMIN,
    GUILD,
    NOW,
    OTHER_ADMIN,
    Bench,
    ScriptedAgent,
    a_bench,
    a_diff,
    a_proposal,
    a_token,
    an_ask,
    awaiting_approval,
    stored,
)


async def shown(bench: Bench) -> tuple[WorkOrder, str]:
    """An order that waits for approval, and the token that an admin was shown."""
    order = await awaiting_approval(bench.store)
    token = await a_token(bench, order)
    return await bench.store.orders.get(order.id), token


def log_error(bench: Bench, message: str = "no such row", **extra: object) -> None:
    """An exception in the bench's log."""
    try:
        raise LookupError(message)
    except LookupError as error:
        record = logging.getLogger("bot.test").makeRecord(
            "bot.test",
            logging.ERROR,
            __file__,
            1,
            "it broke",
            (),
            (type(error), error, error.__traceback__),
            extra=extra,
        )
    bench.handler.handle(record)


async def test_opening_keeps_incident_and_order_and_asks_the_agent(bench: Bench, agent: ScriptedAgent) -> None:
    order = await bench.repairs.open(an_ask(summary="lunch is lost"))

    incident = await bench.store.incidents.get(order.incident_id)
    assert (incident.summary, order.summary, order.requested_by) == ("lunch is lost", "lunch is lost", ADMIN)
    assert (order.status, order.id) == ("dispatched", "wo_20260105_0001")
    assert agent.sent == [order.key("propose")]
    assert await bench.store.orders.get(order.id) == order


async def test_without_an_agent_opening_only_stages_and_says_so(bench: Bench, agent: ScriptedAgent) -> None:
    agent.off = "no coding agent is configured: GITHUB_REPO not set"

    order = await bench.repairs.open(an_ask())
    await bench.reconciler.tick()

    assert (order.status, order.reason) == ("staged", "no coding agent is configured: GITHUB_REPO not set")
    assert agent.sent == []
    assert (await bench.store.incidents.get(order.incident_id)).summary == "lunch is not counted"


@pytest.mark.parametrize("error", [AgentUnavailable("down", 30), OutcomeUnknown("lost"), AgentRefused("401")])
async def test_an_order_is_kept_whatever_the_agent_answers(
    bench: Bench, agent: ScriptedAgent, error: Exception
) -> None:
    agent.answers.append(error)

    order = await bench.repairs.open(an_ask())

    assert order.reason is not None
    assert str(error) in order.reason
    assert await bench.store.orders.get(order.id) == order


async def test_the_incident_keeps_the_id_that_the_error_was_answered_with(bench: Bench) -> None:
    log_error(bench, incident_id="inc_000000000001")

    first = await bench.repairs.open(an_ask())
    second = await bench.repairs.open(an_ask())

    assert first.incident_id == "inc_000000000001"
    assert second.incident_id != first.incident_id
    assert (await bench.store.incidents.get(second.incident_id)).stack_trace is not None


async def test_two_admins_who_open_the_same_error_at_once_both_get_an_order(bench: Bench, agent: ScriptedAgent) -> None:
    log_error(bench, incident_id="inc_000000000001")

    orders = await asyncio.gather(*(bench.repairs.open(an_ask()) for _ in range(4)))

    assert len({order.id for order in orders}) == 4
    assert len({order.incident_id for order in orders}) == 4
    assert len(agent.sent) == 4


async def test_an_error_with_a_foreign_incident_id_can_be_opened(bench: Bench) -> None:
    log_error(bench, incident_id="PD-1234 or anything else")

    order = await bench.repairs.open(an_ask())

    assert order.incident_id.startswith("inc_")


async def test_opening_while_the_reconciler_looks_sends_once(bench: Bench, agent: ScriptedAgent) -> None:
    async def tick(order: WorkOrder) -> None:
        if order.sent_at is None:
            bench.book.unwatch(tick)
            await bench.reconciler.tick()

    bench.book.watch(tick)

    order = await bench.repairs.open(an_ask())

    assert agent.sent == [order.key("propose")]
    assert order.sends == 1


async def test_a_preview_is_the_body_of_the_request_and_leaves_no_trace(bench: Bench, agent: ScriptedAgent) -> None:
    incident, body = await bench.repairs.preview(an_ask(summary="lunch is lost"))

    assert incident.id.encode() in body
    assert b"lunch is lost" in body
    assert agent.sent == []
    assert await bench.store.orders.newest() == []
    with pytest.raises(RecordMissing):
        await bench.store.incidents.get(incident.id)


async def test_a_review_shows_the_diff_and_a_token_bound_to_it(bench: Bench) -> None:
    order = await awaiting_approval(bench.store)

    review = await bench.repairs.review(order.id, person=ADMIN)

    assert review.proposal.diff == a_diff()
    assert review.order == order
    assert review.issued is not None
    assert review.issued.token.startswith("sut-")


@pytest.mark.parametrize("status", ["staged", "dispatched", "proposing", "publishing", "pr_open", "failed"])
async def test_only_a_waiting_proposal_can_be_reviewed_or_rejected(bench: Bench, status: str) -> None:
    order = await stored(bench.store, status=status)

    with pytest.raises(RepairRefused, match=order.id):
        await bench.repairs.review(order.id, person=ADMIN)
    with pytest.raises(RepairRefused, match=order.id):
        await bench.repairs.reject(order.id, person=ADMIN, reason="no")


async def test_an_unknown_order_is_named(bench: Bench) -> None:
    with pytest.raises(RecordMissing, match="wo_20990101_0001"):
        await bench.repairs.review("wo_20990101_0001", person=ADMIN)


async def test_the_token_approves_the_diff_it_was_shown_with(bench: Bench, agent: ScriptedAgent) -> None:
    order, token = await shown(bench)

    approved = await bench.repairs.approve(token, person=OTHER_ADMIN, guild_id=GUILD)

    assert (approved.status, approved.approved_by, approved.approved_at) == ("publishing", OTHER_ADMIN, NOW)
    assert (approved.diff_sha256, approved.sent_at, approved.sends) == (order.diff_sha256, None, 0)
    assert agent.sent == []  # the reconciler sends, after the approval is kept
    await bench.reconciler.tick()
    assert agent.sent == [order.key("publish")]


async def test_a_token_approves_once(bench: Bench) -> None:
    order, token = await shown(bench)
    await bench.repairs.approve(token, person=ADMIN, guild_id=GUILD)

    with pytest.raises(ConfirmationRefused, match="used already"):
        await bench.repairs.approve(token, person=ADMIN, guild_id=GUILD)

    assert (await bench.store.orders.get(order.id)).status == "publishing"


@pytest.mark.parametrize("guild", [GUILD + 1, None, 0])
async def test_a_token_of_another_guild_is_refused_and_stays_good_at_home(bench: Bench, guild: int | None) -> None:
    order, token = await shown(bench)

    with pytest.raises(ConfirmationRefused):
        await bench.repairs.approve(token, person=ADMIN, guild_id=guild)

    assert (await bench.store.orders.get(order.id)) == order
    assert (await bench.repairs.approve(token, person=ADMIN, guild_id=GUILD)).status == "publishing"


async def test_a_token_ends_after_ten_minutes_even_if_the_wall_clock_goes_back(bench: Bench) -> None:
    order, token = await shown(bench)
    bench.clock.forward(600)
    bench.clock.now = NOW.replace(year=2025)

    with pytest.raises(ConfirmationRefused):
        await bench.repairs.approve(token, person=ADMIN, guild_id=GUILD)

    assert (await bench.store.orders.get(order.id)).status == "awaiting_approval"


async def test_five_wrong_tokens_lock_that_person_and_nobody_else(bench: Bench) -> None:
    _, token = await shown(bench)
    for _ in range(5):
        with pytest.raises(ConfirmationRefused, match="not valid"):
            await bench.repairs.approve("sut-wrong", person=OTHER_ADMIN, guild_id=GUILD)

    with pytest.raises(ConfirmationRefused, match="locked"):
        await bench.repairs.approve(token, person=OTHER_ADMIN, guild_id=GUILD)

    assert (await bench.repairs.approve(token, person=ADMIN, guild_id=GUILD)).status == "publishing"


async def test_a_diff_that_changed_after_the_token_was_shown_is_not_approved(
    bench: Bench, agent: ScriptedAgent
) -> None:
    order, token = await shown(bench)
    await bench.store.proposals.put(a_proposal(order_id=order.id, diff=a_diff(new="import os; os.system('x')")))

    with pytest.raises(ConfirmationRefused, match="changed after this token was shown"):
        await bench.repairs.approve(token, person=ADMIN, guild_id=GUILD)
    await bench.reconciler.tick()

    assert (await bench.store.orders.get(order.id)).status == "awaiting_approval"
    assert agent.sent == []


async def test_a_base_that_changed_after_the_token_was_shown_is_not_approved(bench: Bench) -> None:
    order, token = await shown(bench)
    await bench.store.proposals.put(a_proposal(order_id=order.id, base_sha="c" * 40))

    with pytest.raises(ConfirmationRefused, match="changed after this token was shown"):
        await bench.repairs.approve(token, person=ADMIN, guild_id=GUILD)

    assert (await bench.store.orders.get(order.id)).approved_by is None


async def test_a_diff_and_token_that_agree_but_not_with_the_order_are_not_approved(bench: Bench) -> None:
    order = await awaiting_approval(bench.store)
    await bench.store.proposals.put(a_proposal(order_id=order.id, diff=a_diff(new="other")))
    token = await a_token(bench, order)

    with pytest.raises(ConfirmationRefused, match="changed"):
        await bench.repairs.approve(token, person=ADMIN, guild_id=GUILD)

    assert (await bench.store.orders.get(order.id)).status == "awaiting_approval"


async def test_a_protected_path_is_refused_even_with_a_good_token(bench: Bench) -> None:
    order = await awaiting_approval(bench.store, a_diff(".github/workflows/ci.yml"))
    token = await a_token(bench, order)

    with pytest.raises(RepairRefused, match="GitHub's own files"):
        await bench.repairs.approve(token, person=ADMIN, guild_id=GUILD)

    assert (await bench.store.orders.get(order.id)).status == "awaiting_approval"


async def test_of_many_clicks_on_one_token_exactly_one_wins(bench: Bench, agent: ScriptedAgent) -> None:
    order, token = await shown(bench)

    results = await asyncio.gather(
        *(bench.repairs.approve(token, person=person, guild_id=GUILD) for person in range(20)), return_exceptions=True
    )
    await bench.reconciler.tick()

    assert sum(isinstance(result, WorkOrder) for result in results) == 1
    assert sum(isinstance(result, ConfirmationRefused) for result in results) == 19
    assert agent.sent == [order.key("publish")]


async def test_of_two_admins_with_a_token_each_exactly_one_wins(bench: Bench) -> None:
    order = await awaiting_approval(bench.store)
    tokens = [await a_token(bench, order) for _ in range(2)]

    results = await asyncio.gather(
        *(bench.repairs.approve(token, person=person, guild_id=GUILD) for person, token in enumerate(tokens)),
        return_exceptions=True,
    )

    kept = await bench.store.orders.get(order.id)
    (winner,) = [result for result in results if isinstance(result, WorkOrder)]
    (refused,) = [result for result in results if not isinstance(result, WorkOrder)]
    assert isinstance(refused, (ConfirmationRefused, RepairRefused))
    assert kept == winner


async def test_two_processes_with_their_own_tokens_let_exactly_one_through(bench: Bench) -> None:
    other = a_bench(bench.store, bench.agent, bench.clock)
    order = await awaiting_approval(bench.store)
    ours, theirs = [await a_token(each, order) for each in (bench, other)]

    results = await asyncio.gather(
        bench.repairs.approve(ours, person=ADMIN, guild_id=GUILD),
        other.repairs.approve(theirs, person=OTHER_ADMIN, guild_id=GUILD),
        return_exceptions=True,
    )

    assert sum(isinstance(result, WorkOrder) for result in results) == 1


async def test_rejecting_ends_the_order_and_every_token_of_it(bench: Bench) -> None:
    order, token = await shown(bench)
    _, unrelated = await shown(bench)

    rejected = await bench.repairs.reject(order.id, person=ADMIN, reason="too risky")

    assert (rejected.status, rejected.reason, rejected.rejected_by) == ("rejected", "too risky", ADMIN)
    with pytest.raises(ConfirmationRefused):
        await bench.repairs.approve(token, person=OTHER_ADMIN, guild_id=GUILD)
    assert (await bench.repairs.approve(unrelated, person=OTHER_ADMIN, guild_id=GUILD)).status == "publishing"


async def test_of_approve_and_reject_at_once_exactly_one_wins(bench: Bench) -> None:
    order, token = await shown(bench)

    results = await asyncio.gather(
        bench.repairs.approve(token, person=ADMIN, guild_id=GUILD),
        bench.repairs.reject(order.id, person=OTHER_ADMIN, reason="no"),
        return_exceptions=True,
    )

    (winner,) = [result for result in results if isinstance(result, WorkOrder)]
    assert await bench.store.orders.get(order.id) == winner


async def test_an_order_that_somebody_else_took_on_is_not_approved(bench: Bench) -> None:
    order, token = await shown(bench)
    await bench.store.orders.save(advance(order, "rejected", NOW, "Rejected elsewhere"))

    with pytest.raises(RepairRefused, match="rejected"):
        await bench.repairs.approve(token, person=ADMIN, guild_id=GUILD)

    assert (await bench.store.orders.get(order.id)).reason == "Rejected elsewhere"


async def test_a_secret_in_the_request_reaches_neither_store_nor_agent(bench: Bench) -> None:
    secret = "ghp_" + "a1B2" * 9
    ask = an_ask(summary=f"token {secret}", context=Context(entities={"summary": f"token {secret}"}))

    order = await bench.repairs.open(ask)
    _, body = await bench.repairs.preview(ask)

    kept = (await bench.store.incidents.get(order.incident_id)).model_dump_json()
    assert secret not in kept
    assert secret not in order.model_dump_json()
    assert secret.encode() not in body


async def decided(bench: Bench) -> list[tuple[str, str, str]]:
    """Who did what about what, by the audit."""
    entries = await bench.store.audit.entries()
    return [(each.decision.actor, each.decision.action, each.decision.subject) for each in entries]


async def test_every_decision_is_in_the_audit_in_its_order(bench: Bench) -> None:
    order, token = await shown(bench)
    with pytest.raises(ConfirmationRefused):
        await bench.repairs.approve("sut-wrong", person=OTHER_ADMIN, guild_id=GUILD)
    await bench.repairs.approve(token, person=OTHER_ADMIN, guild_id=GUILD)

    assert await decided(bench) == [
        (str(ADMIN), "review", order.id),
        (str(OTHER_ADMIN), "refused", "approve"),
        (str(OTHER_ADMIN), "approve", order.id),
    ]


class NoAudit:
    """An audit that cannot be written."""

    async def append(self, decision: Decision) -> Entry:
        raise StoreUnavailable("The disk is full.")

    async def entries(self, *, after: int = 0, limit: int = 1000) -> list[Entry]:
        return []

    async def head(self) -> Head:
        return Head(seq=0, digest="0" * 64)


async def test_without_an_audit_nothing_is_decided_and_nothing_sent(bench: Bench, agent: ScriptedAgent) -> None:
    order, token = await shown(bench)
    deaf = replace(bench.repairs, store=replace(bench.store, audit=NoAudit()))

    for decision in (
        deaf.open(an_ask()),
        deaf.review(order.id, person=ADMIN),
        deaf.approve(token, person=ADMIN, guild_id=GUILD),
        deaf.reject(order.id, person=ADMIN, reason="no"),
        deaf.cancel(order.id, person=ADMIN),
    ):
        with pytest.raises(StoreUnavailable, match="The disk is full"):
            await decision

    assert (await bench.store.orders.get(order.id)).status == "awaiting_approval"
    assert len(await bench.store.orders.newest()) == 1
    assert agent.sent == []


async def test_with_two_people_the_one_who_asked_gets_no_token_and_cannot_use_anothers(bench: Bench) -> None:
    two = replace(bench.repairs, rules=Rules(second_approver=True))
    order = await awaiting_approval(bench.store)

    own = await two.review(order.id, person=ADMIN)
    other = await two.review(order.id, person=OTHER_ADMIN)
    assert (own.issued, other.hindrance) == (None, None)
    assert "another admin has to approve" in (own.hindrance or "")
    assert other.issued is not None
    with pytest.raises(RepairRefused, match="another admin"):
        await two.approve(other.issued.token, person=ADMIN, guild_id=GUILD)

    fresh = (await two.review(order.id, person=OTHER_ADMIN)).issued
    assert fresh is not None
    assert (await two.approve(fresh.token, person=OTHER_ADMIN, guild_id=GUILD)).approved_by == OTHER_ADMIN


async def test_below_the_proof_asked_for_there_is_a_token_only_for_who_insists(bench: Bench) -> None:
    strict = replace(bench.repairs, rules=Rules(min_proof=3))
    order = await awaiting_approval(bench.store)

    plain = await strict.review(order.id, person=ADMIN)
    insisted = await strict.review(order.id, person=ADMIN, insists=True)

    assert plain.issued is None
    assert "level 2, below AUTOFIX_MIN_PROOF (3)" in (plain.hindrance or "")
    assert insisted.issued is not None
    assert [each.decision.details.get("insisted") for each in await bench.store.audit.entries()] == [None, "True"]


async def test_a_review_that_another_is_shown_takes_no_approval_away(bench: Bench) -> None:
    order, token = await shown(bench)
    await asyncio.gather(
        bench.repairs.approve(token, person=ADMIN, guild_id=GUILD),
        bench.repairs.review(order.id, person=OTHER_ADMIN),
        return_exceptions=True,
    )

    assert (await bench.store.orders.get(order.id)).status == "publishing"


async def test_a_restart_ends_open_tokens_and_the_order_says_so_until_the_next_review(bench: Bench) -> None:
    order, _ = await shown(bench)
    restarted = a_bench(bench.store, bench.agent, bench.clock)

    await restarted.repairs.forget_tokens()

    after = await bench.store.orders.get(order.id)
    assert (after.token_until, after.status) == (None, "awaiting_approval")
    assert "The bot restarted" in (after.reason or "")
    await a_token(restarted, order)
    assert (await bench.store.orders.get(order.id)).reason is None


async def test_a_token_that_was_shown_since_the_restart_is_not_said_to_be_ended(bench: Bench) -> None:
    order, token = await shown(bench)

    await bench.repairs.forget_tokens()

    assert (await bench.store.orders.get(order.id)).token_until is not None
    assert (await bench.repairs.approve(token, person=ADMIN, guild_id=GUILD)).status == "publishing"


@pytest.mark.parametrize("status", NEXT)
async def test_an_order_is_cancelled_wherever_the_table_allows_it(bench: Bench, status: Status) -> None:
    order = await stored(bench.store, status=status)

    if "cancelled" in NEXT[status]:
        assert (await bench.repairs.cancel(order.id, person=ADMIN)).cancelled_by == ADMIN
    else:
        with pytest.raises(RepairRefused, match=order.id):
            await bench.repairs.cancel(order.id, person=ADMIN)


async def test_a_retry_is_a_further_attempt_of_the_same_incident(bench: Bench, agent: ScriptedAgent) -> None:
    order = await stored(bench.store, status="failed")

    again = await bench.repairs.retry(order.id, person=OTHER_ADMIN)

    assert (again.incident_id, again.attempt, again.requested_by) == (order.incident_id, 2, OTHER_ADMIN)
    assert again.branch == f"suture/{order.incident_id}-2"
    assert agent.sent == [again.key("propose")]
    with pytest.raises(RepairRefused, match="has a later attempt already"):
        await bench.repairs.retry(order.id, person=ADMIN)


async def test_of_many_retries_at_once_one_is_sent(bench: Bench, agent: ScriptedAgent) -> None:
    order = await stored(bench.store, status="no_fix")

    results = await asyncio.gather(
        *(bench.repairs.retry(order.id, person=person) for person in range(8)), return_exceptions=True
    )

    assert len([each for each in results if isinstance(each, WorkOrder)]) == 1
    assert agent.sent == [f"suture {order.incident_id} propose 2"]


async def test_what_goes_on_is_not_tried_again(bench: Bench) -> None:
    order = await stored(bench.store, status="pr_open")

    with pytest.raises(RepairRefused, match="only what came to an end"):
        await bench.repairs.retry(order.id, person=ADMIN)


async def test_what_was_flagged_stands_on_the_order_through_reviews_and_restarts(bench: Bench) -> None:
    order = await awaiting_approval(bench.store)
    order = await bench.store.orders.save(order.evolve(reason="The patch touches what guards."))

    await a_token(bench, order)
    await a_bench(bench.store, bench.agent, bench.clock).repairs.forget_tokens()
    restarted = await bench.store.orders.get(order.id)
    await a_token(bench, order)

    assert (restarted.reason or "").startswith("The patch touches what guards. The bot restarted")
    assert (await bench.store.orders.get(order.id)).reason == "The patch touches what guards."


async def test_whoever_sends_what_the_bot_staged_by_itself_is_the_one_who_asked(bench: Bench) -> None:
    order = await stored(bench.store, status="staged", agent="staged", requested_by=MACHINE)

    sent = await bench.repairs.retry(order.id, person=OTHER_ADMIN)

    assert (sent.status, sent.requested_by, sent.agent) == ("dispatched", OTHER_ADMIN, bench.agent.name)
    assert Rules(second_approver=True).bars(sent) == OTHER_ADMIN
