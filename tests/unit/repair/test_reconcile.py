"""The next step of an order: for everything the outside may show or raise, and never twice."""

import asyncio
from datetime import timedelta

import pytest

from bot.agents.agent import (
    AgentRefused,
    AgentUnavailable,
    Failed,
    NoFix,
    NotSeen,
    OutcomeUnknown,
    Published,
    Working,
)
from bot.records.store import RecordMissing, StaleRecord
from bot.records.work_order import WorkOrder, advance
from bot.repair.reconcile import MAX_SENDS
from tests.factories import (
    BASE_SHA,
    NOW,
    PULL_URL,
    RUN_URL,
    Bench,
    ScriptedAgent,
    a_bench,
    a_diff,
    a_patch,
    an_order,
    awaiting_approval,
    stored,
)


async def sent(bench: Bench) -> WorkOrder:
    """An order whose request was taken."""
    return await bench.reconciler.step(await stored(bench.store))


async def publishing(bench: Bench) -> WorkOrder:
    """An order whose approved diff is on its way."""
    order = await awaiting_approval(bench.store)
    return await bench.reconciler.step(await bench.store.orders.save(advance(order, "publishing", NOW)))


async def test_a_new_order_is_sent_once_and_then_only_looked_for(bench: Bench, agent: ScriptedAgent) -> None:
    order = await sent(bench)

    again = await bench.reconciler.step(order)

    assert agent.sent == [order.key("propose")]
    assert agent.looks == 1
    assert (again.sent_at, again.sends, again.status) == (NOW, 1, "dispatched")


async def test_a_run_that_shows_makes_the_order_proposing(bench: Bench, agent: ScriptedAgent) -> None:
    agent.sightings.append(Working(7, RUN_URL, "Propose: Write the patch (3/6)"))

    order = await bench.reconciler.step(await sent(bench))

    assert (order.status, order.run_id, order.run_url) == ("proposing", 7, RUN_URL)
    assert order.progress == "Propose: Write the patch (3/6)"


async def test_progress_is_saved_only_when_it_changed(bench: Bench, agent: ScriptedAgent) -> None:
    order = await sent(bench)
    agent.sightings.extend([Working(7, RUN_URL, "one"), Working(7, RUN_URL, "one"), Working(7, RUN_URL, "two")])

    first = await bench.reconciler.step(order)
    same = await bench.reconciler.step(first)
    second = await bench.reconciler.step(same)

    assert same.version == first.version
    assert (second.progress, second.version) == ("two", first.version + 1)


@pytest.mark.parametrize("seen_working_first", [True, False])
async def test_a_patch_is_kept_to_the_byte_and_waits_for_a_person(
    bench: Bench, agent: ScriptedAgent, seen_working_first: bool
) -> None:
    order = await sent(bench)
    diff = a_diff(new="return read(text)  # \xff\x00")
    if seen_working_first:
        agent.sightings.append(Working(7, RUN_URL, "one"))
        order = await bench.reconciler.step(order)
    agent.sightings.append(a_patch(diff=diff))

    order = await bench.reconciler.step(order)

    proposal = await bench.store.proposals.get(order.id)
    assert order.status == "awaiting_approval"
    assert proposal.diff == diff
    assert (order.diff_sha256, order.base_sha, order.run_id) == (proposal.diff_sha256, BASE_SHA, 7)
    assert (order.sent_at, order.sends) == (None, 0)


async def test_a_patch_that_touches_a_protected_path_is_never_kept(bench: Bench, agent: ScriptedAgent) -> None:
    agent.sightings.append(a_patch(diff=a_diff(".github/workflows/ci.yml")))

    order = await bench.reconciler.step(await sent(bench))

    assert order.status == "failed"
    assert "GitHub's own files" in (order.reason or "")
    with pytest.raises(RecordMissing):
        await bench.store.proposals.get(order.id)


async def test_no_fix_ends_the_order_with_the_agents_reason(bench: Bench, agent: ScriptedAgent) -> None:
    agent.sightings.append(NoFix(RUN_URL, "No fix: it is the sheet's fault"))

    order = await bench.reconciler.step(await sent(bench))

    assert (order.status, order.reason, order.run_url) == ("no_fix", "No fix: it is the sheet's fault", RUN_URL)


async def test_a_failed_run_ends_the_order_with_its_reason(bench: Bench, agent: ScriptedAgent) -> None:
    agent.sightings.append(Failed(RUN_URL, "The workflow ended with failure."))

    order = await bench.reconciler.step(await sent(bench))

    assert (order.status, order.reason, order.run_url) == ("failed", "The workflow ended with failure.", RUN_URL)


async def test_an_approved_order_is_published_under_its_own_key(bench: Bench, agent: ScriptedAgent) -> None:
    order = await publishing(bench)
    agent.sightings.extend([Working(8, f"{RUN_URL}/8", "Publish"), Published(3, PULL_URL)])

    working = await bench.reconciler.step(order)
    done = await bench.reconciler.step(working)

    assert agent.sent == [order.key("publish")]
    assert (working.status, working.publish_run_url, working.run_url) == ("publishing", f"{RUN_URL}/8", None)
    assert (done.status, done.pr_number, done.pr_url) == ("pr_open", 3, PULL_URL)


