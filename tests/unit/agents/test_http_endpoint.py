"""The agent behind an address: what is sent, what each answer means, and that a kill loses none."""

import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.agents import http_endpoint
from bot.agents.agent import (
    AgentRefused,
    AgentUnavailable,
    Failed,
    NoFix,
    NotSeen,
    OutcomeUnknown,
    Patched,
    Published,
    Working,
)
from bot.agents.http_endpoint import LONGEST_WORK, Endpoint, HttpEndpoint, headers_of
from bot.apis.http import open_http
from bot.records.sql_store import open_store
from bot.records.store import Store, StoreUnavailable
from bot.records.work_order import WorkOrder, advance
from bot.sandbox.agent_server import DIFF, REPORT, AgentServer, agent_fault, agent_garbage, agent_hang
from bot.sandbox.github_faults import Fault
from tests.factories import (
    ADMIN,
    BASE_SHA,
    GUILD,
    INCIDENT_ID,
    NOW,
    Bench,
    Clock,
    FakeApi,
    a_bench,
    a_fake_api,
    a_token,
    an_ask,
    an_incident,
    an_order,
)

KEY = "agent-" + "k" * 30
DIGEST = hashlib.sha256(DIFF.encode()).hexdigest()
REPOSITORY = "suture-lab/suture"
Make = Callable[..., Awaitable[HttpEndpoint]]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[AgentServer]:
    server = AgentServer(tmp_path / "agent", api_key=KEY, base_sha=BASE_SHA)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(tmp_path / "state") as opened:
        yield opened


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def make(server: AgentServer, store: Store, clock: Clock) -> AsyncIterator[Make]:
    """Makes an adapter as a process does when it starts."""
    async with AsyncExitStack() as stack:

        async def make_one(api_key: str | None = KEY, url: str | None = None) -> HttpEndpoint:
            address = url or server.endpoint
            door = await stack.enter_async_context(open_http(address, "The coding agent", headers_of(api_key)))
            return HttpEndpoint(door, Endpoint(address, REPOSITORY), store.notes, clock)

        yield make_one


@pytest.fixture
async def agent(make: Make) -> HttpEndpoint:
    return await make()


def proposing() -> WorkOrder:
    return an_order(sent_at=NOW, sends=1)


def publishing() -> WorkOrder:
    facts: dict[str, Any] = {"run_id": 0, "base_sha": BASE_SHA, "diff_sha256": DIGEST}
    waiting = advance(proposing(), "awaiting_approval", NOW, None, **facts)
    return advance(waiting, "publishing", NOW, None, sent_at=NOW)


async def test_the_request_is_the_contracts_and_what_the_preview_shows(server, agent):
    order, incident = an_order(attempt=2), an_incident()

    await agent.propose(order, incident)

    (asked,) = server.journal
    assert {"action": asked.action, "payload": asked.payload} == json.loads(agent.request(order, incident))
    assert asked.action == "open_issue"
    assert asked.payload["incident_id"] == asked.payload["id"] == INCIDENT_ID
    seeds = ("summary", "user", "user_id", "channel", "intent", "entities", "build", "env", "uptime_seconds", "logs")
    assert set(seeds) <= set(asked.payload)
    assert (asked.payload["user"], asked.payload["channel"]) == ("ada", "ledger")
    assert asked.key == f"{INCIDENT_ID}/open_issue/2"


async def test_the_key_is_sent_as_bearer_only_when_there_is_one(server, make):
    server.api_key = None
    await (await make()).propose(an_order(), an_incident())
    await (await make(api_key=None)).propose(an_order(attempt=2), an_incident())

    assert [asked.authorization for asked in server.journal] == [f"Bearer {KEY}", None]


async def test_an_answer_that_holds_the_diff_outlives_a_kill(server, agent, make):
    await agent.propose(proposing(), an_incident())
    await server.stop()

    seen = await (await make()).look(proposing())

    assert isinstance(seen, Patched)
    assert (seen.diff, seen.base_sha, seen.report.pr_title) == (DIFF.encode(), BASE_SHA, REPORT["pr_title"])
    assert seen.proof.level == 2
    assert "nothing of it was checked here" in seen.proof.reasons[0]
    assert seen.proof.diff_sha256 == DIGEST


async def test_an_answer_lost_on_its_way_is_found_by_asking_for_the_status(server, agent):
    server.faults.add(Fault(method="POST", path="/agent", drop="after"))

    with pytest.raises(OutcomeUnknown):
        await agent.propose(proposing(), an_incident())

    assert isinstance(await agent.look(proposing()), Patched)


