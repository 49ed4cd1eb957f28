"""A published order while its pull request is open: checks, reviews, its merge or its end."""

from datetime import datetime, timedelta

from bot.agents.agent import PullSeen, Sighting
from bot.records.work_order import WorkOrder, advance

CHECKS_PATIENCE = timedelta(minutes=5)
"""How long after the pull request was opened its checks may take to begin."""
NO_CHECKS = (
    "CI did not start on this pull request: GitHub starts no workflow for one that Actions opened with its own token. "
    "Close and reopen it by hand, push a commit to its branch, or let the publish job use a GitHub App's token."
)
CLOSED = "The pull request was closed on GitHub without being merged."
PRUNED = (
    "The pull request's branch is gone, and with it the pull request was closed unmerged: a clean-up pruned it, or "
    "somebody deleted it."
)
CHECKS = {
    "none": "no checks yet",
    "running": "checks are running",
    "passed": "checks passed",
    "failed": "checks failed",
}
REVIEWS = {
    "none": "no review yet",
    "approved": "approved by a reviewer",
    "changes requested": "a reviewer asks for changes",
}


def followed(order: WorkOrder, seen: Sighting, now: datetime, longest: timedelta) -> WorkOrder:
    """The order after a look at its pull request; the same one when there is nothing new."""
    if isinstance(seen, PullSeen) and seen.state == "merged":
        return advance(order, "merged", now, merge_sha=seen.merge_sha)
    if isinstance(seen, PullSeen) and seen.branch_gone:
        return advance(order, "expired", now, PRUNED)
    if isinstance(seen, PullSeen) and seen.state == "closed":
        return advance(order, "rejected", now, CLOSED)
    since = now - order.history[-1][1]
    if since >= longest:
        return not_merged(order, now, longest)
    if not isinstance(seen, PullSeen):
        return order
    reason = NO_CHECKS if seen.checks == "none" and since >= CHECKS_PATIENCE else None
    state = "draft" if seen.draft else "ready"
    progress = f"pull request: {state} · {CHECKS[seen.checks]} · {REVIEWS[seen.review]}"
    return order.evolve(progress=progress, reason=reason, retry_at=None)


def not_merged(order: WorkOrder, now: datetime, longest: timedelta) -> WorkOrder:
    """The order given up, since nobody merged its pull request in time."""
    reason = (
        f"Nobody merged the pull request within {longest.days} days, so the bot stopped following it. It is still "
        "open: merge or close it on GitHub, or ask for another patch with /debug_retry."
    )
    return advance(order, "expired", now, reason)