async def test_a_failed_publication_keeps_the_link_of_the_propose_run(bench: Bench, agent: ScriptedAgent) -> None:
    agent.sightings.append(Failed(f"{RUN_URL}/8", "Publishing was refused."))

    order = await bench.reconciler.step(await publishing(bench))

    assert (order.status, order.publish_run_url, order.run_id) == ("failed", f"{RUN_URL}/8", 7)


async def test_a_refused_request_fails_the_order_with_the_sentence(bench: Bench, agent: ScriptedAgent) -> None:
    agent.answers.append(AgentRefused("GitHub answered 401: Bad credentials."))

    order = await sent(bench)

    assert (order.status, order.reason) == ("failed", "GitHub answered 401: Bad credentials.")


async def test_an_unavailable_agent_is_asked_again_when_it_said(bench: Bench, agent: ScriptedAgent) -> None:
    agent.answers.append(AgentUnavailable("GitHub answered 429.", retry_after=120))
    order = await sent(bench)

    bench.clock.forward(119)
    early = await bench.reconciler.step(order)
    bench.clock.forward(2)
    late = await bench.reconciler.step(early)

    assert (order.status, order.retry_at) == ("dispatched", NOW + timedelta(seconds=120))
    assert order.reason == "GitHub answered 429."
    assert early == order
    assert agent.sent == [order.key("propose")] * 2
    assert (late.reason, late.retry_at) == (None, None)


async def test_an_agent_that_is_long_unavailable_is_asked_ever_more_seldom(bench: Bench, agent: ScriptedAgent) -> None:
    agent.answers.extend(AgentUnavailable("GitHub could not be reached.") for _ in range(12))
    order = await sent(bench)
    waits = []

    while agent.answers:
        assert order.retry_at is not None
        waits.append((order.retry_at - bench.clock()).total_seconds())
        bench.clock.forward(waits[-1])
        order = await bench.reconciler.step(order)

    assert waits == sorted(waits)
    assert 1 <= waits[0] < 30
    assert max(waits) == 300
    assert order.status == "dispatched"


async def test_requests_that_were_never_taken_do_not_count_as_sent(bench: Bench, agent: ScriptedAgent) -> None:
    agent.answers.extend(AgentUnavailable("GitHub answered 503.") for _ in range(MAX_SENDS + 1))
    order = await sent(bench)
    while agent.answers:
        bench.clock.forward(301)
        order = await bench.reconciler.step(order)

    bench.clock.forward(301)
    order = await bench.reconciler.step(order)  # taken now
    bench.clock.forward(61)
    order = await bench.reconciler.step(order)  # and lost: it is sent again, not given up

    assert order.status == "dispatched"
    assert order.sends == 2


async def test_after_a_lost_answer_and_a_refused_repetition_it_looks_before_it_sends(
    bench: Bench, agent: ScriptedAgent
) -> None:
    agent.answers.extend([OutcomeUnknown("GitHub did not answer in time."), AgentUnavailable("GitHub answered 429.")])
    order = await sent(bench)
    bench.clock.forward(61)
    order = await bench.reconciler.step(order)  # not seen for 60 s: sent again, and not taken
    bench.clock.forward(301)
    agent.sightings.append(Working(7, RUN_URL, "one"))  # now the first request's run shows

    order = await bench.reconciler.step(order)

    assert order.status == "proposing"
    assert len(agent.sent) == 2


async def test_after_a_lost_answer_nothing_is_sent_for_a_minute_and_then_with_the_same_key(
    bench: Bench, agent: ScriptedAgent
) -> None:
    agent.answers.append(OutcomeUnknown("GitHub did not answer in time."))
    order = await sent(bench)
    assert "Looking whether it arrived" in (order.reason or "")

    for _ in range(59):
        bench.clock.forward(1)
        order = await bench.reconciler.step(order)
    assert agent.sent == [order.key("propose")]

    bench.clock.forward(1)
    order = await bench.reconciler.step(order)

    assert agent.sent == [order.key("propose")] * 2
    assert agent.looks == 60


async def test_a_request_that_is_never_seen_is_sent_three_times_and_then_given_up(
    bench: Bench, agent: ScriptedAgent
) -> None:
    order = await sent(bench)

    for _ in range(300):
        if order.status == "failed":
            break
        bench.clock.forward(5)
        order = await bench.reconciler.step(order)

    assert agent.sent == [order.key("propose")] * MAX_SENDS
    assert order.status == "failed"
    assert "no run" in (order.reason or "")


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (AgentUnavailable("GitHub answered 429.", retry_after=300), 300),
        (AgentRefused("GitHub answered 403."), 60),
    ],
)
async def test_a_look_that_fails_waits_and_neither_fails_nor_repeats_the_order(
    bench: Bench, agent: ScriptedAgent, error: Exception, seconds: int
) -> None:
    agent.sightings.append(error)

    order = await bench.reconciler.step(await sent(bench))
    bench.clock.forward(seconds - 1)
    same = await bench.reconciler.step(order)

    assert (order.status, order.reason) == ("dispatched", str(error))
    assert order.retry_at == NOW + timedelta(seconds=seconds)
    assert same == order
    assert (agent.looks, len(agent.sent)) == (1, 1)


