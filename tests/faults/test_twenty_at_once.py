"""Promise: twenty incidents at once, GitHub's answers dropped, doubled, late and out of order: one run and one draft
for each, none linked to another, and every card ends with the truth."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.apis import http
from bot.apis.github import open_github
from bot.cogs.card_text import embed_of
from bot.incident.confirmation import ConfirmationRefused
from bot.records.audit_trail import read_trail
from bot.records.work_order import Status, WorkOrder
from bot.repair import reconcile
from bot.repair.rules import RepairRefused
from bot.sandbox.github_faults import Fault
from bot.sandbox.github_server import GitHubServer
from bot.sandbox.workflow_actions import CodexAnswer, CodexRequest
from tests.factories import a_report, an_ask
from tests.stories.lab import Lab, open_bot, open_discord

INCIDENTS = 20
TOKEN = "lab-" + "y" * 30
DISPATCH, RUNS, PULLS = r"/dispatches$", r"/codex-autofix\.yml/runs", r"/pulls\?"
NOTHING = {RUNS: {"total_count": 0, "workflow_runs": []}, PULLS: []}
"""What a listing says that does not know the newest yet: an answer of a moment ago, come late."""
WORKFLOW = """\
name: Codex Autofix
run-name: >-
  suture ${{ github.event.client_payload.incident.id }}
  ${{ github.event.client_payload.phase }} ${{ github.event.client_payload.attempt }}
on: {repository_dispatch: {types: [codex_autofix]}}
permissions: {contents: write, pull-requests: write, actions: read}
jobs:
  work:
    runs-on: x
    steps:
      - {name: Check out, uses: actions/checkout@v4}
      - {name: Work, run: python3 flow.py, env: {GITHUB_TOKEN: "${{ github.token }}"}}
      - {uses: actions/upload-artifact@v4, with: {name: suture-patch, path: patch, if-no-files-found: ignore}}
      - {uses: actions/upload-artifact@v4, with: {name: suture-proof, path: proof, if-no-files-found: ignore}}
      - uses: actions/upload-artifact@v4
        with: {name: suture-publication, path: publication.json, if-no-files-found: ignore}
"""
FLOW = '''\
"""What the real workflow does, in small: a doubled run ends; another proposes a file of its incident, or pushes it."""
import hashlib, json, os, pathlib, subprocess, sys, urllib.error, urllib.request

payload = json.load(open(os.environ["GITHUB_EVENT_PATH"]))["client_payload"]
incident, phase = payload["incident"]["id"], payload["phase"]
title, branch = f"suture {incident} {phase} {payload['attempt']}", f"suture/{incident}"


def call(path, body=None):
    url = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}{path}"
    headers = {"Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}"}
    data = json.dumps(body).encode() if body else None
    return json.load(urllib.request.urlopen(urllib.request.Request(url, data, headers)))


runs = call("/actions/workflows/codex-autofix.yml/runs?event=repository_dispatch&per_page=100")["workflow_runs"]
if any(run["display_title"] == title and run["id"] < int(os.environ["GITHUB_RUN_ID"]) for run in runs):
    sys.exit("doubled" if phase == "publish" else 0)
name = f"fixes/{incident}.txt"
diff = (
    f"diff --git a/{name} b/{name}\\nnew file mode 100644\\nindex 0000000..1111111\\n"
    f"--- /dev/null\\n+++ b/{name}\\n@@ -0,0 +1 @@\\n+{incident} is mended\\n"
).encode()
digest = hashlib.sha256(diff).hexdigest()
if phase == "propose":
    proof = {"level": 4, "reasons": [], "diff_sha256": digest}
    for path, data in {"patch/patch.diff": diff, "patch/report.json": pathlib.Path("report.json").read_bytes(),
                       "proof/proof.json": json.dumps(proof).encode()}.items():
        pathlib.Path(path).parent.mkdir(exist_ok=True)
        pathlib.Path(path).write_bytes(data)
    sys.exit()
assert digest == payload["diff_sha256"], "another patch was approved"
who = ["-c", "user.name=x", "-c", "user.email=x@example.invalid"]
push = ["push", "-q", "origin", f"HEAD:{branch}"]
for arguments in (["apply", "--index", "-"], [*who, "commit", "-qm", title], push):
    subprocess.run(["git", *arguments], input=diff, check=True)
pull = call("/pulls", {"title": title, "head": branch, "base": "main", "body": "", "draft": True})
pathlib.Path("publication.json").write_text(json.dumps({"status": "published", "pr_url": pull["html_url"]}))
'''


async def nobody(request: CodexRequest) -> CodexAnswer:
    return CodexAnswer(final_message="")


@pytest.fixture(autouse=True)
def hurry(monkeypatch):
    """The waits of hours and minutes, in seconds: what is waited for is the same."""
    monkeypatch.setattr(http, "wait_as_asked", lambda _: 0.0)
    monkeypatch.setattr(reconcile, "LOST_ANSWER", timedelta(seconds=1.5))
    monkeypatch.setattr(reconcile, "MAX_SENDS", 9)  # seconds of late listings stand for three minutes of them
    for name in ("PAUSE_AFTER_LOST_LOOK", "PAUSE_AFTER_REFUSED_LOOK", "PULL_PAUSES"):
        monkeypatch.setattr(reconcile, name, 0.1)


@asynccontextmanager
async def open_small_github(directory: Path) -> AsyncIterator[GitHubServer]:
    """A local GitHub with a small workflow that keeps the real one's promises."""
    files = {
        ".github/workflows/codex-autofix.yml": WORKFLOW,
        "flow.py": FLOW,
        "report.json": a_report().model_dump_json(),
    }
    for name, text in files.items():
        path = directory / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    github = GitHubServer(directory / "github", bot_token=TOKEN, stand_in=nobody, runners=4)
    await github.import_tree(directory / "tree", "Start")
    await github.start()
    try:
        yield github
    finally:
        await github.stop()


