"""Promise: whatever GitHub answers, the admin reads a plain sentence, and the order comes to one run or to an end."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.agents.github_dispatch import PATCH_ARTIFACT, GithubDispatch
from bot.apis import http
from bot.apis.github import SILENCE_SECONDS, open_github
from bot.apis.http import LIMITED_WAIT, TRIES
from bot.cogs.issue_form import opened_text
from bot.records.sql_store import open_store
from bot.records.work_order import WorkOrder
from bot.repair.reconcile import MAX_LOST, PAUSE_AFTER_LOST_LOOK, PAUSE_AFTER_REFUSED_LOOK
from bot.sandbox.github_faults import Fault
from bot.sandbox.github_server import GitHubServer
from bot.sandbox.workflow_actions import CodexAnswer
from tests.factories import Bench, Clock, a_bench, stored
from tests.stories.lab import open_bot, open_discord

TOKEN = "lab-" + "y" * 30
QUICK = 0.3
"""Seconds of silence that are waited for here."""
PATIENT = 5.0
WORKFLOW = """\
name: Codex Autofix
run-name: suture ${{ github.event.client_payload.incident.id }} propose ${{ github.event.client_payload.attempt }}
on: {repository_dispatch: {types: [codex_autofix]}}
jobs: {propose: {runs-on: x, steps: [{run: 'while [ ! -e GO ]; do sleep 0.05; done'}]}}
"""
DISPATCH, READ = "/dispatches$", "/actions/workflows/codex-autofix.yml/runs"
JSON, HTML = {"Content-Type": "application/json"}, {"Content-Type": "text/html"}
PAGE = "<html><head><title>Unicorn!</title></head><body>" + "ghp_" + "a1B2" * 9 + "</body></html>"


def message(words: str) -> str:
    return json.dumps({"message": words, "documentation_url": "https://docs.github.com"})


async def nobody(_):
    return CodexAnswer(final_message="")


@pytest.fixture(autouse=True)
def no_waits(monkeypatch):
    """Retries inside a call without their pauses."""
    monkeypatch.setattr(http, "wait_as_asked", lambda _: 0.0)


@dataclass
class Elsewhere:
    """Another host, which writes down what it is sent."""

    url: str = ""
    heard: list[dict[str, str]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.heard.append(dict(request.headers))
        return web.json_response({"workflow_runs": []})


@pytest.fixture
async def elsewhere() -> AsyncIterator[Elsewhere]:
    other = Elsewhere()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", other.answer)
    async with TestServer(app) as running:
        other.url = str(running.make_url("/"))
        yield other


@pytest.fixture
async def github(tmp_path) -> AsyncIterator[GitHubServer]:
    tree = tmp_path / "tree" / ".github" / "workflows"
    tree.mkdir(parents=True)
    (tree / "codex-autofix.yml").write_text(WORKFLOW)
    server = GitHubServer(tmp_path / "github", bot_token=TOKEN, stand_in=nobody, clock=Clock())
    await server.import_tree(tmp_path / "tree", "Start")
    await server.start()
    yield server
    await server.stop()


@asynccontextmanager
async def bench_at(tmp_path, github: GitHubServer, seconds: float = PATIENT, url: str = "") -> AsyncIterator[Bench]:
    """What drives orders, with a short patience and the server's clock."""
    async with (
        open_store(tmp_path / "state") as store,
        open_github(url or github.api_url, TOKEN, github.repo, seconds) as api,
    ):
        clock = github.clock
        assert isinstance(clock, Clock)
        yield a_bench(store, GithubDispatch(api, "codex_autofix"), clock)


def requests(github: GitHubServer, path: str) -> int:
    return len([entry for entry in github.journal if path.strip("$") in entry.path])


async def settled(bench: Bench, order: WorkOrder, status: str = "proposing") -> WorkOrder:
    """The order after as much time and as many steps as it needs to be where it should be."""
    for _ in range(20):
        if order.status in (status, "failed"):
            return order
        bench.clock.forward(61)
        order = await bench.reconciler.step(order)
    raise AssertionError(f"{order.id} is still {order.status}: {order.reason}")


# the propose dispatch: GitHub's answer → the order's status, the admin's sentence, the wait it asks for