async def test_a_long_outage_while_looking_ends_in_the_truth(bench: Bench, agent: ScriptedAgent) -> None:
    agent.sightings.extend(AgentUnavailable("GitHub could not be reached.") for _ in range(20))
    order = await sent(bench)
    while agent.sightings:
        bench.clock.forward(600)
        order = await bench.reconciler.step(order)
    bench.clock.forward(600)
    agent.sightings.append(a_patch())

    order = await bench.reconciler.step(order)

    assert order.status == "awaiting_approval"
    assert len(agent.sent) == 1


async def test_an_absurd_wait_does_not_break_the_order(bench: Bench, agent: ScriptedAgent) -> None:
    agent.answers.append(AgentUnavailable("GitHub answered 429.", retry_after=float("9" * 300)))

    order = await sent(bench)

    assert order.status == "dispatched"
    assert order.retry_at is not None


async def test_an_agent_that_is_off_is_left_alone(bench: Bench, agent: ScriptedAgent) -> None:
    order = await stored(bench.store)
    agent.off = "no coding agent is configured"

    assert await bench.reconciler.step(order) == order
    assert agent.sent == []


async def test_a_second_reconciler_that_read_the_same_order_sends_nothing(bench: Bench, agent: ScriptedAgent) -> None:
    other = a_bench(bench.store, agent, bench.clock)
    order = await stored(bench.store)

    results = await asyncio.gather(bench.reconciler.step(order), other.reconciler.step(order), return_exceptions=True)

    assert sorted(type(result).__name__ for result in results) == ["StaleRecord", "WorkOrder"]
    assert agent.sent == [order.key("propose")]


async def test_two_reconcilers_never_double_a_transition(bench: Bench, agent: ScriptedAgent) -> None:
    other = a_bench(bench.store, agent, bench.clock)
    orders = [await stored(bench.store) for _ in range(4)]

    for sightings in ([], [Working(7, RUN_URL, "one")] * 8, [a_patch()] * 8):
        agent.sightings.extend(sightings)
        await asyncio.gather(bench.reconciler.tick(), other.reconciler.tick())

    after = [await bench.store.orders.get(order.id) for order in orders]
    assert sorted(agent.sent) == sorted(order.key("propose") for order in orders)
    assert {order.status for order in after} == {"awaiting_approval"}
    assert all(
        [status for status, _ in order.history] == ["dispatched", "proposing", "awaiting_approval"] for order in after
    )


async def test_a_stale_step_changes_nothing(bench: Bench, agent: ScriptedAgent) -> None:
    old = await sent(bench)
    agent.sightings.extend([Failed(RUN_URL, "it broke"), Working(7, RUN_URL, "one")])
    await bench.reconciler.step(old)

    with pytest.raises(StaleRecord):
        await bench.reconciler.step(old)

    assert (await bench.store.orders.get(old.id)).status == "failed"


async def test_one_order_that_cannot_be_taken_on_does_not_hold_up_the_others(
    bench: Bench, agent: ScriptedAgent
) -> None:
    healthy = await stored(bench.store)
    orphan = await bench.store.orders.create(an_order(incident_id="inc_zzzzzzzzzzzz"))

    await bench.reconciler.tick()

    assert agent.sent == [healthy.key("propose")]
    assert (await bench.store.orders.get(orphan.id)).status == "failed"


async def test_only_orders_that_wait_on_the_outside_are_touched(bench: Bench, agent: ScriptedAgent) -> None:
    waiting = await awaiting_approval(bench.store)
    staged = await stored(bench.store, status="staged")

    await bench.reconciler.tick()

    assert (agent.sent, agent.looks) == ([], 0)
    assert await bench.store.orders.get(waiting.id) == waiting
    assert await bench.store.orders.get(staged.id) == staged


async def test_run_takes_orders_on_when_woken_and_ends_when_stopped(bench: Bench, agent: ScriptedAgent) -> None:
    taken = asyncio.Event()

    async def notice(order: WorkOrder) -> None:
        if order.sent_at:
            taken.set()

    bench.book.watch(notice)
    running = asyncio.create_task(bench.reconciler.run(3600))
    await asyncio.sleep(0)
    order = await stored(bench.store)
    bench.reconciler.wake()
    async with asyncio.timeout(10):
        await taken.wait()
        bench.reconciler.stop()
        await running

    assert agent.sent == [order.key("propose")]


async def test_not_seen_within_a_minute_saves_nothing(bench: Bench, agent: ScriptedAgent) -> None:
    order = await sent(bench)
    agent.sightings.append(NotSeen())

    assert await bench.reconciler.step(order) == order
    assert (await bench.store.orders.get(order.id)).version == order.version
