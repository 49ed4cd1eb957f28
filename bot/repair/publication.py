"""The publish phase: from an approved digest to a pushed branch and one draft pull request, or a refusal that says why.

It runs no code of the repository and knows no model. Run twice, it finds what the first run did and adds nothing.
"""

import asyncio
import base64
import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.agents.github_dispatch import GONE, PATCH_ARTIFACT, PROOF_ARTIFACT
from bot.agents.github_request import WORKFLOW
from bot.agents.run_failures import PRUNED
from bot.apis.github import GitHub
from bot.apis.github_shapes import PullRequest
from bot.apis.http import Answered
from bot.records.proposal import Proof, Proposal, read_report
from bot.records.work_order import branch_name, run_title
from bot.repair.brief import Publishing
from bot.repair.endings import BASE_MOVED
from bot.repair.evidence import Evidence, read_evidence
from bot.repair.git import GitFailed, git
from bot.repair.pr_text import Draft, body_of, title_of
from bot.repair.protected_paths import counted, policy_of, refusals
from bot.repair.undone_fix import TRAILER, committed_fixes, others

AUTHOR = {
    "GIT_AUTHOR_NAME": "suture",
    "GIT_AUTHOR_EMAIL": "suture@users.noreply.github.com",
    "GIT_COMMITTER_NAME": "suture",
    "GIT_COMMITTER_EMAIL": "suture@users.noreply.github.com",
}

CONFLICT = 1
"""How `git merge-tree` ends when the two sides do not go together; other codes say that it could not look."""


class PublicationRefused(Exception):
    """Nothing was pushed; the sentence says why."""


@dataclass(frozen=True, kw_only=True)
class Remote:
    """Where to push, and the token that may."""

    url: str
    token: str = field(repr=False)

    @property
    def config(self) -> Mapping[str, str]:
        """Git's environment for this remote; the token never stands in an argv or a file."""
        basic = base64.b64encode(f"x-access-token:{self.token}".encode()).decode()
        return {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.{self.url}.extraheader",
            "GIT_CONFIG_VALUE_0": f"Authorization: basic {basic}",
        }


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """A full checkout of the default branch, where to push from it, and the project's own guarded paths."""

    repo: Path
    remote: Remote
    guarded: tuple[str, ...] = ()
    tip: str = "HEAD"
    """The default branch in it, into which the patch is to go."""


async def approved_patch(github: GitHub, publishing: Publishing) -> tuple[Proposal, Evidence]:
    """The patch that was approved, to the byte, and its evidence. Raises PublicationRefused, ApiError."""
    run = await github.run(int(publishing.run_id))
    title = run_title(publishing.incident.id, "propose", int(publishing.attempt))
    if run.display_title != title or not run.is_of(WORKFLOW) or not await github.is_dispatched(run):
        raise PublicationRefused(f"Run {run.id} is not the propose run of {publishing.incident.id}.")
    if run.conclusion != "success" or run.head_sha != publishing.base_sha:
        raise PublicationRefused(f"Run {run.id} did not succeed on the approved commit {publishing.base_sha[:12]}.")
    patch, proof = await kept(github, run.id, PATCH_ARTIFACT), await kept(github, run.id, PROOF_ARTIFACT)
    diff = patch.get("patch.diff", b"")
    if hashlib.sha256(diff).hexdigest() != publishing.diff_sha256:
        raise PublicationRefused("The patch of the run is not the one that was approved: its sha256 differs.")
    if refused := refusals(diff):
        raise PublicationRefused(" ".join(refused))
    try:
        report = read_report(patch["report.json"])
        proved = Proof.model_validate_json(proof["proof.json"])
    except (KeyError, ValueError) as error:
        raise PublicationRefused("The run's report or proof is missing or not of its form.") from error
    if proved.diff_sha256 and proved.diff_sha256 != publishing.diff_sha256:
        raise PublicationRefused("The run's proof is of another patch than the one that was approved.")
    order, base = publishing.order_id, publishing.base_sha
    proposal = Proposal(order_id=order, base_sha=base, diff=diff, report=report, proof=proved)
    return proposal, read_evidence(patch.get("evidence.json"))


