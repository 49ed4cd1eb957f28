"""Publishing on real local repositories: exactly the approved diff, once, or nothing."""

import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.apis.github import GitHub, open_github
from bot.apis.http import Answered
from bot.repair.brief import Publishing, Reference
from bot.repair.git import GitFailed, git
from bot.repair.publication import AUTHOR, Checkout, PublicationRefused, Remote, publish
from tests.factories import FakeApi, a_diff, a_fake_api, a_proof, a_report, a_repository, diff_of, packed, sha256

TOKEN = "ghs_" + "a" * 36
REPO = "/repos/octo/bot"
BRANCH = "suture/inc_0123456789ab"
PULL = {"number": 3, "html_url": "https://github.test/octo/bot/pull/3", "state": "open", "draft": True}
FILES = {"amount.py": "return float(text)\n", "keep.py": "one\r\ntwo", ".github/w.yml": "w\n"}


@dataclass
class Scene:
    """A checkout, its bare remote, and what GitHub tells of the propose run."""

    api: FakeApi
    github: GitHub
    repo: Path
    remote: Path
    diff: bytes
    base: str

    def publishing(self, **changes: Any) -> Publishing:
        fields: dict[str, Any] = {
            "phase": "publish",
            "attempt": "1",
            "order_id": "wo_20260105_0001",
            "incident": Reference(id="inc_0123456789ab"),
            "run_id": "7",
            "diff_sha256": sha256(self.diff),
            "base_sha": self.base,
        }
        return Publishing(**fields | changes)

    async def publish(self, **changes: Any) -> int:
        """The number of the pull request."""
        checkout = Checkout(repo=self.repo, remote=Remote(url=str(self.remote), token=TOKEN))
        pull, _ = await publish(self.github, self.github, checkout, self.publishing(**changes))
        return pull.number

    def run_is(self, **changes: Any) -> None:
        run = {
            "id": 7,
            "display_title": "suture inc_0123456789ab propose 1",
            "status": "completed",
            "conclusion": "success",
            "html_url": "https://github.test/octo/bot/actions/runs/7",
            "head_sha": self.base,
            "event": "repository_dispatch",
            "path": ".github/workflows/codex-autofix.yml@refs/heads/main",
            "created_at": "2026-01-05T12:00:03Z",
        }
        self.api.says(f"GET {REPO}/actions/runs/7", run | changes)

    def artifacts_are(self, patch: dict[str, bytes], proof: dict[str, bytes]) -> None:
        names = {"suture-patch": patch, "suture-proof": proof}
        listed = [
            {"id": number, "name": name, "size_in_bytes": 300, "expired": False} for number, name in enumerate(names)
        ]
        self.api.says(f"GET {REPO}/actions/runs/7/artifacts", {"artifacts": listed})
        for number, files in enumerate(names.values()):
            self.api.replies[f"GET {REPO}/actions/artifacts/{number}/zip"] = web.Response(body=packed(files))

    @property
    def branches(self) -> dict[str, str]:
        """The remote's branches and their commits."""
        told = git(self.remote, "for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads")
        return dict(line.split(" ") for line in told.splitlines())

    @property
    def opened(self) -> list[dict[str, Any]]:
        """What pull requests were asked for."""
        return [
            json.loads(body)
            for request, body in zip(self.api.asked, self.api.bodies, strict=True)
            if request.method == "POST"
        ]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes, str]:
    """A checkout with its bare remote, an approved diff, and the commit it is for; copied for each test."""
    folder = tmp_path_factory.mktemp("template")
    repo = a_repository(folder / "repo", FILES)
    git(folder, "clone", "--quiet", "--bare", str(repo), str(folder / "remote.git"))
    diff = diff_of(repo, {"amount.py": "return read(text)\n", "test_amount.py": "assert True\n"})
    return folder, diff, git(repo, "rev-parse", "HEAD")


