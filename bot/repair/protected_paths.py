"""Which files a patch may not touch, whoever approves it."""

import re

from bot.records.diff import DiffMalformed, FileDiff, read_diff
from bot.records.proposal import MAX_DIFF_BYTES

MAX_FILES = 100
FORBIDDEN = (
    (re.compile(r"(?:^|/)\.git[^/]*(?:/|$)"), "git's and GitHub's own files"),
    (re.compile(r"(?:^|/)\.\.?(?:/|$)|^/|//"), "a path outside the repository"),
    (re.compile(r"(?:^|/)(?:[^/]+\.lock|package-lock\.json|pnpm-lock\.yaml)$"), "a lock file"),
    (
        re.compile(r"^(?:[ab]/)?\.ci/|(?:^|/)(?:dockerfile|procfile|railway\.(?:json|toml)|fly\.toml|\.env)$"),
        "a file of the deployment",
    ),
)


def refusals(diff: bytes) -> list[str]:
    """Why this diff may not be published, a sentence each; empty when it may."""
    if len(diff) > MAX_DIFF_BYTES:
        return [f"The patch is larger than {MAX_DIFF_BYTES >> 10} KiB."]
    try:
        files = read_diff(diff)
    except DiffMalformed as error:
        return [f"The patch cannot be read safely: {error}."]
    touched = dict.fromkeys(what for file in files for what in untouchable(file))
    sentences = [f"The patch touches {what}, which no patch may." for what in touched]
    if len(files) > MAX_FILES:
        sentences.append(f"The patch touches more than {MAX_FILES} files.")
    return sentences


def untouchable(file: FileDiff) -> list[str]:
    """What of this file's part no patch may touch."""
    names = [name.casefold() for name in file.seen]
    found = [what for pattern, what in FORBIDDEN if any(pattern.search(name) for name in names)]
    return [*found, file.unusual] if file.unusual else found
