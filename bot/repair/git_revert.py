"""A merge undone by git in a working tree, with the report that stands in for an agent's."""

from pathlib import Path

from bot.records.proposal import Report
from bot.repair.git import GitFailed, git
from bot.repair.publication import AUTHOR


def take_back(repo: Path, merge: str, incident_id: str) -> Report:
    """Undo a merge in the working tree of `repo`, without a commit; what was done, or why it cannot be done."""
    try:
        parents = git(repo, "rev-list", "--parents", "--max-count=1", merge, "--").split()[1:]
        mainline = ["-m", "1"] if len(parents) > 1 else []
        git(repo, "revert", "--no-commit", *mainline, merge, extra=AUTHOR)
    except GitFailed as error:
        git(repo, "reset", "--quiet", "--hard", "HEAD")
        return told(merge, incident_id, no_fix=f"The fix cannot be taken back by git alone: {error}")
    return told(merge, incident_id)


def told(merge: str, incident_id: str, no_fix: str | None = None) -> Report:
    """The report of a revert, in the form that an agent's has."""
    return Report(
        diagnosis=f"The fix of {incident_id} was merged as {merge} and did not hold.",
        root_cause=f"Commit {merge[:12]} did not end the fault, or brought another one.",
        files_examined=(),
        fix=f"git revert of {merge}; no model was asked.",
        regression_test="",
        no_test_reason="It takes back what the fix brought, its test among that.",
        branch_name=f"revert-{merge[:12]}",
        pr_title=f"Revert the fix of {incident_id} ({merge[:12]})",
        pr_body=f"The fault came back after {merge} was live. This takes that commit back, exactly as git undoes it.",
        risk="What broke before the fix breaks again, as it did.",
        confidence="high",
        no_fix_reason=no_fix,
    )
