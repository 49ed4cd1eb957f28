"""What has become of an order's pull request on GitHub: its reviews, the checks on its head, its end."""

from collections.abc import Iterable

from bot.agents.agent import Checks, NotSeen, PullSeen, Verdict
from bot.agents.github_request import WORKFLOW
from bot.apis.github import GitHub
from bot.apis.github_shapes import PullRequest, Review, Run
from bot.records.work_order import WorkOrder

GOOD = frozenset({"success", "neutral", "skipped"})


async def followed_pull(github: GitHub, order: WorkOrder) -> PullSeen | NotSeen:
    """The order's own pull request, by its branch and number and never the latest. Raises ApiError."""
    pulls = await github.pulls_of(order.branch)
    pull = next((each for each in pulls if each.number == order.pr_number), None)
    if pull is None:
        return NotSeen()
    if pull.merged_at is not None:
        return PullSeen("merged", pull.draft, "none", "none", pull.merge_commit_sha)
    if pull.state != "open":
        gone = not await github.has_branch(order.branch)
        return PullSeen("closed", pull.draft, "none", "none", branch_gone=gone)
    return await open_pull(github, pull)


async def open_pull(github: GitHub, pull: PullRequest) -> PullSeen:
    """An open pull request with what people and checks say of it."""
    checks = checks_of(await github.runs_on(pull.head.sha))
    return PullSeen("open", pull.draft, checks, verdict_of(await github.reviews(pull.number)))


def checks_of(runs: Iterable[Run]) -> Checks:
    """What the workflow runs on a commit amount to; of each workflow its newest run counts, of our own none."""
    newest = {run.path: run for run in sorted(runs, key=lambda run: run.id) if not run.is_of(WORKFLOW)}
    if not newest:
        return "none"
    if any(run.status != "completed" for run in newest.values()):
        return "running"
    return "passed" if all(run.conclusion in GOOD for run in newest.values()) else "failed"


def verdict_of(reviews: Iterable[Review]) -> Verdict:
    """What the reviewers say: of each, the last word that is a verdict (or its dismissal)."""
    last = {each.user.login: each.state for each in reviews if each.state != "COMMENTED"}
    if "CHANGES_REQUESTED" in last.values():
        return "changes requested"
    return "approved" if "APPROVED" in last.values() else "none"