def trouble(rng: random.Random) -> list[Fault]:
    """What goes wrong with the bot's own requests, in a random order."""
    dispatches = [
        *[Fault(method="POST", path=DISPATCH, who="bot", drop="after")] * 6,
        *[Fault(method="POST", path=DISPATCH, who="bot", drop="before")] * 4,
        *[Fault(method="POST", path=DISPATCH, who="bot", status=502, acts=True)] * 4,
        *[Fault(method="POST", path=DISPATCH, who="bot", status=503)] * 3,
        *[Fault(method="POST", path=DISPATCH, who="bot", hold_seconds=0.2)] * 5,
    ]
    reads = [
        fault
        for path in (RUNS, PULLS)
        for fault in (
            *[Fault(path=path, who="bot", drop="before")] * 8,
            *[Fault(path=path, who="bot", drop="after")] * 8,
            *[Fault(path=path, who="bot", status=500)] * 8,
            *[Fault(path=path, who="bot", hold_seconds=0.1)] * 8,
            *[Fault(path=path, who="bot", status=200, body=json.dumps(NOTHING[path]),
                    headers={"Content-Type": "application/json"})] * 12,
        )
    ]  # fmt: skip
    faults = dispatches + reads
    rng.shuffle(faults)
    return faults


async def orders_of(lab: Lab) -> list[WorkOrder]:
    return await lab.client.face.store.orders.newest()


async def doubled(lab: Lab, github: GitHubServer, orders: list[WorkOrder]) -> None:
    """GitHub is sent these orders' propose requests once more, as by a sender that lost the answer."""
    face = lab.client.face
    async with open_github(github.api_url, TOKEN, github.repo) as api:
        for order in orders:
            incident = await face.store.incidents.get(order.incident_id)
            try:
                await api.dispatch(face.repairs.agent.request(order, incident))
            except http.ApiError:
                continue


async def approve_what_waits(lab: Lab) -> None:
    """Both admins press Approve at once, wherever a patch waits."""
    repairs = lab.client.face.repairs
    for order in await orders_of(lab):
        if order.status == "awaiting_approval":
            issued = [(await repairs.review(order.id, person=person)).issued for person in (1, 2)]
            outcomes = await asyncio.gather(
                *(repairs.approve(each.token, person=person, guild_id=order.guild_id)
                  for person, each in zip((1, 2), issued, strict=True) if each),
                return_exceptions=True,
            )  # fmt: skip
            assert all(isinstance(each, WorkOrder | ConfirmationRefused | RepairRefused) for each in outcomes)


