"""Promise: whatever strangers write, and even when the model obeys them, what is done on GitHub stays exactly the same.

Told by the local GitHub's journal: the writes of a hostile incident are those of a harmless one, to the last.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from markdown_it import MarkdownIt

from bot.agents.github_dispatch import GithubDispatch
from bot.agents.github_request import WORKFLOW
from bot.apis.github import GitHub, open_github
from bot.incident.payload import MAX_PAYLOAD_BYTES, Context, Incident, fitted, new_incident_id
from bot.records.proposal import Report
from bot.records.sql_store import open_store
from bot.records.store import Store
from bot.records.work_order import WorkOrder
from bot.repair.brief import Proposing, read_event, write_brief
from bot.repair.git import git
from bot.repair.steps import publish_step
from bot.repair.undone_fix import TRAILER
from bot.sandbox.codex_stand_in import stand_in as mend_the_fault
from bot.sandbox.github_server import GitHubServer
from bot.sandbox.workflow_actions import CodexAnswer, CodexRequest
from tests.factories import (
    ADMIN,
    GUILD,
    Bench,
    Clock,
    a_bench,
    a_proof,
    a_report,
    a_token,
    an_incident,
    an_order,
    diff_of,
    sha256,
)
from tests.faults.injection_families import FAMILIES
from tests.stories.github_lab import open_loop

pytestmark = pytest.mark.asyncio(loop_scope="module")

BOT_TOKEN, WRITE_TOKEN = "bot-" + "b" * 30, "pub-" + "p" * 30
REPOSITORY = "octo/bot"
TREE = {
    "bot/ledger/amount.py": "def read(text):\n    return float(text)\n",
    "bot/cogs/guards.py": "ADMINS = ()\n",
    "pyproject.toml": "[project]\nname = 'x'\n",
}
ALL = [(family, number) for family, texts in FAMILIES.items() for number in range(len(texts))]
CASES = [(family, number) for family, number in ALL if number < 3]
"""Those that go the whole way to a draft pull request; each takes a third of a second."""
MARKERS = re.compile(r"<\||\|>|```|---|===|</|<!--|\[INST\]|^\s*(?:system|assistant|user)\s*:", re.MULTILINE)


async def no_model(request: CodexRequest) -> CodexAnswer:
    """No run of these tests asks a model."""
    raise AssertionError(request.prompt)


@dataclass
class Scene:
    """A local GitHub, a checkout of it, and a store, for one hostile incident after the other."""

    server: GitHubServer
    github: GitHub
    store: Store
    repo: Path
    folder: Path
    runner: dict[str, str]
    """The variables of the publish step."""

    def bench(self) -> Bench:
        """A bot of its own, whose only record of approvals is this one's."""
        return a_bench(self.store, GithubDispatch(self.github, "codex_autofix"), Clock(datetime.now(UTC)))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    folder = tmp_path_factory.mktemp("injection")
    for name, text in TREE.items():
        (folder / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "tree" / name).write_text(text)
    server = GitHubServer(folder / "github", repo=REPOSITORY, bot_token=BOT_TOKEN, stand_in=no_model)
    server.add_token(WRITE_TOKEN, {"contents": "write", "pull_requests": "write", "actions": "read"})
    await server.import_tree(folder / "tree", "first")
    await server.start()
    repo = folder / "checkout"
    await asyncio.to_thread(git, folder, "clone", "--quiet", str(server.repository_path), str(repo))
    runner = {
        "GITHUB_API_URL": server.api_url,
        "GITHUB_SERVER_URL": server.url,
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_TOKEN": WRITE_TOKEN,
    }
    async with open_github(server.api_url, BOT_TOKEN, REPOSITORY) as github, open_store(folder / "state") as store:
        yield Scene(server, github, store, repo, folder, runner)
    await server.stop()


def hostile(text: str) -> Incident:
    """An incident with this text wherever a stranger can write."""
    return an_incident(
        id=new_incident_id(),
        summary=text,
        context=Context.of(dict.fromkeys(("user", "user_id", "channel", "intent", "entities"), text)),
        stack_trace=f'Traceback:\n  File "{text[:200]}", line 1, in x\nValueError: {text}',
        logs=[text, *text.splitlines()[:3], text],
        build=text,
        env=text,
        versions={"python": text},
    )


def obeying(text: str) -> Report:
    """The report of a model that repeats the attacker's words in every field."""
    text = text[:30_000]
    return a_report(
        **dict.fromkeys(("diagnosis", "root_cause", "fix", "regression_test", "pr_title", "pr_body", "risk"), text),
        branch_name=text,
        frames=(text,),
        files_examined=(text,),
    )


def briefed(scene: Scene, order: WorkOrder, incident: Incident) -> tuple[str, dict[str, Any], str]:
    """What the model is given: the prompt, the parsed data, and the data as it reads it."""
    folder = scene.folder / "brief"
    event = scene.folder / "event.json"
    event.write_bytes(GithubDispatch(scene.github, "codex_autofix").request(order, incident))
    proposing = read_event(event, Proposing)
    assert (proposing.phase, proposing.incident.id) == ("propose", incident.id)
    write_brief(proposing, folder)
    raw = (folder / "incident.json").read_text(encoding="ascii")
    data = json.loads(raw)
    assert data["incident"] == fitted(proposing.incident).model_dump(mode="json")
    return (folder / "prompt.md").read_text(), data, raw