@pytest.fixture
async def scene(tmp_path: Path, template: tuple[Path, bytes, str]) -> AsyncIterator[Scene]:
    folder, diff, base = template
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    async with a_fake_api() as api, open_github(api.url, TOKEN, "octo/bot") as github:
        made = Scene(api, github, tmp_path / "repo", tmp_path / "remote.git", diff, base)
        made.run_is()
        made.artifacts_are(
            {"patch.diff": diff, "report.json": a_report().model_dump_json().encode()},
            {"proof.json": a_proof().model_dump_json().encode()},
        )
        api.says(f"GET {REPO}/pulls", [])
        api.says(f"GET {REPO}", {"full_name": "octo/bot", "default_branch": "main"})
        api.says(f"POST {REPO}/pulls", PULL, 201)
        yield made


async def test_a_patch_that_github_pruned_before_its_approval_is_told_as_that(scene: Scene) -> None:
    expired = [{"id": 0, "name": "suture-patch", "size_in_bytes": 300, "expired": True}]
    scene.api.says(f"GET {REPO}/actions/runs/7/artifacts", {"artifacts": expired})

    with pytest.raises(PublicationRefused, match="GitHub pruned what the run had left"):
        await scene.publish()

    assert BRANCH not in scene.branches


async def test_the_approved_diff_becomes_one_commit_on_its_base_and_a_draft(scene: Scene) -> None:
    number = await scene.publish()

    commit = scene.branches[BRANCH]
    assert number == 3
    assert git(scene.remote, "rev-parse", f"{commit}^") == scene.base
    assert git(scene.remote, "show", f"{commit}:amount.py") == "return read(text)"
    assert git(scene.remote, "diff", "--name-only", scene.base, commit).splitlines() == ["amount.py", "test_amount.py"]
    assert git(scene.remote, "log", "-1", "--format=%an %ce %s", commit) == (
        "suture suture@users.noreply.github.com Read amounts with a comma"
    )
    assert git(scene.remote, "log", "-1", "--format=%(trailers)", commit) == (
        f"Suture-Incident: inc_0123456789ab\nSuture-Diff: {sha256(scene.diff)}"
    )
    (pull,) = scene.opened
    assert (pull["head"], pull["base"], pull["draft"]) == (BRANCH, "main", True)
    assert pull["title"] == "Read amounts with a comma"
    assert "`inc_0123456789ab`" in pull["body"]
    assert scene.branches["main"] == scene.base


async def test_publishing_again_finds_what_is_there_and_adds_nothing(scene: Scene) -> None:
    await scene.publish()
    before = scene.branches
    scene.api.says(f"GET {REPO}/pulls", [PULL])

    assert await scene.publish() == 3

    assert scene.branches == before
    assert len(scene.opened) == 1


async def test_the_same_patch_is_the_same_commit_each_time(scene: Scene) -> None:
    await scene.publish()
    first = scene.branches[BRANCH]
    git(scene.remote, "branch", "-D", BRANCH)

    await scene.publish()

    assert scene.branches[BRANCH] == first


async def test_a_branch_without_its_pull_request_gets_one(scene: Scene) -> None:
    await scene.publish()
    before = scene.branches

    assert await scene.publish() == 3  # GitHub lists no pull request: the first run died before it opened one

    assert scene.branches == before
    assert len(scene.opened) == 2


async def test_a_branch_with_other_content_is_left_alone(scene: Scene) -> None:
    git(scene.remote, "branch", BRANCH, scene.base)

    with pytest.raises(PublicationRefused, match=f"The branch {BRANCH} exists already with other content"):
        await scene.publish()

    assert scene.branches[BRANCH] == scene.base
    assert scene.opened == []


async def test_a_later_attempt_has_its_own_branch(scene: Scene) -> None:
    scene.run_is(display_title="suture inc_0123456789ab propose 2")

    await scene.publish(attempt="2")

    assert set(scene.branches) == {"main", f"{BRANCH}-2"}


@pytest.mark.parametrize(
    "changes",
    [
        {"display_title": "suture inc_0123456789ab propose 12"},
        {"display_title": "suture inc_zzzzzzzzzzzz propose 1"},
        {"display_title": "suture inc_0123456789ab publish 1"},
        {"event": "push"},
        {"event": "workflow_dispatch"},
        {"path": ".github/workflows/evil.yml"},
        {"path": ".github/workflows/not-codex-autofix.yml"},
        {"path": "elsewhere/codex-autofix.yml@main"},
        {"conclusion": "failure"},
        {"conclusion": None},
        {"head_sha": "c" * 40},
    ],
)
async def test_a_run_that_is_not_the_proposal_publishes_nothing(scene: Scene, changes: dict[str, Any]) -> None:
    scene.run_is(**changes)

    with pytest.raises(PublicationRefused, match="Run 7"):
        await scene.publish()

    assert set(scene.branches) == {"main"}
    assert scene.opened == []