async def test_the_same_request_sent_again_is_the_same_work(server, agent):
    for _ in range(3):
        await agent.propose(proposing(), an_incident())

    assert server.work == [f"{INCIDENT_ID}/open_issue/1"]
    assert [asked.is_repeated for asked in server.journal] == [False, True, True]


async def test_a_slow_agent_is_at_work_until_it_is_done(server, agent):
    server.script = "slow"
    await agent.propose(proposing(), an_incident())

    before = await agent.look(proposing())
    server.finish(INCIDENT_ID)
    after = await agent.look(proposing())

    assert before == Working(0, "", "reading")
    assert isinstance(after, Patched)


async def test_an_agent_that_is_at_work_for_ever_is_given_up(server, agent, clock):
    server.script = "slow"
    await agent.propose(proposing(), an_incident())
    clock.forward(LONGEST_WORK.total_seconds() + 1)

    seen = await agent.look(proposing())

    assert isinstance(seen, Failed)
    assert "given up" in seen.reason


async def test_no_fix_comes_with_the_agents_reason(server, agent):
    server.script = "no_fix"
    await agent.propose(proposing(), an_incident())

    assert await agent.look(proposing()) == NoFix("", "No fix: the fault is in the service it calls")


async def test_a_pull_request_before_approval_is_never_a_success(server, agent):
    server.script = "early_pull"
    await agent.propose(proposing(), an_incident())

    seen = await agent.look(proposing())

    assert isinstance(seen, Failed)
    assert seen.url == server.pulls[0]
    assert seen.reason.startswith(f"The agent opened a pull request without approval: {server.pulls[0]}.")


async def test_an_agent_that_takes_the_request_and_says_no_more_is_told_as_that(server, agent):
    server.script = "submitted_only"
    await agent.propose(proposing(), an_incident())

    seen = await agent.look(proposing())

    assert isinstance(seen, Failed)
    assert "gave no diff or pr_url" in seen.reason


async def test_a_request_that_left_no_trace_may_be_sent_again(server, agent):
    server.faults.add(Fault(method="POST", path="/agent", drop="before"))

    with pytest.raises(OutcomeUnknown):
        await agent.propose(proposing(), an_incident())
    assert await agent.look(proposing()) == NotSeen()

    server.script = "submitted_only"
    assert await agent.look(proposing()) == NotSeen()


async def test_what_was_approved_is_what_is_told_and_its_pull_request_is_the_end(server, agent, make):
    await agent.publish(publishing())

    (asked,) = server.journal
    assert (asked.action, asked.key) == ("confirm_fix", f"{INCIDENT_ID}/confirm_fix/1")
    assert asked.payload == {"incident_id": INCIDENT_ID, "diff_sha256": DIGEST, "base_sha": BASE_SHA}
    assert await (await make()).look(publishing()) == Published(1, server.pulls[0])


async def test_an_approval_whose_answer_was_lost_opens_one_pull_request(server, agent, make):
    server.faults.add(Fault(method="POST", path="/agent", drop="after"))
    with pytest.raises(OutcomeUnknown):
        await agent.publish(publishing())

    await agent.publish(publishing())

    assert await (await make()).look(publishing()) == Published(1, server.pulls[0])
    assert len(server.pulls) == 1


async def test_an_approval_that_did_not_arrive_is_not_taken_for_published(server, agent):
    await agent.propose(proposing(), an_incident())

    assert await agent.look(publishing()) == NotSeen()


async def test_a_diff_that_changed_after_approval_is_refused(server, agent):
    server.script = "changed"

    with pytest.raises(AgentRefused, match="not the one that was approved"):
        await agent.publish(publishing())

    assert server.pulls == []


async def test_another_diff_that_was_published_is_told_as_that(server, agent):
    server.script = "other_diff"
    await agent.publish(publishing())

    seen = await agent.look(publishing())

    assert isinstance(seen, Failed)
    assert seen.url == server.pulls[0]
    assert "another diff than the one that was approved" in seen.reason


async def test_published_without_an_address_is_not_published(server, agent):
    server.script = "missing_pull"
    await agent.publish(publishing())

    seen = await agent.look(publishing())

    assert isinstance(seen, Failed)
    assert "gives no pr_url" in seen.reason


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, AgentRefused, "DEBUG_AGENT_API_KEY"),
        (404, AgentRefused, "DEBUG_AGENT_ENDPOINT"),
        (422, AgentRefused, "422"),
        (301, AgentRefused, "redirects"),
        (429, AgentUnavailable, "slow down"),
        (500, OutcomeUnknown, "the agent broke"),
        (503, OutcomeUnknown, "closed for today"),
    ],
)
async def test_an_error_answer_is_told_in_the_ports_words(server, agent, status, kind, words):
    server.faults.add(agent_fault(status))

    with pytest.raises(kind, match=words) as caught:
        await agent.propose(proposing(), an_incident())

    assert KEY not in str(caught.value)
    assert server.work == []