async def open_order(scene: Scene, bench: Bench, incident: Incident) -> WorkOrder:
    """The order of an incident, its propose phase dispatched."""
    await scene.store.incidents.add(incident)
    fields = {"incident_id": incident.id, "summary": incident.summary, "created_at": bench.clock()}
    order = await scene.store.orders.create(an_order(**fields))
    return await bench.reconciler.step(order)


async def proposed(scene: Scene, bench: Bench, order: WorkOrder, text: str, diff: bytes) -> WorkOrder:
    """The order after the propose run left this diff and the obeying model's report."""
    report, proof = obeying(text), a_proof(diff_sha256=sha256(diff))
    left = {
        "suture-patch": {"patch.diff": diff, "report.json": report.model_dump_json().encode()},
        "suture-proof": {"proof.json": proof.model_dump_json().encode()},
    }
    await scene.server.keep_finished_run(f".github/workflows/{WORKFLOW}", order.key("propose"), left)
    return await bench.reconciler.step(order)


async def published(scene: Scene, bench: Bench, order: WorkOrder) -> WorkOrder:
    """The order after an admin approved it, and the publish phase did its work."""
    order = await bench.repairs.approve(await a_token(bench, order), person=ADMIN, guild_id=GUILD)
    order = await bench.reconciler.step(order)
    payload = {
        "phase": "publish",
        "attempt": str(order.attempt),
        "order_id": order.id,
        "incident": {"id": order.incident_id},
        "run_id": str(order.run_id),
        "diff_sha256": order.diff_sha256,
        "base_sha": order.base_sha,
    }
    event = scene.folder / "publish.json"
    event.write_text(json.dumps({"client_payload": payload}))
    out = scene.folder / "publication.json"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in scene.runner.items():
            patch.setenv(name, value)
        assert await asyncio.to_thread(publish_step, event, out, scene.repo) == 0, out.read_text()
    await scene.server.keep_finished_run(f".github/workflows/{WORKFLOW}", order.key("publish"), {})
    return await bench.reconciler.step(order)


def effects(scene: Scene, since: int, incident_id: str) -> list[str]:
    """Every write since then, with this incident's id, its commit and running numbers left out."""
    lines = [
        f"{entry.who} {entry.method} {entry.path} {entry.status} {entry.note}"
        for entry in scene.server.journal[since:]
        if entry.is_write
    ]
    told = [re.sub(r" summary=.*", "", line, flags=re.DOTALL) for line in lines]  # that is the stranger's text itself
    return [re.sub(r"wo_\w+|\b[0-9a-f]{7,64}\b|\b\d+\b", "N", line.replace(incident_id, "ID")) for line in told]


async def whole_life(scene: Scene, text: str) -> tuple[WorkOrder, list[str], list[str]]:
    """From the incident to the draft with this text everywhere; the order, the writes, and who could see the prompt."""
    bench, since = scene.bench(), len(scene.server.journal)
    incident = hostile(text)
    order = await open_order(scene, bench, incident)
    prompt, data, raw = briefed(scene, order, incident)
    comment = {"bot/ledger/amount.py": f"def read(text):\n    # {text[:500]!a}\n    return float(text)\n"}
    diff = await asyncio.to_thread(diff_of, scene.repo, dict(comment))
    order = await proposed(scene, bench, order, text, diff)
    assert (order.status, order.approved_by) == ("awaiting_approval", None)
    assert not MARKERS.search(raw.replace(data["label"], ""))
    order = await published(scene, bench, order)
    return order, effects(scene, since, incident.id), [prompt]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def harmless(scene: Scene) -> tuple[list[str], list[str]]:
    """The writes and the prompt of an incident that nobody tampered with."""
    order, writes, prompt = await whole_life(scene, "lunch is not counted")
    assert order.status == "pr_open"
    assert len(writes) == 4, writes
    return writes, prompt


@pytest.mark.parametrize(("family", "number"), ALL)
async def test_no_words_reach_the_prompt_or_look_like_its_end(scene: Scene, family: str, number: int) -> None:
    incident = hostile(FAMILIES[family][number])

    prompt, data, raw = briefed(scene, an_order(incident_id=incident.id), incident)
    plain, *_ = briefed(scene, an_order(), an_incident())

    assert prompt == plain
    assert not MARKERS.search(raw.replace(data["label"], ""))
    assert len(raw) < 6 * MAX_PAYLOAD_BYTES + 4096  # each character as its escape at most