REPORT = a_report().model_dump_json().encode()
PROOF = {"proof.json": a_proof().model_dump_json().encode()}


@pytest.mark.parametrize(
    ("patch", "proof", "why"),
    [
        ({"patch.diff": a_diff(), "report.json": REPORT}, PROOF, "sha256 differs"),
        ({"report.json": REPORT}, PROOF, "sha256 differs"),
        ({}, PROOF, "sha256 differs"),
    ],
)
async def test_another_diff_than_the_approved_one_is_not_published(
    scene: Scene, patch: dict[str, bytes], proof: dict[str, bytes], why: str
) -> None:
    scene.artifacts_are(patch, proof)

    with pytest.raises(PublicationRefused, match=why):
        await scene.publish()

    assert set(scene.branches) == {"main"}


async def test_an_approved_diff_with_one_byte_more_is_another_diff(scene: Scene) -> None:
    scene.artifacts_are({"patch.diff": scene.diff + b"\n", "report.json": REPORT}, PROOF)

    with pytest.raises(PublicationRefused, match="sha256 differs"):
        await scene.publish()

    assert set(scene.branches) == {"main"}


@pytest.mark.parametrize(
    ("report", "proof"), [(None, PROOF["proof.json"]), (b"[]", PROOF["proof.json"]), (REPORT, None), (REPORT, b"{}")]
)
async def test_without_its_report_and_proof_nothing_is_published(
    scene: Scene, report: bytes | None, proof: bytes | None
) -> None:
    patch = {"patch.diff": scene.diff} | ({"report.json": report} if report else {})
    scene.artifacts_are(patch, {"proof.json": proof} if proof else {})

    with pytest.raises(PublicationRefused, match="report or proof"):
        await scene.publish()

    assert set(scene.branches) == {"main"}


async def test_a_protected_path_is_refused_here_too(scene: Scene) -> None:
    diff = diff_of(scene.repo, {".github/w.yml": "evil\n"})
    scene.artifacts_are({"patch.diff": diff, "report.json": REPORT}, PROOF)

    with pytest.raises(PublicationRefused, match="GitHub's own files"):
        await scene.publish(diff_sha256=sha256(diff))

    assert set(scene.branches) == {"main"}


async def test_a_diff_that_does_not_apply_to_its_base_is_refused(scene: Scene) -> None:
    diff = a_diff("amount.py", old="something else")
    scene.artifacts_are({"patch.diff": diff, "report.json": REPORT}, PROOF)

    with pytest.raises(PublicationRefused, match="does not apply to its base"):
        await scene.publish(diff_sha256=sha256(diff))

    assert set(scene.branches) == {"main"}
    assert git(scene.repo, "worktree", "list").count("\n") == 0


async def test_a_base_that_is_not_in_the_checkout_is_refused(scene: Scene) -> None:
    scene.run_is(head_sha="c" * 40)

    with pytest.raises(PublicationRefused, match="does not apply to its base"):
        await scene.publish(base_sha="c" * 40)

    assert set(scene.branches) == {"main"}


async def test_checkout_and_configuration_stay_as_they_are_and_hold_no_token(scene: Scene) -> None:
    hook = scene.repo / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {scene.repo}/hook-ran\n", encoding="utf-8")
    hook.chmod(0o755)

    await scene.publish()

    assert git(scene.repo, "status", "--porcelain") == ""
    assert git(scene.repo, "worktree", "list").count("\n") == 0
    assert not (scene.repo / "hook-ran").exists()
    kept = [path for root in (scene.repo, scene.remote) for path in root.rglob("*") if path.is_file()]
    assert not [path for path in kept if TOKEN.encode() in path.read_bytes()]


async def test_a_push_that_fails_tells_no_token(scene: Scene, tmp_path: Path) -> None:
    remote = Remote(url=str(tmp_path / "nowhere.git"), token=TOKEN)

    with pytest.raises(GitFailed, match="git ls-remote failed") as failed:
        await publish(scene.github, scene.github, Checkout(repo=scene.repo, remote=remote), scene.publishing())

    assert TOKEN not in str(failed.value)
    assert TOKEN not in repr(remote)
    assert scene.opened == []


