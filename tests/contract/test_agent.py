"""What the reconciler relies on, whoever writes the patches. One suite; each adapter is a parameter."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.agents.agent import (
    AgentRefused,
    AgentUnavailable,
    CodingAgent,
    NoFix,
    NotSeen,
    OutcomeUnknown,
    Patched,
    Published,
)
from bot.agents.github_dispatch import GithubDispatch
from bot.agents.github_request import Trigger
from bot.agents.http_endpoint import Endpoint, HttpEndpoint, headers_of
from bot.agents.local_command import LocalCommand
from bot.agents.staged import StagedAgent
from bot.apis import http
from bot.apis.github import open_github
from bot.apis.http import open_http
from bot.incident.payload import MAX_PAYLOAD_BYTES, new_incident_id
from bot.records.sql_store import open_store
from bot.records.work_order import WorkOrder, advance
from bot.sandbox.agent_server import AgentServer, agent_fault
from bot.sandbox.github_faults import Fault
from bot.sandbox.github_server import GitHubServer
from bot.sandbox.github_tokens import BOT_PERMISSIONS
from bot.sandbox.workflow_actions import CodexAnswer
from tests.factories import NOW, Clock, a_diff, a_proof, a_proposal, a_report, an_incident, an_order
from tests.local_lab import open_local

TOKEN = "contract-" + "t" * 30
REPOSITORY = "suture-lab/suture"
WORKFLOW = """
name: Codex Autofix
run-name: >-
  suture ${{ github.event.client_payload.incident.id || inputs.incident_id }}
  ${{ github.event.client_payload.phase || inputs.phase }} ${{ github.event.client_payload.attempt || inputs.attempt }}
on:
  repository_dispatch: {types: [codex_autofix]}
  workflow_dispatch:
    inputs:
      incident_id: {required: true}
      phase: {required: true}
      attempt: {required: true}
      payload: {required: true}
permissions: {}
jobs:
  propose:
    if: (github.event.client_payload.phase || inputs.phase) == 'propose'
    runs-on: x
    permissions: {contents: read}
    steps:
      - {uses: actions/checkout@v4}
      - {uses: actions/upload-artifact@v4, with: {name: suture-patch, path: "answer/patch.diff\\nanswer/report.json"}}
      - {uses: actions/upload-artifact@v4, with: {name: suture-proof, path: answer/proof.json}}
  publish:
    if: (github.event.client_payload.phase || inputs.phase) == 'publish'
    runs-on: x
    permissions: {contents: write, pull-requests: write}
    env:
      BRANCH: "suture/${{ github.event.client_payload.incident.id || inputs.incident_id }}"
      GITHUB_TOKEN: "${{ github.token }}"
    steps:
      - {uses: actions/checkout@v4}
      - run: |
          git -c user.name=lab -c user.email=lab@example.test commit --quiet --allow-empty -m fix
          git push --quiet origin "HEAD:refs/heads/$BRANCH"
          python answer/open_pull.py