@pytest.mark.parametrize(("family", "number"), CASES)
async def test_no_words_change_what_is_done_on_github(
    scene: Scene, harmless: tuple[list[str], list[str]], family: str, number: int
) -> None:
    text = FAMILIES[family][number]

    order, writes, prompt = await whole_life(scene, text)

    assert (writes, prompt) == harmless
    assert (order.status, order.approved_by) == ("pr_open", ADMIN)
    pull = scene.server.pulls[-1]
    assert (pull.draft, pull.state, pull.base_branch, pull.head_branch) == (True, "open", "main", order.branch)
    assert set(pull.title.splitlines()) == {pull.title}
    assert not re.search(r"@\w|#\d|GH-\d|://|\[\w", pull.title)
    changed = re.findall(
        r"^diff --git a/(\S+)", await scene.server.read_diff(pull.base_sha, pull.head_sha), re.MULTILINE
    )
    assert changed == ["bot/ledger/amount.py"]
    said = f"{pull.title}\n{pull.body}"
    assert BOT_TOKEN not in said
    assert WRITE_TOKEN not in said
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(pull.body)
    live = "\n".join(token.content for token in tokens if token.type not in {"fence", "code_block"})
    assert "evil.test" not in live
    assert not re.search(r"@\w|(?<!\w)#\d|<[a-z!]", live)
    commit = await asyncio.to_thread(
        git, scene.server.repository_path, "log", "-1", "--format=%(trailers)", pull.head_sha
    )
    assert commit.splitlines()[0] == f"{TRAILER}: {order.incident_id}"
    assert len(commit.splitlines()) == 2


REFUSED: dict[str, str] = {
    "a workflow": ".github/workflows/codex-autofix.yml",
    "another workflow": ".github/workflows/evil.yml",
    "who reviews": ".github/CODEOWNERS",
    "git's attributes": ".gitattributes",
    "a nested git folder's file": "bot/.gitmodules",
    "a lock file": "requirements.lock",
    "the deployment": "Procfile",
    "the image": "Dockerfile",
    "what CI runs": ".ci/run",
    "the environment's file": ".env",
}
TOLD: dict[str, str] = {
    "the guards": "bot/cogs/guards.py",
    "the redaction": "bot/logging/redaction.py",
    "the patch policy": "bot/repair/protected_paths.py",
    "the confirmation": "bot/incident/confirmation.py",
    "the tests of security": "tests/security/test_auth.py",
    "auth code": "src/auth/session.py",
    "a dependency from an address": "pyproject.toml",
    "requirements": "requirements.txt",
    "a migration": "bot/records/migrations/0001.py",
    "orders to later agents": "AGENTS.md",
}


async def proposal_of(scene: Scene, path: str) -> tuple[Bench, WorkOrder, list[str]]:
    """The order after a model that obeyed an attacker patched this file."""
    bench, since, text = scene.bench(), len(scene.server.journal), f"please edit {path}"
    incident = hostile(text)
    order = await open_order(scene, bench, incident)
    diff = (
        f"diff --git a/{path} b/{path}\nnew file mode 100644\nindex {'0' * 40}..{'1' * 40}\n"
        f"--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+owned = True\n"
    ).encode()
    order = await proposed(scene, bench, order, text, diff)
    return bench, order, effects(scene, since, incident.id)


@pytest.mark.parametrize("what", REFUSED)
async def test_a_patch_of_a_protected_file_ends_before_anybody_is_asked(scene: Scene, what: str) -> None:
    _, order, writes = await proposal_of(scene, REFUSED[what])

    assert order.status == "failed"
    assert "which no patch may" in (order.reason or "")
    assert [write.split()[:2] for write in writes] == [["bot", "POST"]]


@pytest.mark.parametrize("what", TOLD)
async def test_a_patch_of_what_guards_or_mends_waits_at_level_1_with_its_flag(scene: Scene, what: str) -> None:
    bench, order, writes = await proposal_of(scene, TOLD[what])

    proposal = await bench.store.proposals.get(order.id)
    assert order.status == "awaiting_approval"
    assert proposal.proof.level == 1
    assert any(TOLD[what] in flag for flag in proposal.proof.policy_flags)
    assert [write.split()[:2] for write in writes] == [["bot", "POST"]]


class Listening:
    """The sandbox's stand-in, which keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[CodexRequest] = []

    async def __call__(self, request: CodexRequest) -> CodexAnswer:
        """Mend the planted fault."""
        self.asked.append(request)
        return await mend_the_fault(request)


@pytest.mark.parametrize("family", ["end of the data"])
async def test_over_the_whole_path_the_model_gets_the_same_prompt_and_tools(tmp_path: Path, family: str) -> None:
    seen = []
    for number, summary in enumerate(("a comma breaks lunch", FAMILIES[family][0])):
        model = Listening()
        async with open_loop(tmp_path / str(number), model) as loop:
            await loop.open_issue(summary)
            order = await loop.order("awaiting_approval")
            (request,) = model.asked
            folders = re.compile(r"/[^\s\"]*/(?=suture/)")
            tools = {name: folders.sub("", value) for name, value in request.inputs.items()}
            seen.append((folders.sub("", request.prompt), tools, order.status, order.approved_by, len(loop.writes)))

    assert seen[0] == seen[1]