async def until(lab: Lab, wanted: dict[str, Status]) -> dict[str, WorkOrder]:
    """The orders by incident, once each is where it is to be; patches are approved meanwhile."""
    async with asyncio.timeout(240):
        while True:
            await approve_what_waits(lab)
            orders = {order.incident_id: order for order in await orders_of(lab)}
            failed = [order.reason for order in orders.values() if order.status == "failed"]
            assert not failed, failed
            if {name: order.status for name, order in orders.items()} == wanted:
                return orders
            await asyncio.sleep(0.1)


async def cards_tell(lab: Lab) -> None:
    """Wait until there is one card for each incident, which says exactly what is stored."""
    rules = lab.client.face.repairs.rules
    async with asyncio.timeout(60):
        while True:
            truth = {order.incident_id: words_of(embed_of(order, rules).to_dict()) for order in await orders_of(lab)}
            cards = [message.embeds[0] for message in lab.person("ada").sees("ops") if message.embeds]
            assert len(cards) <= len(truth)
            if {card["title"].split(" ")[0]: words_of(card) for card in cards} == truth:
                return
            await asyncio.sleep(0.1)


def words_of(card: Mapping[str, Any]) -> tuple[str, list[tuple[str, str]]]:
    """What a card says."""
    return card["description"], [(field["name"], field["value"]) for field in card["fields"]]


async def check_links(lab: Lab, github: GitHubServer, orders: dict[str, WorkOrder]) -> None:
    """Every order's patch, run, branch and pull request are its own, and there is one of each."""
    assert len(github.pulls) == len(orders)
    titles = {run.id: run.display_title for run in github.runs}
    for name, order in orders.items():
        (pull,) = [pull for pull in github.pulls if pull.head_branch == order.branch]
        proposal = await lab.client.face.store.proposals.get(order.id)
        pushed = await github.read_diff(pull.base_sha, pull.head_sha)
        assert order.pr_number == pull.number
        assert titles[order.run_id or 0] == order.key("propose")
        assert f"+{name} is mended" in proposal.diff.decode()
        assert f"+{name} is mended" in pushed
        assert order.diff_sha256 == proposal.diff_sha256


async def test_twenty_at_once_through_every_kind_of_bad_answer(tmp_path):
    rng = random.Random(6)
    async with (
        open_discord(tmp_path) as discord,
        open_small_github(tmp_path) as github,
        open_bot(discord, tmp_path, GITHUB_API_URL=github.api_url, GITHUB_REPO=github.repo,
                 GITHUB_DISPATCH_TOKEN=TOKEN, AUTOFIX_POLL_SECONDS="0.2") as lab,
    ):  # fmt: skip
        lab.client.installation.cards.pause = 0.05
        github.faults.add(*trouble(rng))
        guild, channel = discord.guild().id, discord.channel("ops").id
        asks = [an_ask(summary=f"fault {n}", guild_id=guild, channel_id=channel) for n in range(INCIDENTS)]
        opened = await asyncio.gather(*(lab.client.face.repairs.open(ask) for ask in asks))
        await doubled(lab, github, rng.sample(opened, 6))

        orders = await until(lab, {order.incident_id: "pr_open" for order in opened})
        await check_links(lab, github, orders)
        await cards_tell(lab)

        effective = Counter(run.display_title for run in github.runs if github.artifacts(run.id))
        keys = [order.key(phase) for order in orders.values() for phase in ("propose", "publish")]
        assert effective == Counter(keys)
        pushed = [entry for entry in github.journal if entry.is_write and entry.path.endswith("/pulls")]
        assert len([entry for entry in pushed if entry.status == 201]) == INCIDENTS

        ends: dict[str, Status] = {}
        for number, (name, order) in enumerate(orders.items()):
            assert order.pr_number is not None
            ends[name] = ("merged", "rejected", "pr_open")[number % 3]
            if ends[name] == "merged":
                await github.merge_pull(order.pr_number)
            elif ends[name] == "rejected":
                github.close_pull(order.pr_number)
        await until(lab, ends)
        await cards_tell(lab)

        trail = await read_trail(lab.client.face.store.audit)
        assert trail.problems() == []
        assert len(github.runs) > 2 * INCIDENTS, "nothing was ever doubled: the day was too quiet"
