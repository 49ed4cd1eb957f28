"""What the tests make again and again: sensible records, a clock, and an outside world that follows a script."""

import hashlib
import io
import secrets
import zipfile
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.agents.agent import CodingAgent, NotSeen, Patched, Published, PullSeen, Sighting
from bot.agents.history import History, NoHistory
from bot.incident.capture import Capture
from bot.incident.confirmation import Confirmations
from bot.incident.payload import Context, Incident, encoded, fitted, new_incident_id
from bot.logging import RingBufferHandler
from bot.records.proposal import Proof, Proposal, Report
from bot.records.store import Store
from bot.records.work_order import WorkOrder, advance
from bot.repair.git import git
from bot.repair.order_book import OrderBook
from bot.repair.reconcile import Reconciler
from bot.repair.repairs import Ask, Repairs
from bot.repair.rules import Rules
from bot.repair.verification import Verification, Windows

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
BASE_SHA = "b" * 40
INCIDENT_ID = "inc_0123456789ab"
RUN_URL = "https://github.test/octo/bot/actions/runs/7"
PULL_URL = "https://github.test/octo/bot/pull/3"
ADMIN, OTHER_ADMIN, GUILD, CHANNEL = 1001, 1002, 2001, 3001
TEST_AUTHOR = {
    "GIT_AUTHOR_NAME": "ada",
    "GIT_AUTHOR_EMAIL": "ada@example.test",
    "GIT_COMMITTER_NAME": "ada",
    "GIT_COMMITTER_EMAIL": "ada@example.test",
    "GIT_AUTHOR_DATE": "2026-01-02T03:04:05+00:00",
    "GIT_COMMITTER_DATE": "2026-01-02T03:04:05+00:00",
}


def an_incident(**changes: Any) -> Incident:
    """An incident of an amount that could not be read."""
    fields: dict[str, Any] = {
        "id": INCIDENT_ID,
        "summary": "lunch is not counted",
        "severity": "high",
        "fingerprint": "0123456789abcdef",
        "created_at": NOW,
        "context": Context(
            user="ada", user_id="1001", channel="ledger", intent="expense", entities={"amount": "12,50"}
        ),
        "stack_trace": 'Traceback (most recent call last):\n  File "bot/ledger/amount.py", line 9, in read\nValueError',
        "logs": ('{"level":"INFO","msg":"one"}', '{"level":"ERROR","msg":"two"}'),
        "build": "abc1234",
        "env": "test",
        "uptime_seconds": 60,
        "versions": {"python": "3.11.7"},
    }
    return Incident.model_validate(fields | changes)


def an_order(**changes: Any) -> WorkOrder:
    """An order that was just asked for and not yet sent."""
    fields: dict[str, Any] = {
        "id": "wo_20260105_0001",
        "incident_id": INCIDENT_ID,
        "status": "dispatched",
        "agent": "scripted",
        "summary": "lunch is not counted",
        "requested_by": ADMIN,
        "guild_id": GUILD,
        "channel_id": CHANNEL,
        "created_at": NOW,
    }
    fields["history"] = ((changes.get("status", "dispatched"), NOW),)
    return WorkOrder.model_validate(fields | changes)


def a_report(**changes: Any) -> Report:
    """A coding agent's words on a fix."""
    fields: dict[str, Any] = {
        "diagnosis": "float() does not take a comma",
        "root_cause": "the amount is read with float()",
        "files_examined": ("bot/ledger/amount.py",),
        "fix": "take the comma as the decimal mark",
        "regression_test": "test_amount.py: 12,50 is read",
        "branch_name": "fix-comma",
        "pr_title": "Read amounts with a comma",
        "pr_body": "The comma is a decimal mark.",
        "risk": "low",
        "confidence": "high",
    }
    return Report.model_validate(fields | changes)


def a_proof(**changes: Any) -> Proof:
    """A proof that the suite is green."""
    return Proof.model_validate({"level": 2, "reasons": ("The diff applies.", "3 passed"), **changes})


def a_diff(
    name: str = "bot/ledger/amount.py", old: str = "return float(text)", new: str = "return read(text)"
) -> bytes:
    """A diff of one line in one file, as git writes it."""
    return (
        f"diff --git a/{name} b/{name}\nindex 1111111..2222222 100644\n--- a/{name}\n+++ b/{name}\n"
        f"@@ -1 +1 @@\n-{old}\n+{new}\n"
    ).encode()