async def kept(github: GitHub, run_id: int, name: str) -> dict[str, bytes]:
    """The files of a run's artifact; none when there is none. Raises PublicationRefused when it expired, ApiError."""
    try:
        return await github.artifact(run_id, name) or {}
    except Answered as error:
        if error.status != GONE:
            raise
        raise PublicationRefused(f"{PRUNED} Propose again makes a new patch.") from error


def commit_patch(repo: Path, patch: Proposal, publishing: Publishing) -> str:
    """A commit of the patch on its base, made in a worktree that is thrown away. Returns its id. Raises GitFailed."""
    with tempfile.TemporaryDirectory(prefix="suture-publish-") as folder:
        tree = Path(folder, "tree")
        git(repo, "worktree", "add", "--quiet", "--detach", str(tree), patch.base_sha)
        try:
            git(tree, "apply", "--index", "--whitespace=nowarn", "-", stdin=patch.diff)
            trailers = f"{TRAILER}: {publishing.incident.id}\nSuture-Diff: {publishing.diff_sha256}\n"
            message = f"{title_of(patch.report)}\n\n{trailers}"
            dates = {"GIT_AUTHOR_DATE": commit_date(repo, patch), "GIT_COMMITTER_DATE": commit_date(repo, patch)}
            git(tree, "commit", "--quiet", "-F", "-", extra={**AUTHOR, **dates}, stdin=message.encode())
            return git(tree, "rev-parse", "HEAD")
        finally:
            git(repo, "worktree", "remove", "--force", str(tree))


def refuse_conflict(repo: Path, tip: str, commit: str) -> None:
    """Raises PublicationRefused when the patch's commit and the tip of the default branch would conflict.

    Which they are is asked of git itself; one that is too old to say leaves it to the pull request.
    """
    try:
        git(repo, "merge-tree", "--write-tree", tip, commit)
    except GitFailed as error:
        if error.code == CONFLICT:
            raise PublicationRefused(BASE_MOVED) from error


def commit_date(repo: Path, patch: Proposal) -> str:
    """The base commit's date, so that the same patch is the same commit when the run is repeated."""
    return git(repo, "show", "--no-patch", "--format=%cI", patch.base_sha)


def push(repo: Path, commit: str, branch: str, remote: Remote) -> None:
    """Make the branch point at this commit, unless it does. Raises PublicationRefused, GitFailed."""
    there = git(repo, "ls-remote", remote.url, f"refs/heads/{branch}", extra=remote.config).split("\t")[0]
    if there == commit:
        return
    if there:
        raise PublicationRefused(
            f"The branch {branch} exists already with other content: delete it, then open the issue again."
        )
    git(repo, "push", "--quiet", remote.url, f"{commit}:refs/heads/{branch}", extra=remote.config)


async def publish(
    reading: GitHub, writing: GitHub, checkout: Checkout, publishing: Publishing
) -> tuple[PullRequest, str]:
    """The draft pull request of the approved patch, and its commit. Raises PublicationRefused, GitFailed, ApiError."""
    return await publish_approved(writing, checkout, publishing, await approved_patch(reading, publishing))


async def publish_approved(
    writing: GitHub, checkout: Checkout, publishing: Publishing, approved: tuple[Proposal, Evidence]
) -> tuple[PullRequest, str]:
    """The same for a patch that is at hand, already held against its approval."""
    patch, evidence = approved
    repo, remote = checkout.repo, checkout.remote
    branch = branch_name(publishing.incident.id, int(publishing.attempt))
    try:
        commit = await asyncio.to_thread(commit_patch, repo, patch, publishing)
    except GitFailed as error:
        raise PublicationRefused(f"The approved patch does not apply to its base: {error}") from error
    recent = await asyncio.to_thread(committed_fixes, repo, patch.base_sha)
    recent = others(recent, publishing.incident.id if publishing.revert else None)
    policy = policy_of(patch.diff, guarded=checkout.guarded, recent=recent)
    draft = Draft.of(publishing, patch.model_copy(update={"proof": counted(patch.proof, policy)}), evidence)
    await asyncio.to_thread(refuse_conflict, repo, checkout.tip, commit)
    await asyncio.to_thread(push, repo, commit, branch, remote)
    if there := await writing.pull_of(branch):
        return there, commit
    facts = await writing.repository_facts()
    fields = {"title": title_of(patch.report), "body": body_of(draft), "head": branch, "base": facts.default_branch}
    return await writing.open_draft(fields), commit
