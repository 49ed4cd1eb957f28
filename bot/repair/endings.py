"""How an order ended, each way in a headline of its own, and who is asked for what while it goes on."""

from bot.agents import run_failures
from bot.records.work_order import NEXT, Status, WorkOrder
from bot.repair import following, verification
from bot.repair.attempts import ABLE
from bot.repair.rules import Rules

BASE_MOVED = (
    "The default branch has changed in the same place, so this patch would conflict. "
    "Propose again makes one for today's code."
)
HEADLINES: dict[Status, str] = {
    "staged": "📦 Staged: nothing was sent",
    "dispatched": "📨 A patch is asked for",
    "proposing": "🧠 The coding agent is at work",
    "awaiting_approval": "🙋 A patch waits for an admin",
    "publishing": "🚀 Approved: publishing the draft pull request",
    "pr_open": "✅ Draft pull request open",
    "merged": "🔀 Merged",
    "deploying": "🚢 Deploying: an older build still runs too",
    "verifying": "🔬 Live: watching whether the fault stays away",
    "verified": "🏁 Verified: live, and the fault stayed away",
    "no_fix": "🤷 No fix was found",
    "rejected": "🚫 Rejected: nothing was pushed",
    "expired": "⌛ Given up: its time ran out",
    "failed": "❌ Failed",
    "regressed": "🔁 The fault is back: the incident is open again",
    "cancelled": "🛑 Cancelled",
}
"""What a status is called; an end of several ways has its own words below."""
ENDS: dict[tuple[Status, Status], str] = {
    ("dispatched", "failed"): "❌ The coding agent did not accept it",
    ("proposing", "failed"): "❌ The workflow failed before there was a patch",
    ("publishing", "failed"): "❌ Publishing failed",
    ("pr_open", "rejected"): "🚪 The pull request was closed on GitHub",
    ("pr_open", "expired"): "⌛ Nobody merged the pull request in time",
    ("merged", "expired"): "⌛ No build with the fix ran in time",
    ("deploying", "expired"): "⌛ No build with the fix ran in time",
    ("verifying", "expired"): "⌛ Live, but too little traffic to tell whether it holds",
}
"""(The status before, the end) → its headline."""
UNSENT = "⏳ A patch is asked for, and nothing was sent yet"
SPOKEN_ENDS = {
    BASE_MOVED: "❌ Not published: the default branch moved on",
    run_failures.PRUNED: "🧹 Pruned: GitHub had deleted the patch before it was fetched",
    verification.TAKEN_BACK: "⏪ Taken back: the fault is open, as it was before the fix",
    following.PRUNED: "🧹 Pruned: the pull request's branch is gone, unmerged",
}
"""What an end's reason says → its headline, whichever way led there."""
WORTH_ANOTHER: frozenset[Status] = frozenset({"no_fix", "failed", "expired", "regressed"})
"""Ends that no person decided: there another attempt is offered."""


def status_before(order: WorkOrder) -> Status:
    """The status that the order had before this one."""
    return order.history[-2][0] if len(order.history) > 1 else order.status


def headline(order: WorkOrder) -> str:
    """Where the order is, or how it ended."""
    if order.status == "dispatched" and order.sent_at is None and order.retry_at:
        return UNSENT
    if order.status in ("failed", "expired", "regressed"):
        for words, told in SPOKEN_ENDS.items():
            if words in (order.reason or ""):
                return told
    return ENDS.get((status_before(order), order.status), HEADLINES[order.status])


def asked_now(order: WorkOrder, rules: Rules) -> str | None:
    """Who is asked for what now, in Discord's notation for people; None when nobody is."""
    if order.status == "awaiting_approval":
        barred = rules.bars(order)
        whom = f"any admin but <@{barred}>" if barred else "any admin"
        below = order.proof_level is not None and order.proof_level < rules.min_proof
        insist = f" Its proof is below level {rules.min_proof}: that takes “Approve anyway…”." if below else ""
        return f"{whom}: press **Review**, read the diff, then Approve or Reject.{insist}"
    if order.status in WORTH_ANOTHER and not NEXT[order.status]:
        of_revert = " For this revert, that tries the revert again." if order.reverts and not order.merge_sha else ""
        return f"any admin, if it is worth another attempt: press **Propose again**.{of_revert}{by_hand(order)}"
    sentences: dict[Status, str] = {
        "staged": "any admin who wants a patch for it: press **Propose a patch**.",
        "pr_open": "whoever reviews on GitHub: read it, mark it ready, merge it.",
        "merged": f"whoever deploys: deploy `{(order.merge_sha or 'the default branch')[:12]}`.",
    }
    return sentences.get(order.status)


def by_hand(order: WorkOrder) -> str:
    """What only a person can do about a fix that did not hold, where its agent makes no reverts."""
    if order.status != "regressed" or order.agent in ABLE or not order.merge_sha or order.reverts:
        return ""
    return f" The agent {order.agent} makes no reverts: run `git revert {order.merge_sha[:12]}` yourself."