async def test_a_pull_request_that_github_refuses_is_an_error_and_the_branch_waits(scene: Scene) -> None:
    scene.api.says(f"POST {REPO}/pulls", {"message": "GitHub Actions is not permitted to create pull requests"}, 403)

    with pytest.raises(Answered, match="not permitted"):
        await scene.publish()

    assert BRANCH in scene.branches
    scene.api.says(f"POST {REPO}/pulls", PULL, 201)
    assert await scene.publish() == 3


@pytest.mark.parametrize("title", ["", "# heading", "-- option", "two\nlines", "\ud800", "\x00"])
async def test_any_title_makes_a_commit(scene: Scene, title: str) -> None:
    report = a_report(pr_title=title).model_dump_json().encode()
    scene.artifacts_are({"patch.diff": scene.diff, "report.json": report}, PROOF)

    await scene.publish()

    subject = git(scene.remote, "log", "-1", "--format=%s", BRANCH)
    assert subject
    assert git(scene.remote, "log", "-1", "--format=%(trailers)", BRANCH).startswith(
        "Suture-Incident: inc_0123456789ab\n"
    )


async def test_a_proof_of_another_patch_is_refused(scene: Scene) -> None:
    proof = a_proof(diff_sha256="0" * 64).model_dump_json().encode()
    scene.artifacts_are({"patch.diff": scene.diff, "report.json": REPORT}, {"proof.json": proof})

    with pytest.raises(PublicationRefused, match="of another patch"):
        await scene.publish()

    assert set(scene.branches) == {"main"}


async def test_the_body_shows_where_it_broke_and_what_is_flagged(scene: Scene) -> None:
    diff = diff_of(scene.repo, {"auth/views.py": "x = 1\n"})
    evidence = b'{"exception": "decimal.InvalidOperation", "frames": ["bot/ledger/amount.py:9 in read_amount"]}'
    scene.artifacts_are(
        {"patch.diff": diff, "report.json": REPORT, "evidence.json": evidence},
        {"proof.json": a_proof(level=4).model_dump_json().encode()},
    )

    await scene.publish(diff_sha256=sha256(diff))

    body = scene.opened[0]["body"]
    assert "decimal.InvalidOperation\nbot/ledger/amount.py:9 in read_amount" in body
    assert "The patch touches a file that guards: auth/views.py." in body
    assert "Proof: level 1" in body


async def test_a_patch_that_takes_a_committed_fix_back_says_so(scene: Scene) -> None:
    await scene.publish()
    git(scene.repo, "fetch", "--quiet", str(scene.remote), BRANCH)
    git(scene.repo, "reset", "--quiet", "--hard", "FETCH_HEAD")
    scene.base = git(scene.repo, "rev-parse", "HEAD")
    scene.diff = diff_of(scene.repo, {"amount.py": FILES["amount.py"], "test_amount.py": None})
    scene.run_is(display_title="suture inc_0123456789ab propose 2")
    scene.artifacts_are({"patch.diff": scene.diff, "report.json": REPORT}, PROOF)

    await scene.publish(attempt="2")

    assert "takes back lines of the fix for inc_0123456789ab" in scene.opened[-1]["body"]


@pytest.mark.parametrize(
    ("name", "text", "conflicts"),
    [("amount.py", "return Decimal(text)\n", True), ("other.py", "assert True\n", False)],
)
async def test_a_base_that_moved_is_refused_only_where_the_patch_is(
    scene: Scene, name: str, text: str, conflicts: bool
) -> None:
    (scene.repo / name).write_text(text)
    git(scene.repo, "add", "--all")
    git(scene.repo, "commit", "--quiet", "-m", "meanwhile", extra=AUTHOR)

    if not conflicts:
        assert await scene.publish() == 3
        assert git(scene.remote, "rev-parse", f"{BRANCH}^") == scene.base
        return
    with pytest.raises(PublicationRefused, match="The default branch has changed in the same place"):
        await scene.publish()
    assert BRANCH not in scene.branches
    assert scene.opened == []