async def test_a_wrong_key_names_its_variable(server, make):
    stranger = await make(api_key="wrong")

    with pytest.raises(AgentRefused, match="DEBUG_AGENT_API_KEY"):
        await stranger.propose(proposing(), an_incident())
    with pytest.raises(AgentRefused, match="DEBUG_AGENT_API_KEY"):
        await stranger.look(proposing())
    with pytest.raises(AgentRefused, match="DEBUG_AGENT_API_KEY"):
        await stranger.look_around()


async def test_an_agent_that_hangs_is_not_waited_for(server, agent, monkeypatch):
    monkeypatch.setattr(http_endpoint, "SECONDS", 0.1)
    server.faults.add(agent_hang(), agent_hang())

    with pytest.raises(OutcomeUnknown, match="did not answer within"):
        await agent.propose(proposing(), an_incident())
    with pytest.raises(AgentUnavailable, match="did not answer within"):
        await agent.look(proposing())


@pytest.mark.parametrize(
    "body", ["<html>", "[]", "{}", '{"status": 1}', '{"status": ""}', '{"status":"x","diff":[1]}', "[" * 100_000,
             '{"status":"proposed","incident_id":"inc_zzzzzzzzzzzz"}', '{"status":"x","report":{"diagnosis":1}}',
             '{"status":"' + "x" * 61 + '"}', '{"status":"ok","diff":"' + "x" * 2**20 + '"}'],
    ids=range(11),
)  # fmt: skip
async def test_garbage_is_neither_an_answer_nor_a_loss(server, agent, body):
    server.faults.add(agent_garbage(body), agent_garbage(body))

    with pytest.raises(OutcomeUnknown, match="answer"):
        await agent.propose(proposing(), an_incident())
    with pytest.raises((AgentRefused, AgentUnavailable), match="answer"):
        await agent.look(proposing())

    assert await agent.look(proposing()) == NotSeen()


async def test_nobody_there_means_that_it_may_be_sent_again(server, agent):
    await server.stop()

    with pytest.raises(AgentUnavailable, match="could not be reached"):
        await agent.propose(proposing(), an_incident())
    with pytest.raises(AgentUnavailable, match="could not be reached"):
        await agent.look_around()


async def test_a_store_that_fails_loses_nothing(server, agent, store, monkeypatch):
    async def fail(*_: object) -> None:
        raise StoreUnavailable("The disk is full.")

    monkeypatch.setattr(store.notes, "write", fail)
    with pytest.raises(OutcomeUnknown, match="disk is full"):
        await agent.propose(proposing(), an_incident())

    assert isinstance(await agent.look(proposing()), Patched)


async def test_a_look_around_contacts_the_agent_and_changes_nothing(server, agent):
    assert await agent.look_around() == "the agent answers"
    server.script = "submitted_only"
    assert "without `status`" in await agent.look_around()

    assert server.work == []


@pytest.fixture
async def api() -> AsyncIterator[FakeApi]:
    async with a_fake_api() as fake:
        yield fake


GOOD: dict[str, Any] = {"status": "proposed", "diff": DIFF, "base_sha": BASE_SHA, "report": REPORT}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"base_sha": None}, "without base_sha"),
        ({"base_sha": "main"}, "without base_sha"),
        ({"diff_sha256": "0" * 64}, "digest"),
        ({"diff": "x" * 300_000}, "larger than 256 KiB"),
        ({"status": "failed", "reason": "no time"}, "no time"),
        ({"status": "brewing", "diff": None}, "“brewing”"),
        ({"pr_url": "https://github.test/o/r/pull/1"}, "without approval"),
        ({"pr_url": "https://a.test/)[x](y"}, "without approval"),
    ],
)
async def test_a_proposal_that_cannot_be_approved_says_why(make, api, changes, words):
    api.says("POST /agent", {**GOOD, **changes})
    agent = await make(url=f"{api.url}/agent")
    await agent.propose(proposing(), an_incident())

    seen = await agent.look(proposing())

    assert isinstance(seen, Failed)
    assert words in seen.reason
    assert ")[" not in seen.url + seen.reason


@pytest.mark.parametrize(
    ("changes", "level"),
    [({}, 0), ({"proof": {"level": 3}}, 3), ({"proof": {"level": 4, "diff_sha256": "0" * 64}}, 0)],
)
async def test_a_proof_is_worth_what_it_is_about(make, api, changes, level):
    api.says("POST /agent", {**GOOD, **changes})
    agent = await make(url=f"{api.url}/agent")
    await agent.propose(proposing(), an_incident())

    seen = await agent.look(proposing())

    assert isinstance(seen, Patched)
    assert seen.proof.level == level