"""
OPEN_PULL = """
import json, os, urllib.request
address = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}/pulls"
body = {"title": "fix", "body": "", "head": os.environ["BRANCH"], "base": "main", "draft": True}
headers = {"Authorization": f"token {os.environ['GITHUB_TOKEN']}", "Content-Type": "application/json"}
urllib.request.urlopen(urllib.request.Request(address, json.dumps(body).encode(), headers)).read()
"""


@dataclass(frozen=True)
class Stage:
    """An agent, as a process makes it when it starts, and the outside that it talks to."""

    make: Callable[[], Awaitable[CodingAgent]]
    base_sha: str = ""
    diff: bytes = field(default_factory=a_diff)
    """The patch as the outside writes it."""
    keep: Callable[[WorkOrder], Awaitable[object]] | None = None
    """Puts what was proposed for an order into the store, for whoever publishes from there."""
    fail_next: Callable[[Fault], None] = lambda fault: None
    refusal: Callable[[int], Fault] = lambda status: Fault(path="")
    path: str = ""
    settle: Callable[[], Awaitable[None]] | None = None
    """Returns once the outside has done all that it was asked."""
    take_away: Callable[[], Awaitable[None]] | None = None
    pulls: Callable[[], list[str]] = list
    """The pull requests on the outside."""

    async def settled(self) -> None:
        if self.settle:
            await self.settle()


Opener = Callable[[Path, bytes], AbstractAsyncContextManager[Stage]]


@asynccontextmanager
async def staged(directory: Path, diff: bytes) -> AsyncIterator[Stage]:
    async def make() -> CodingAgent:
        return StagedAgent(["GITHUB_REPO"])

    yield Stage(make)


@asynccontextmanager
async def endpoint(directory: Path, diff: bytes) -> AsyncIterator[Stage]:
    server = AgentServer(
        directory / "agent", api_key=TOKEN, diff=diff.decode(), script="immediate" if diff else "no_fix"
    )
    await server.start()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(server.stop)
        store = await stack.enter_async_context(open_store(directory / "state"))

        async def make() -> CodingAgent:
            door = await stack.enter_async_context(open_http(server.endpoint, "The coding agent", headers_of(TOKEN)))
            return HttpEndpoint(door, Endpoint(server.endpoint, REPOSITORY), store.notes, Clock())

        yield Stage(
            make,
            base_sha=server.base_sha,
            fail_next=server.faults.add,
            refusal=agent_fault,
            path="/agent",
            take_away=server.stop,
            pulls=lambda: server.pulls,
        )


async def no_model(request: object) -> CodexAnswer:
    return CodexAnswer(final_message="")


def lay_out(folder: Path, diff: bytes) -> Path:
    """The repository whose workflow gives this diff."""
    files = {
        ".github/workflows/codex-autofix.yml": WORKFLOW,
        "answer/patch.diff": diff.decode(),
        "answer/report.json": a_report(no_fix_reason=None if diff else "it is elsewhere").model_dump_json(),
        "answer/proof.json": a_proof().model_dump_json(),
        "answer/open_pull.py": OPEN_PULL,
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@asynccontextmanager
async def github(
    directory: Path, diff: bytes, trigger: Trigger = "repository_dispatch", **rights: str
) -> AsyncIterator[Stage]:
    server = GitHubServer(
        directory / "github",
        repo=REPOSITORY,
        bot_token=TOKEN,
        stand_in=no_model,
        bot_permissions={**BOT_PERMISSIONS, **rights},
    )
    base = await server.import_tree(lay_out(directory / "tree", diff), "Start")
    await server.start()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(server.stop)

        async def make() -> CodingAgent:
            api = await stack.enter_async_context(open_github(server.api_url, TOKEN, REPOSITORY))
            return GithubDispatch(api, "codex_autofix", trigger)

        yield Stage(
            make,
            base_sha=base,
            fail_next=server.faults.add,
            refusal=lambda status: Fault(method="POST", path="dispatches", status=status, body="{}"),
            path="dispatches",
            settle=server.wait_idle,
            take_away=server.stop,
            pulls=lambda: [pull.head_branch for pull in server.pulls],
        )


def started(directory: Path, diff: bytes) -> AbstractAsyncContextManager[Stage]:
    """The same GitHub, whose workflow is started by name."""
    return github(directory, diff, "workflow_dispatch", actions="write")


FULL_INDEX = a_diff().replace(
    b"1111111..2222222", b"3f034294e8c860ad3cb3bcd07238b25c105a4b9b..1629d1bb5472c389169e2c5bb01b38ee7a1ff64f"
)
"""The diff with the names that git gives to the two texts."""
EDIT = """
if {is_fixed!r}:
    open("bot/ledger/amount.py", "w").write("return read(text)\\n")
else:
    print({report!r})
"""


@asynccontextmanager
async def local(directory: Path, diff: bytes) -> AsyncIterator[Stage]:
    report = a_report(no_fix_reason="it is elsewhere").model_dump_json()
    code, files = EDIT.format(is_fixed=bool(diff), report=report), {"bot/ledger/amount.py": "return float(text)\n"}
    async with open_local(directory, code, files) as lab:
        agents: list[LocalCommand] = []

        async def make() -> CodingAgent:
            agents.append(await lab.make())
            return agents[-1]

        async def settle() -> None:
            await asyncio.gather(*(agent.rest() for agent in agents))

        async def keep(order: WorkOrder) -> None:
            await lab.store.incidents.add(an_incident())
            await lab.store.proposals.put(a_proposal(order_id=order.id, base_sha=lab.base_sha, diff=FULL_INDEX))

        yield Stage(make, base_sha=lab.base_sha, diff=FULL_INDEX, keep=keep, settle=settle, pulls=lambda: lab.pulls)


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries without their pauses."""
    monkeypatch.setattr(http, "wait_as_asked", lambda state: 0.0)


@pytest.fixture(
    params=[staged, endpoint, github, started, local], ids=["staged", "endpoint", "github", "started", "local"]
)
async def stage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stage]:
    """Every agent."""
    async with request.param(tmp_path, a_diff()) as opened:
        yield opened


@pytest.fixture(params=[endpoint, github, started, local], ids=["endpoint", "github", "started", "local"])
def opener(request: pytest.FixtureRequest) -> Opener:
    """Every agent that has somebody to ask."""
    chosen: Opener = request.param
    return chosen


@pytest.fixture
async def asked(opener: Opener, tmp_path: Path) -> AsyncIterator[Stage]:
    async with opener(tmp_path, a_diff()) as opened:
        yield opened


@pytest.fixture(params=[endpoint, github, started], ids=["endpoint", "github", "started"])
async def called(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stage]:
    """Every agent that is asked over HTTP."""
    async with request.param(tmp_path, a_diff()) as opened:
        yield opened


def an_open_order(**changes: Any) -> WorkOrder:
    return an_order(sent_at=NOW, sends=1, **changes)


def an_approved_order(stage: Stage, order: WorkOrder) -> WorkOrder:
    facts: dict[str, Any] = {
        "run_id": 1,
        "base_sha": stage.base_sha,
        "diff_sha256": hashlib.sha256(stage.diff).hexdigest(),
    }
    waiting = advance(order, "awaiting_approval", NOW, None, **facts)
    return advance(waiting, "publishing", NOW, None, sent_at=NOW)