LOST = "Looking whether it arrived"
DISPATCH_ANSWERS: dict[str, tuple[dict[str, Any], str, str, float | None]] = {
    "500": ({"status": 500, "body": message("Server Error"), "headers": JSON}, "dispatched", "answered 500", None),
    "502": ({"status": 502, "body": PAGE, "headers": HTML}, "dispatched", "502: a web page, “Unicorn!”", None),
    "503": ({"status": 503, "body": ""}, "dispatched", "answered 503", None),
    "503 with Retry-After": ({"status": 503, "headers": {"Retry-After": "30"}}, "dispatched", "answered 503", 30),
    "429": ({"status": 429, "headers": {"Retry-After": "120"}}, "dispatched", "answered 429", 120),
    "429 without a time": ({"status": 429}, "dispatched", "answered 429", 60),
    "403 secondary limit": (
        {"status": 403, "body": message("You have exceeded a secondary rate limit.")},
        "dispatched",
        "secondary rate limit",
        60,
    ),
    "403 without scope": (
        {"status": 403, "body": message("Resource not accessible by personal access token"), "headers": JSON},
        "failed",
        "it needs Contents write",
        None,
    ),
    "401": ({"status": 401, "body": message("Bad credentials")}, "failed", "make a new one", None),
    "404": ({"status": 404, "body": message("Not Found"), "headers": JSON}, "failed", "GITHUB_REPO is wrong", None),
    "422": ({"status": 422, "body": message("Invalid request.")}, "failed", "GITHUB_DISPATCH_EVENT", None),
    "200 with HTML": ({"status": 200, "body": PAGE, "headers": HTML}, "failed", "a proxy", None),
    "garbage JSON": ({"status": 200, "body": '{"a', "headers": JSON}, "failed", "not the JSON it claims to be", None),
    "10 MB": ({"status": 200, "body": b"x" * (10 << 20), "headers": HTML}, "failed", "a proxy", None),
    "21 MB": ({"status": 200, "body": b"x" * (21 << 20), "headers": HTML}, "failed", "larger than 20 MiB", None),
}


@pytest.mark.parametrize("case", DISPATCH_ANSWERS)
async def test_a_dispatch_that_github_does_not_take(tmp_path, github, case):
    answer, status, sentence, wait = DISPATCH_ANSWERS[case]
    github.faults.add(Fault(method="POST", path=DISPATCH, **answer))
    async with bench_at(tmp_path, github) as bench:
        order = await bench.reconciler.step(await stored(bench.store))

        assert (order.status, requests(github, DISPATCH)) == (status, 1)
        assert sentence in (order.reason or "")
        assert "a1B2a1B2" not in (order.reason or "")
        assert sentence.split("“")[0] in opened_text(order).replace("\\", "")
        assert order.retry_at == (None if wait is None else bench.clock() + timedelta(seconds=wait))
        if status == "dispatched":
            assert (LOST in (order.reason or "")) == (wait is None)
            order = await settled(bench, order)
            assert (order.status, order.reason, len(github.runs)) == ("proposing", None, 1)
        else:
            assert github.runs == []


@pytest.mark.parametrize("answer", [{"drop": "after"}, {"status": 502, "acts": True}, {"status": 500, "acts": True}])
async def test_a_dispatch_that_took_effect_unheard_is_found_and_not_sent_again(tmp_path, github, answer):
    github.faults.add(Fault(method="POST", path=DISPATCH, **answer))
    async with bench_at(tmp_path, github) as bench:
        order = await bench.reconciler.step(await stored(bench.store))
        assert LOST in (order.reason or "")

        order = await bench.reconciler.step(order)

        assert (order.status, order.reason) == ("proposing", None)
        assert (requests(github, DISPATCH), len(github.runs)) == (1, 1)


async def test_after_a_read_timeout_nothing_is_sent_again_before_a_minute_of_looking(tmp_path, github):
    github.faults.add(Fault(method="POST", path=DISPATCH, drop="before"))
    async with bench_at(tmp_path, github) as bench:
        order = await bench.reconciler.step(await stored(bench.store))
        for _ in range(3):
            bench.clock.forward(19)
            order = await bench.reconciler.step(order)
        assert (requests(github, DISPATCH), requests(github, READ)) == (1, 3)

        bench.clock.forward(3)
        order = await bench.reconciler.step(order)

        assert (requests(github, DISPATCH), requests(github, READ)) == (2, 4)
        assert (await settled(bench, order)).status == "proposing"
        assert len(github.runs) == 1


