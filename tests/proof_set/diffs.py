"""Diffs made by git, and ways to spoil them."""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.proof_set.model import Case, Tree, edited

IDENTITY = {
    "GIT_AUTHOR_NAME": "Set",
    "GIT_AUTHOR_EMAIL": "set@example.invalid",
    "GIT_AUTHOR_DATE": "2024-05-01T12:00:00+00:00",
    "GIT_COMMITTER_NAME": "Set",
    "GIT_COMMITTER_EMAIL": "set@example.invalid",
    "GIT_COMMITTER_DATE": "2024-05-01T12:00:00+00:00",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


def git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """What git says; its exit code is the caller's to judge."""
    return subprocess.run(
        ["git", *arguments], cwd=folder, env={**os.environ, **IDENTITY}, capture_output=True, check=False, timeout=60
    )


def write_tree(folder: Path, tree: Tree) -> None:
    """Make the folder's files those of the tree; what git keeps is left alone."""
    for old in [path for path in folder.rglob("*") if path.is_file() and ".git" not in path.relative_to(folder).parts]:
        old.unlink()
    for name, text in tree.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def make_repository(folder: Path, tree: Tree) -> Path:
    """A repository with one commit of the tree."""
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    write_tree(folder, tree)
    git(folder, "add", "-A", "-f")
    git(folder, "commit", "-q", "-m", "Base")
    return folder


def diff_of(case: Case, scratch: Path) -> bytes:
    """The case's diff as git makes it, then spoiled as the case says."""
    base = edited(case.bug.files, case.drift)
    folder = make_repository(scratch, base)
    write_tree(folder, edited(case.bug.files, case.edits))
    git(folder, "add", "-A", "-f")
    made = git(folder, "diff", "--cached", "--no-color", "HEAD").stdout
    return case.spoil(made.decode()).encode()


def for_missing_file(diff: str) -> str:
    """The diff of a file that is not there, beside the diff itself."""
    name = "gone/away.py"
    return (
        f"diff --git a/{name} b/{name}\n--- a/{name}\n+++ b/{name}\n@@ -1,2 +1,2 @@\n import os\n-x = 1\n+x = 2\n{diff}"
    )


def cut_in_a_hunk(diff: str) -> str:
    """The diff without its last three lines, inside of a hunk."""
    return "".join(diff.splitlines(keepends=True)[:-3])


def prose(_: str) -> str:
    """What a model says instead of a diff."""
    return "I changed the function so that it handles the input:\n\n```python\nreturn value\n```\nAll tests pass.\n"


def with_carriage_returns(diff: str) -> str:
    """The diff after a trip through an editor that ends lines with CR LF."""
    return diff.replace("\n", "\r\n")


def with_wrong_counts(diff: str) -> str:
    """Hunk headers that promise three lines more than there are."""
    return re.sub(r"^@@ -(\d+),(\d+)", lambda found: f"@@ -{found[1]},{int(found[2]) + 3}", diff, flags=re.MULTILINE)


def without_margin(diff: str) -> str:
    """Context lines without the blank in front, as pasted text loses it."""
    return re.sub(r"^ (?=\S)", "", diff, flags=re.MULTILINE)


def with_ellipsis(diff: str) -> str:
    """The first hunk's first line replaced by three dots, as models abbreviate."""
    return re.sub(r"^(@@[^\n]*\n)[^\n]*\n", r"\1...\n", diff, count=1, flags=re.MULTILINE)


CORRUPTIONS: tuple[Callable[[str], str], ...] = (
    cut_in_a_hunk,
    prose,
    with_carriage_returns,
    with_wrong_counts,
    without_margin,
    with_ellipsis,
)