def a_proposal(**changes: Any) -> Proposal:
    """A proposal with one small diff."""
    fields: dict[str, Any] = {
        "order_id": "wo_20260105_0001",
        "base_sha": BASE_SHA,
        "diff": a_diff(),
        "report": a_report(),
        "proof": a_proof(),
    }
    return Proposal.model_validate(fields | changes)


def a_patch(**changes: Any) -> Patched:
    """What an agent shows when its patch is there."""
    fields: dict[str, Any] = {
        "run_id": 7,
        "url": RUN_URL,
        "base_sha": BASE_SHA,
        "diff": a_diff(),
        "report": a_report(),
        "proof": a_proof(),
    }
    return Patched(**fields | changes)


def a_pull(**changes: Any) -> PullSeen:
    """An open draft whose checks run."""
    fields: dict[str, Any] = {"state": "open", "draft": True, "checks": "running", "review": "none"}
    return PullSeen(**fields | changes)


def an_ask(**changes: Any) -> Ask:
    """An admin asks for an incident to be opened."""
    fields: dict[str, Any] = {
        "summary": "lunch is not counted",
        "lines": 50,
        "person": ADMIN,
        "guild_id": GUILD,
        "channel_id": CHANNEL,
        "context": Context(user="ada"),
    }
    return Ask(**fields | changes)


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    now: datetime = NOW
    ticks: float = 1000.0
    """The monotonic clock beside it."""

    def __call__(self) -> datetime:
        """The time."""
        return self.now

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return self.ticks

    def forward(self, seconds: float) -> None:
        """Let time pass on both clocks."""
        self.now += timedelta(seconds=seconds)
        self.ticks += seconds


@dataclass
class ScriptedAgent:
    """A coding agent whose answers stand in queues; an empty queue takes every request and shows nothing."""

    name: str = "scripted"
    off: str | None = None
    answers: deque[Exception | None] = field(default_factory=deque)
    """What the next requests come to: None is taken, an error is raised after the request was counted."""
    sightings: deque[Sighting | Exception] = field(default_factory=deque)
    sent: list[str] = field(default_factory=list)
    """The key of every request that was made."""
    looks: int = 0

    def request(self, order: WorkOrder, incident: Incident) -> bytes:
        """The incident as JSON."""
        return encoded(fitted(incident).model_dump(mode="json"))

    async def propose(self, order: WorkOrder, incident: Incident) -> None:
        """Take the request, or raise what the script says."""
        self._take(order.key("propose"))

    async def publish(self, order: WorkOrder) -> None:
        """Take the request, or raise what the script says."""
        self._take(order.key("publish"))

    async def look(self, order: WorkOrder) -> Sighting:
        """The next sighting of the script."""
        self.looks += 1
        seen = self.sightings.popleft() if self.sightings else NotSeen()
        if isinstance(seen, Exception):
            raise seen
        return seen

    def _take(self, key: str) -> None:
        self.sent.append(key)
        answer = self.answers.popleft() if self.answers else None
        if answer is not None:
            raise answer


@dataclass
class Workshop(ScriptedAgent):
    """An outside world that works: a request makes a run that shows after `delay` seconds, and each run succeeds."""

    clock: Clock = field(default_factory=Clock)
    delay: float = 0.0
    patch: Patched = field(default_factory=a_patch)
    pull: PullSeen = field(default_factory=a_pull)
    runs: dict[str, datetime] = field(default_factory=dict)

    def _take(self, key: str) -> None:
        self.runs.setdefault(key, self.clock())
        super()._take(key)

    async def look(self, order: WorkOrder) -> Sighting:
        """The end of the run of this order's phase, once it shows."""
        self.looks += 1
        if order.status == "pr_open":
            return self.pull
        publishing = order.status == "publishing"
        began = self.runs.get(order.key("publish" if publishing else "propose"))
        if began is None or self.clock() - began < timedelta(seconds=self.delay):
            return NotSeen()
        return Published(3, PULL_URL) if publishing else self.patch


@dataclass(frozen=True)
class Bench:
    """Everything that drives orders, on one store."""

    store: Store
    agent: CodingAgent
    clock: Clock
    handler: RingBufferHandler
    book: OrderBook
    reconciler: Reconciler
    repairs: Repairs