async def test_an_agent_has_a_name_and_says_why_when_it_is_off(stage: Stage) -> None:
    agent = await stage.make()

    assert agent.name in {"staged", "endpoint", "github", "local"}
    assert agent.off is None or "not set" in agent.off


async def test_a_preview_is_the_same_json_each_time_and_within_its_limit(stage: Stage) -> None:
    agent = await stage.make()
    incident = an_incident(logs=["\N{PILE OF POO}" * 4000] * 50, stack_trace="x" * 12_000)

    first, second = (agent.request(an_order(), incident) for _ in range(2))

    assert first == second
    assert incident.id in json.dumps(json.loads(first))
    assert len(first) < MAX_PAYLOAD_BYTES + 6000


async def test_what_nobody_asked_for_is_not_seen(stage: Stage) -> None:
    assert await (await stage.make()).look(an_order()) == NotSeen()


async def test_an_agent_that_is_off_refuses_with_its_reason() -> None:
    agent = StagedAgent(["GITHUB_REPO"])

    with pytest.raises(AgentRefused, match="GITHUB_REPO not set"):
        await agent.propose(an_order(), an_incident())
    with pytest.raises(AgentRefused, match="GITHUB_REPO not set"):
        await agent.publish(an_order())


async def test_a_patch_is_found_again_after_a_restart(asked: Stage) -> None:
    await (await asked.make()).propose(an_order(), an_incident())
    await asked.settled()

    seen = await (await asked.make()).look(an_open_order())

    assert isinstance(seen, Patched)
    assert (seen.diff, seen.base_sha) == (asked.diff, asked.base_sha)
    assert asked.pulls() == []


async def test_no_patch_is_told_with_the_agents_reason(opener: Opener, tmp_path: Path) -> None:
    async with opener(tmp_path, b"") as stage:
        agent = await stage.make()
        await agent.propose(an_order(), an_incident())
        await stage.settled()

        seen = await agent.look(an_open_order())

    assert isinstance(seen, NoFix)
    assert seen.reason.startswith("No fix: ")


async def test_an_order_sees_nothing_of_another_one(asked: Stage) -> None:
    agent = await asked.make()
    await agent.propose(an_order(), an_incident())
    await asked.settled()

    assert await agent.look(an_open_order(attempt=2)) == NotSeen()
    assert await agent.look(an_open_order(incident_id=new_incident_id())) == NotSeen()


async def test_a_lost_answer_is_not_known_and_then_found(called: Stage) -> None:
    agent = await called.make()
    called.fail_next(Fault(method="POST", path=called.path, drop="after"))

    with pytest.raises(OutcomeUnknown):
        await agent.propose(an_order(), an_incident())
    await called.settled()

    assert isinstance(await agent.look(an_open_order()), Patched)


async def test_a_lost_request_is_not_known_and_then_not_seen(called: Stage) -> None:
    agent = await called.make()
    called.fail_next(Fault(method="POST", path=called.path, drop="before"))

    with pytest.raises(OutcomeUnknown):
        await agent.propose(an_order(), an_incident())
    await called.settled()

    assert await agent.look(an_open_order()) == NotSeen()


async def test_a_request_that_is_sent_twice_gives_one_patch(asked: Stage) -> None:
    agent = await asked.make()
    for _ in range(2):
        await agent.propose(an_order(), an_incident())
    await asked.settled()

    first, second = [await agent.look(an_open_order()) for _ in range(2)]

    assert first == second
    assert isinstance(first, Patched)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, AgentRefused), (403, AgentRefused), (404, AgentRefused), (422, AgentRefused), (429, AgentUnavailable),
     (500, OutcomeUnknown), (502, OutcomeUnknown)],
)  # fmt: skip
async def test_an_error_is_told_in_the_ports_words_without_the_token(
    called: Stage, status: int, kind: type[Exception]
) -> None:
    agent = await called.make()
    called.fail_next(called.refusal(status))

    with pytest.raises(kind, match=str(status)) as caught:
        await agent.propose(an_order(), an_incident())

    assert TOKEN not in str(caught.value)


async def test_nobody_there_means_that_nothing_was_sent(called: Stage) -> None:
    agent = await called.make()
    assert called.take_away is not None
    await called.take_away()

    with pytest.raises(AgentUnavailable):
        await agent.propose(an_order(), an_incident())
    with pytest.raises(AgentUnavailable):
        await agent.look(an_open_order())


async def test_an_approval_ends_in_one_pull_request_found_again_after_a_restart(asked: Stage) -> None:
    agent = await asked.make()
    await agent.propose(an_order(), an_incident())
    await asked.settled()
    order = an_approved_order(asked, an_open_order())
    if asked.keep:
        await asked.keep(order)
    assert await agent.look(order) == NotSeen()

    await agent.publish(order)
    await asked.settled()

    seen = await (await asked.make()).look(order)
    assert isinstance(seen, Published)
    assert seen.url.endswith(f"/{REPOSITORY}/pull/{seen.number}")
    assert len(asked.pulls()) == 1