async def test_a_dispatch_whose_answer_takes_too_long_is_looked_for_by_its_name(tmp_path, github):
    github.faults.add(Fault(method="POST", path=DISPATCH, hold_seconds=QUICK + 0.3))
    async with bench_at(tmp_path, github, QUICK) as bench:
        order = await bench.reconciler.step(await stored(bench.store))
        assert (order.reason or "").startswith("GitHub did not answer: its whole answer did not come in time.")
        while not github.runs:  # the server takes it on after we gave up
            await asyncio.sleep(0.02)

        order = await bench.reconciler.step(order)

        assert (order.status, requests(github, DISPATCH), len(github.runs)) == ("proposing", 1, 1)


async def test_a_dispatch_that_is_answered_drop_by_drop_is_given_up(tmp_path, github):
    github.faults.add(
        Fault(method="POST", path=DISPATCH, status=200, body="x" * 500, drip_seconds=QUICK / 2, acts=True)
    )
    async with bench_at(tmp_path, github, QUICK) as bench:
        order = await bench.reconciler.step(await stored(bench.store))
        assert "did not come in time" in (order.reason or "")

        order = await bench.reconciler.step(order)

        assert (order.status, requests(github, DISPATCH), len(github.runs)) == ("proposing", 1, 1)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_dispatch_is_not_sent_to_another_host(tmp_path, github, elsewhere, status):
    github.faults.add(Fault(method="POST", path=DISPATCH, status=status, headers={"Location": elsewhere.url}))
    async with bench_at(tmp_path, github) as bench:
        order = await bench.reconciler.step(await stored(bench.store))

    assert (order.status, elsewhere.heard, github.runs) == ("failed", [], [])
    assert f"GitHub answered {status}" in (order.reason or "")
    assert "No redirect is followed" in (order.reason or "")


@asynccontextmanager
async def nobody_there() -> AsyncIterator[str]:
    """A port that refuses."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}/"


@asynccontextmanager
async def nobody_opens() -> AsyncIterator[str]:
    """A port whose queue is full, so that a connection is neither taken nor refused."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=0)) as full:
        callers = []
        for _ in range(4):
            caller = socket.socket()
            caller.setblocking(False)
            caller.connect_ex(full.getsockname())
            callers.append(caller)
        yield f"http://127.0.0.1:{full.getsockname()[1]}/"
        for caller in callers:
            caller.close()


