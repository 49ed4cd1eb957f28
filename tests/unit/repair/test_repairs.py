"""Open, review, approve, reject: what people may do with an order, and what they may not."""

import asyncio
import logging

import pytest

from bot.agents.agent import AgentRefused, AgentUnavailable, OutcomeUnknown
from bot.incident.confirmation import ConfirmationRefused
from bot.incident.payload import Context
from bot.records.store import RecordMissing
from bot.records.work_order import WorkOrder, advance
from bot.repair.repairs import RepairRefused
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
    an_ask,
    awaiting_approval,
    stored,
)


async def shown(bench: Bench) -> tuple[WorkOrder, str]:
    """An order that waits for approval, and the token that an admin was shown."""
    order = await awaiting_approval(bench.store)
    return order, (await bench.repairs.review(order.id)).issued.token


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

    review = await bench.repairs.review(order.id)

    assert review.proposal.diff == a_diff()
    assert review.order == order
    assert review.issued.token.startswith("sut-")


@pytest.mark.parametrize("status", ["staged", "dispatched", "proposing", "publishing", "pr_open", "failed"])
async def test_only_a_waiting_proposal_can_be_reviewed_or_rejected(bench: Bench, status: str) -> None:
    order = await stored(bench.store, status=status)

    with pytest.raises(RepairRefused, match=order.id):
        await bench.repairs.review(order.id)
    with pytest.raises(RepairRefused, match=order.id):
        await bench.repairs.reject(order.id, person=ADMIN, reason="no")


async def test_an_unknown_order_is_named(bench: Bench) -> None:
    with pytest.raises(RecordMissing, match="wo_20990101_0001"):
        await bench.repairs.review("wo_20990101_0001")


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
    token = (await bench.repairs.review(order.id)).issued.token

    with pytest.raises(ConfirmationRefused, match="changed"):
        await bench.repairs.approve(token, person=ADMIN, guild_id=GUILD)

    assert (await bench.store.orders.get(order.id)).status == "awaiting_approval"


async def test_a_protected_path_is_refused_even_with_a_good_token(bench: Bench) -> None:
    order = await awaiting_approval(bench.store, a_diff(".github/workflows/ci.yml"))
    token = (await bench.repairs.review(order.id)).issued.token

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
    tokens = [(await bench.repairs.review(order.id)).issued.token for _ in range(2)]

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
    ours, theirs = [(await each.repairs.review(order.id)).issued.token for each in (bench, other)]

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
