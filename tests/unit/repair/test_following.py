"""An open pull request is followed to its end: checks, reviews, merged, closed, or nobody came."""

from datetime import timedelta

import pytest

from bot.agents.agent import AgentUnavailable, NotSeen, PullSeen
from bot.records.work_order import WorkOrder, advance
from bot.repair.endings import asked_now, headline
from bot.repair.following import CHECKS_PATIENCE
from bot.repair.rules import Rules
from tests.factories import NOW, PULL_URL, Bench, ScriptedAgent, a_pull, awaiting_approval

DAYS = timedelta(days=14)


async def with_pull(bench: Bench) -> WorkOrder:
    """An order whose draft pull request was just opened."""
    order = advance(await awaiting_approval(bench.store), "publishing", NOW)
    return await bench.store.orders.save(advance(order, "pr_open", NOW, pr_number=3, pr_url=PULL_URL))


async def seen(bench: Bench, agent: ScriptedAgent, pull: PullSeen) -> WorkOrder:
    """The order after this sighting."""
    agent.sightings.append(pull)
    return await bench.reconciler.step(await with_pull(bench))


@pytest.mark.parametrize(
    ("pull", "words"),
    [
        (a_pull(), "pull request: draft · checks are running · no review yet"),
        (a_pull(draft=False, checks="passed"), "pull request: ready · checks passed · no review yet"),
        (a_pull(checks="failed", review="approved"), "checks failed · approved by a reviewer"),
        (a_pull(review="changes requested"), "a reviewer asks for changes"),
    ],
)
async def test_checks_and_reviews_are_told(bench: Bench, agent: ScriptedAgent, pull: PullSeen, words: str) -> None:
    order = await seen(bench, agent, pull)

    assert order.status == "pr_open"
    assert words in (order.progress or "")


async def test_a_merge_is_kept_with_its_commit(bench: Bench, agent: ScriptedAgent) -> None:
    order = await seen(bench, agent, a_pull(state="merged", merge_sha="c" * 40))

    assert (order.status, order.merge_sha) == ("merged", "c" * 40)


async def test_a_pruned_branch_ends_the_order_in_a_sentence_of_its_own_and_offers_another_patch(
    bench: Bench, agent: ScriptedAgent
) -> None:
    order = await seen(bench, agent, a_pull(state="closed", branch_gone=True))

    assert order.status == "expired"
    assert "branch is gone" in headline(order)
    assert "Propose again" in (asked_now(order, Rules()) or "")


async def test_a_closed_pull_request_ends_the_order_in_a_sentence_of_its_own(
    bench: Bench, agent: ScriptedAgent
) -> None:
    order = await seen(bench, agent, a_pull(state="closed"))

    assert order.status == "rejected"
    assert "closed on GitHub without being merged" in (order.reason or "")


async def test_checks_that_do_not_start_are_noticed_with_the_remedy_and_forgotten_once_they_do(
    bench: Bench, agent: ScriptedAgent
) -> None:
    order = await with_pull(bench)
    agent.sightings.extend([a_pull(checks="none"), a_pull(checks="none"), a_pull(checks="running")])

    early = await bench.reconciler.step(order)
    bench.clock.forward(CHECKS_PATIENCE.total_seconds())
    late = await bench.reconciler.step(early)
    begun = await bench.reconciler.step(late)

    assert early.reason is None
    assert "CI did not start on this pull request" in (late.reason or "")
    assert "Close and reopen it" in (late.reason or "")
    assert begun.reason is None


@pytest.mark.parametrize("sighting", [a_pull(), NotSeen()], ids=["seen", "an agent that cannot follow"])
async def test_what_nobody_merges_in_time_is_given_up_with_its_sentence(
    bench: Bench, agent: ScriptedAgent, sighting: PullSeen | NotSeen
) -> None:
    order = await with_pull(bench)
    agent.sightings.extend([sighting, sighting])

    bench.clock.forward(DAYS.total_seconds() - 1)
    waiting = await bench.reconciler.step(order)
    bench.clock.forward(1)
    ended = await bench.reconciler.step(waiting)

    assert waiting.status == "pr_open"
    assert ended.status == "expired"
    assert "within 14 days" in (ended.reason or "")


async def test_a_merge_at_the_last_moment_counts(bench: Bench, agent: ScriptedAgent) -> None:
    order = await with_pull(bench)
    agent.sightings.append(a_pull(state="merged", merge_sha="c" * 40))
    bench.clock.forward(2 * DAYS.total_seconds())

    assert (await bench.reconciler.step(order)).status == "merged"


async def test_a_look_that_says_nothing_new_saves_nothing(bench: Bench, agent: ScriptedAgent) -> None:
    order = await with_pull(bench)
    agent.sightings.extend([a_pull(), a_pull()])

    first = await bench.reconciler.step(order)
    second = await bench.reconciler.step(first)

    assert second.version == first.version


async def test_a_github_that_is_away_postpones_and_nothing_is_ever_sent(bench: Bench, agent: ScriptedAgent) -> None:
    agent.sightings.append(AgentUnavailable("GitHub answered 503."))

    order = await bench.reconciler.step(await with_pull(bench))

    assert (order.status, order.reason) == ("pr_open", "GitHub answered 503.")
    assert order.retry_at is not None
    assert agent.sent == []