@asynccontextmanager
async def no_secret_is_spoken() -> AsyncIterator[str]:
    """A port without TLS, addressed as if it had it."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    server.close()


NO_WAY = {
    "refused": (nobody_there, "could not be reached: no connection"),
    "connect timeout": (nobody_opens, "did not take the connection in time"),
    "TLS": (no_secret_is_spoken, "no secure connection (TLS)"),
}


@pytest.mark.parametrize("case", NO_WAY)
async def test_a_github_that_cannot_be_reached_gets_the_same_order_later(tmp_path, github, case):
    place, sentence = NO_WAY[case]
    async with place() as url, bench_at(tmp_path, github, QUICK, url) as cut_off:
        order = await cut_off.reconciler.step(await stored(cut_off.store))
        again = await cut_off.reconciler.step(order)
        assert sentence in (order.reason or "")
        assert "Not sent yet" in opened_text(order)
        assert (order.status, order.sent_at, again) == ("dispatched", None, order)
        assert order.retry_at == cut_off.clock() + timedelta(seconds=2)
        cut_off.clock.forward(2)
        longer = await cut_off.reconciler.step(order)
        assert longer.retry_at == cut_off.clock() + timedelta(seconds=2)

    async with bench_at(tmp_path, github) as bench:
        settled_order = await settled(bench, longer)

    assert (settled_order.status, settled_order.reason) == ("proposing", None)
    assert (requests(github, DISPATCH), len(github.runs)) == (1, 1)


async def test_an_outage_of_an_hour_is_outlived_with_ever_fewer_tries(tmp_path, github):
    github.faults.add(*[Fault(method="POST", path=DISPATCH, status=503)] * 6)
    async with bench_at(tmp_path, github) as bench:
        order, began = await bench.reconciler.step(await stored(bench.store)), bench.clock()
        while order.status == "dispatched":
            bench.clock.forward(30)
            order = await bench.reconciler.step(order)

        assert (order.status, len(github.runs), requests(github, DISPATCH)) == ("proposing", 1, 7)
        assert bench.clock() - began > timedelta(hours=1)


async def test_an_outage_without_end_fails_the_order_with_its_last_answer(tmp_path, github):
    github.faults.add(*[Fault(method="POST", path=DISPATCH, status=503)] * 50)
    async with bench_at(tmp_path, github) as bench:
        order = await bench.reconciler.step(await stored(bench.store))
        while order.status == "dispatched":
            bench.clock.forward(3600 * 5)
            order = await bench.reconciler.step(order)

        assert (order.status, requests(github, DISPATCH)) == ("failed", MAX_LOST)
        assert (order.reason or "").endswith("The last time: GitHub answered 503.")


# a read while the run is followed: GitHub's answer → the tries within the call, the sentence, the wait

READ_ANSWERS: dict[str, tuple[dict[str, Any], int, str, float]] = {
    "500": ({"status": 500}, TRIES, "answered 500", PAUSE_AFTER_LOST_LOOK),
    "502": ({"status": 502, "body": PAGE, "headers": HTML}, TRIES, "answered 502: a web page", PAUSE_AFTER_LOST_LOOK),
    "503": ({"status": 503}, TRIES, "answered 503", PAUSE_AFTER_LOST_LOOK),
    "503 with Retry-After": ({"status": 503, "headers": {"Retry-After": "30"}}, 1, "answered 503", 30),
    "429": ({"status": 429, "headers": {"Retry-After": "120"}}, 1, "answered 429", 120),
    "429, soon": ({"status": 429, "headers": {"Retry-After": "1"}}, TRIES, "answered 429", PAUSE_AFTER_LOST_LOOK),
    "403 secondary limit": (
        {"status": 403, "body": message("You have exceeded a secondary rate limit.")},
        1,
        "secondary rate limit",
        LIMITED_WAIT,
    ),
    "403 without scope": (
        {"status": 403, "body": message("Resource not accessible")},
        1,
        "Actions read",
        PAUSE_AFTER_REFUSED_LOOK,
    ),
    "404": ({"status": 404, "body": message("Not Found")}, 1, "the workflow file is missing", PAUSE_AFTER_REFUSED_LOOK),
    "422": ({"status": 422, "body": message("Invalid")}, 1, "does not take what was sent", PAUSE_AFTER_REFUSED_LOOK),
    "dropped": ({"drop": "before"}, TRIES, "the line was cut", PAUSE_AFTER_LOST_LOOK),
    "dropped after": ({"drop": "after"}, TRIES, "the line was cut", PAUSE_AFTER_LOST_LOOK),
    "200 with HTML": ({"status": 200, "body": PAGE, "headers": HTML}, 1, "a proxy", PAUSE_AFTER_REFUSED_LOOK),
    "garbage JSON": (
        {"status": 200, "body": "{", "headers": JSON},
        1,
        "not the JSON it claims to be",
        PAUSE_AFTER_REFUSED_LOOK,
    ),
    "another shape": (
        {"status": 200, "body": "[]", "headers": JSON},
        1,
        "not a Runs as documented",
        PAUSE_AFTER_REFUSED_LOOK,
    ),
    "10 MB": (
        {"status": 200, "body": b'"' + b"x" * (10 << 20) + b'"', "headers": JSON},
        1,
        "not a Runs",
        PAUSE_AFTER_REFUSED_LOOK,
    ),
}


async def following(bench: Bench) -> WorkOrder:
    """An order whose run is at work."""
    order = await bench.reconciler.step(await stored(bench.store))
    return await settled(bench, order)


@pytest.mark.parametrize("case", READ_ANSWERS)
async def test_a_read_that_fails_leaves_the_order_where_it_is(tmp_path, github, case):
    answer, tries, sentence, wait = READ_ANSWERS[case]
    async with bench_at(tmp_path, github) as bench:
        order = await following(bench)
        before = requests(github, READ)
        github.faults.add(*[Fault(path=READ, **answer)] * tries)

        waiting = await bench.reconciler.step(order)

        assert requests(github, READ) - before == tries <= TRIES
        assert (waiting.status, waiting.sent_at) == ("proposing", order.sent_at)
        assert sentence in (waiting.reason or "")
        assert waiting.retry_at == bench.clock() + timedelta(seconds=wait)
        bench.clock.forward(wait)
        assert (await bench.reconciler.step(waiting)).reason is None
        assert (requests(github, DISPATCH), len(github.runs)) == (1, 1)


@pytest.mark.parametrize(
    "answer", [{"hold_seconds": 3.0}, {"status": 200, "body": "{" * 999, "drip_seconds": QUICK / 2}]
)
async def test_a_read_that_takes_too_long_is_given_up_within_its_time(tmp_path, github, answer):
    async with bench_at(tmp_path, github, QUICK) as bench:
        order = await following(bench)
        before = requests(github, READ)
        github.faults.add(*[Fault(path=READ, **answer)] * TRIES)

        waiting = await bench.reconciler.step(order)

        assert requests(github, READ) - before <= TRIES
        assert (waiting.status, waiting.sent_at) == ("proposing", order.sent_at)
        assert "did not answer within" in (waiting.reason or "")
        github.faults.clear()
        bench.clock.forward(PAUSE_AFTER_LOST_LOOK)
        assert (await bench.reconciler.step(waiting)).reason is None


def test_a_whole_call_with_its_retries_takes_at_most_thirty_seconds():
    assert 2 * SILENCE_SECONDS <= 30
    assert TRIES <= 4


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_read_is_not_sent_to_another_host(tmp_path, github, elsewhere, status):
    async with bench_at(tmp_path, github) as bench:
        order = await following(bench)
        github.faults.add(Fault(path=READ, status=status, headers={"Location": elsewhere.url}))

        waiting = await bench.reconciler.step(order)

        assert elsewhere.heard == []
        assert "No redirect is followed" in (waiting.reason or "")
        assert (waiting.status, waiting.retry_at) == ("proposing", bench.clock() + timedelta(seconds=60))


async def test_the_token_does_not_go_where_an_artifact_is_said_to_be(tmp_path, github, elsewhere):
    listed = {"artifacts": [{"id": 1, "name": PATCH_ARTIFACT, "size_in_bytes": 10}]}
    async with open_github(github.api_url, TOKEN, github.repo, PATIENT) as api:
        github.faults.add(
            Fault(path="/artifacts", status=200, body=json.dumps(listed), headers=JSON),
            Fault(path="/artifacts/1/zip", status=302, headers={"Location": elsewhere.url + "store"}),
        )
        with pytest.raises(http.Answered, match=r"artifact"):
            await api.artifact(7, PATCH_ARTIFACT)

    assert len(github.faults) == 0
    assert TOKEN not in json.dumps(elsewhere.heard)


# what the admin sees in Discord

SEEN: dict[str, tuple[dict[str, Any], str]] = {
    "503": ({"status": 503}, "⏳ Sent, but the answer got lost: GitHub answered 503"),
    "429": ({"status": 429, "headers": {"Retry-After": "120"}}, "⏳ Not sent yet: GitHub answered 429"),
    "403": ({"status": 403, "body": message("No")}, "❌ It was not accepted: GitHub answered 403: No"),
}


@pytest.mark.parametrize("case", SEEN)
async def test_the_admin_reads_what_github_said(tmp_path, github, case):
    answer, sentence = SEEN[case]
    github.faults.add(Fault(method="POST", path=DISPATCH, **answer))
    settings = {"GITHUB_API_URL": github.api_url, "GITHUB_REPO": github.repo, "GITHUB_DISPATCH_TOKEN": TOKEN}
    async with open_discord(tmp_path) as server, open_bot(server, tmp_path, **settings) as lab:
        reply = await lab.use(lab.person("ada"), "debug_open_issue", summary="it hurts")

        assert sentence in reply.content.replace("\\", "")
        assert reply.ephemeral