@pytest.mark.parametrize("changes", [{"diff": "", "reason": "all is well"}, {"diff": " \n", "reason": "all is well"}])
async def test_an_empty_diff_is_no_fix(make, api, changes):
    api.says("POST /agent", {**GOOD, **changes})
    agent = await make(url=f"{api.url}/agent")
    await agent.propose(proposing(), an_incident())

    assert await agent.look(proposing()) == NoFix("", "No fix: all is well")


@pytest.mark.parametrize(
    ("told", "cost"),
    [
        (0.42, "0.42"),
        ("0.42", "0.42"),
        (0, "0"),
        (None, None),
        (-1, None),
        (1e9, None),
        ("NaN", None),
        ("$1", None),
        ({}, None),
    ],
)
async def test_what_a_run_cost_is_taken_when_it_is_a_sum_and_never_costs_the_patch(make, api, told, cost):
    api.says("POST /agent", {**GOOD, "cost_usd": told})
    agent = await make(url=f"{api.url}/agent")
    await agent.propose(proposing(), an_incident())

    seen = await agent.look(proposing())

    assert isinstance(seen, Patched)
    assert seen.cost_usd == (None if cost is None else Decimal(cost))


async def test_an_agent_without_a_report_gets_a_bare_one(make, api):
    api.says("POST /agent", {**GOOD, "report": None})
    agent = await make(url=f"{api.url}/agent")
    await agent.propose(proposing(), an_incident())

    seen = await agent.look(proposing())

    assert isinstance(seen, Patched)
    assert seen.report.pr_title == "Fix: lunch is not counted"


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ({"status": "published", "pr_url": "https://github.test/other/repo/pull/7"}, "GITHUB_REPO"),
        ({"status": "published", "pr_url": "https://github.test/suture-lab/suture"}, "not the address of a pull"),
        ({"status": "published", "pr_url": "javascript:alert(1)"}, "not the address of a pull"),
        (
            {"status": "published", "diff": DIFF + "\n", "pr_url": "https://a.test/suture-lab/suture/pull/7"},
            "another diff",
        ),
        ({"status": "published", "base_sha": "a" * 40}, "another base commit"),
        ({"status": "failed", "reason": "the branch is protected"}, "the branch is protected"),
    ],
)
async def test_what_is_no_pull_request_of_ours_is_no_success(make, api, reply, words):
    api.says("POST /agent", reply)
    agent = await make(url=f"{api.url}/agent")
    await agent.publish(publishing())

    seen = await agent.look(publishing())

    assert isinstance(seen, Failed)
    assert words in seen.reason


@pytest.mark.parametrize("path", ["pull/7", "-/merge_requests/7", "pull-requests/7", "pulls/7/"])
async def test_pull_requests_of_other_forges_are_read(make, api, path):
    api.says("POST /agent", {"status": "done", "pr_url": f"https://forge.test/Suture-Lab/suture/{path}"})
    agent = await make(url=f"{api.url}/agent")
    await agent.publish(publishing())

    assert await agent.look(publishing()) == Published(7, f"https://forge.test/Suture-Lab/suture/{path}")


async def until(bench: Bench, order_id: str, status: str) -> WorkOrder:
    """The order, taken on until it has this status."""
    for _ in range(10):
        order = await bench.store.orders.get(order_id)
        if order.status == status:
            return order
        await bench.reconciler.step(order)
    return await bench.store.orders.get(order_id)


async def test_an_incident_becomes_an_approved_pull_request(server, agent, store, clock):
    bench = a_bench(store, agent, clock)

    order = await until(bench, (await bench.repairs.open(an_ask())).id, "awaiting_approval")
    token = await a_token(bench, order)
    assert server.pulls == []
    await bench.repairs.approve(token, person=ADMIN, guild_id=GUILD)
    order = await until(bench, order.id, "pr_open")

    assert (order.status, order.pr_number, order.pr_url) == ("pr_open", 1, server.pulls[0])
    assert [asked.action for asked in server.journal] == ["open_issue", "confirm_fix"]


async def test_a_lost_request_is_sent_again_with_the_same_key(server, agent, store, clock):
    bench = a_bench(store, agent, clock)
    server.faults.add(Fault(method="POST", path="/agent", drop="before"))
    order = await bench.repairs.open(an_ask())
    clock.forward(timedelta(seconds=61).total_seconds())

    order = await until(bench, order.id, "awaiting_approval")

    assert (order.status, order.sends) == ("awaiting_approval", 0)
    assert server.work == [f"{order.incident_id}/open_issue/1"]