def a_bench(
    store: Store, agent: CodingAgent, clock: Clock, history: History | None = None, rules: Rules | None = None
) -> Bench:
    """New objects on this store, as a process makes them when it starts."""
    handler = RingBufferHandler()
    book = OrderBook(store.orders)
    verification = Verification(store, history or NoHistory(), Windows(), clock)
    reconciler = Reconciler(store, book, agent, verification, f"p_{secrets.token_hex(8)}")
    repairs = Repairs(
        store=store,
        book=book,
        agent=agent,
        reconciler=reconciler,
        confirmations=Confirmations(clock.monotonic),
        capture=Capture(handler=handler, build="abc1234", env="test", started_at=NOW, clock=clock),
        clock=clock,
        rules=Rules(),
    )
    return Bench(store, agent, clock, handler, book, reconciler, repairs)


async def a_token(bench: Bench, order: WorkOrder, person: int = ADMIN) -> str:
    """The token that a person is shown in a review."""
    issued = (await bench.repairs.review(order.id, person=person)).issued
    assert issued is not None
    return issued.token


async def stored(store: Store, **changes: Any) -> WorkOrder:
    """A new order in the store, with its incident."""
    incident = an_incident(id=new_incident_id())
    await store.incidents.add(incident)
    return await store.orders.create(an_order(incident_id=incident.id, **changes))


async def awaiting_approval(store: Store, diff: bytes | None = None) -> WorkOrder:
    """An order in the store whose proposal waits for a person."""
    order = await stored(store)
    proposal = a_proposal(order_id=order.id, diff=a_diff() if diff is None else diff)
    await store.proposals.put(proposal)
    facts: dict[str, Any] = {"run_id": 7, "base_sha": proposal.base_sha, "diff_sha256": proposal.diff_sha256}
    return await store.orders.save(advance(order, "awaiting_approval", NOW, None, **facts))


def a_repository(folder: Path, files: dict[str, str]) -> Path:
    """A git repository with one commit of these files, the same commit for the same files."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "first", extra=TEST_AUTHOR)
    return folder


def diff_of(repo: Path, files: dict[str, str | None]) -> bytes:
    """The diff that gives these files these texts (None removes one), as the workflow writes it; `repo` stays."""
    for name, text in files.items():
        path = repo / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True) if text is None else path.write_text(text, encoding="utf-8")
    return staged_diff(repo)


def staged_diff(repo: Path) -> bytes:
    """Everything that was changed in `repo`, as the workflow writes it; then `repo` is as it was."""
    git(repo, "add", "--all")
    out = repo / ".git" / "written.diff"
    git(repo, "diff", "--cached", "--no-color", "--full-index", "--binary", f"--output={out}", "HEAD")
    git(repo, "reset", "--quiet", "--hard")
    return out.read_bytes()


def sha256(data: bytes) -> str:
    """The digest as it is written in records."""
    return hashlib.sha256(data).hexdigest()


def packed(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as pack:
        for name, content in files.items():
            pack.writestr(name, content)
    return out.getvalue()


Reply = web.Response | Callable[[web.Request], web.Response]


@dataclass
class FakeApi:
    """A small web server: an answer per route, and what was asked."""

    replies: dict[str, Reply] = field(default_factory=dict)
    asked: list[web.Request] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    url: str = ""

    def says(self, route: str, body: object = None, status: int = 200, **headers: str) -> None:
        """The answer to `METHOD /path`."""
        if isinstance(body, bytes):
            self.replies[route] = web.Response(body=body, status=status)
        else:
            self.replies[route] = web.json_response(body, status=status, headers=headers)

    async def answer(self, request: web.Request) -> web.Response:
        """What was said for this route, else 404."""
        self.asked.append(request)
        self.bodies.append(await request.read())
        told = self.replies.get(f"{request.method} {request.path}", web.Response(status=404))
        told = told if isinstance(told, web.Response) else told(request)
        return web.Response(status=told.status, body=told.body, headers=told.headers)


@asynccontextmanager
async def a_fake_api() -> AsyncIterator[FakeApi]:
    """The server, on a port of loopback."""
    fake = FakeApi()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", fake.answer)
    async with TestServer(app) as running:
        fake.url = str(running.make_url("/")).rstrip("/")
        yield fake
