"""Does a patch take a recent fix back? Told by comparing its lines with those of the fixes that went before."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.records.diff import DiffMalformed, FileDiff, read_diff
from bot.records.store import RecordMissing, Store
from bot.records.work_order import AFTER_MERGE, Status
from bot.repair.git import GitFailed, git

RECENT = 20
"""How many fixes back a patch is compared with."""
PUBLISHED: frozenset[Status] = frozenset(
    {*AFTER_MERGE, "pr_open", "verified", "regressed", "rejected", "expired", "cancelled"}
)
"""The statuses that an order can have after its pull request was opened."""
TRAILER = "Suture-Incident"
SAYING = re.compile(rb"[^\W_]")


@dataclass(frozen=True)
class Fix:
    """A fix that was made before: the incident that it mended, and its diff."""

    incident_id: str
    diff: bytes


def undone(diff: bytes, recent: Sequence[Fix]) -> list[str]:
    """A sentence for each recent fix that this diff takes back, wholly or in the half of one file."""
    files = read_diff(diff)
    removed = telling(line for file in files for line in file.removed)
    added = telling(line for file in files for line in file.added)
    gone, back = removed - added, added - removed  # a line that only moved is neither
    return [
        f"The patch takes back lines of the fix for {fix.incident_id}."
        for fix in recent
        if fix.diff != diff and any(takes_back(gone, back, file) for file in files_of(fix))
    ]


def others(fixes: Iterable[Fix], asked_back: str | None) -> list[Fix]:
    """The fixes but for those of the incident whose fix somebody asked to be taken back."""
    return [fix for fix in fixes if fix.incident_id != asked_back]


def takes_back(gone: Counter[bytes], back: Counter[bytes], fixed: FileDiff) -> bool:
    """Are lines that the fix brought gone and lines that it removed back, or half of all that it did reversed?"""
    brought, took = telling(fixed.added), telling(fixed.removed)
    brought, took = brought - took, took - brought
    lost, returned = (gone & brought).total(), (back & took).total()
    whole = (brought or took).total()
    half = lost if brought else returned
    return bool(lost and returned) or (whole > 0 and 2 * half >= whole)


def telling(lines: Iterable[bytes]) -> Counter[bytes]:
    """How often each line that says something (four letters or digits) stands there, indentation aside."""
    return Counter(line.strip() for line in lines if len(SAYING.findall(line)) > 3)


def files_of(fix: Fix) -> list[FileDiff]:
    """The files of an earlier fix; none when its diff is not in a form that is read here."""
    try:
        return read_diff(fix.diff)
    except DiffMalformed:
        return []


async def published_fixes(store: Store) -> list[Fix]:
    """The newest fixes that were published from this store. Raises StoreUnavailable."""
    orders = [order for order in await store.orders.newest(statuses=PUBLISHED) if order.pr_url]
    found = []
    for order in orders[:RECENT]:
        try:
            found.append(Fix(order.incident_id, (await store.proposals.get(order.id)).diff))
        except RecordMissing:
            continue  # a pull request that came with no proposal of ours
    return found


def committed_fixes(repo: Path, base: str) -> list[Fix]:
    """The newest fixes in the history of `base`, known by their trailer. Raises GitFailed."""
    form = f"--format=%H %(trailers:key={TRAILER},valueonly,separator=%x20)"
    told = git(repo, "log", f"--max-count={RECENT}", f"--grep=^{TRAILER}: inc_", form, base)
    return [fix for line in told.splitlines() if (fix := fix_of(repo, *line.split(" ", 1)))]


def fix_of(repo: Path, commit: str, trailer: str = "") -> Fix | None:
    """What a commit changed against its first parent; None where that parent is not in this checkout."""
    try:
        shown = git(repo, "diff", "--no-ext-diff", "--no-textconv", "--no-color", f"{commit}^1", commit)
    except GitFailed:
        return None
    return Fix(trailer.split(" ", maxsplit=1)[0] or commit[:12], f"{shown}\n".encode())
