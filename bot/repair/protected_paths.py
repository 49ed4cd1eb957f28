"""Which files a patch may not touch, whoever approves it."""

import re

from bot.records.proposal import MAX_DIFF_BYTES

MAX_FILES = 100
PATHS = re.compile(
    rb"^(?:diff --git (.+)|(?:---|\+\+\+) (.+)|rename (?:from|to) (.+)|copy (?:from|to) (.+))$", re.MULTILINE
)
FORBIDDEN = (
    (
        re.compile(rb"(?:^|[\s/\"])\.git(?:hub|modules|attributes|ignore)?(?:/|[\s\"]|$)"),
        "git's and GitHub's own files",
    ),
    (re.compile(rb"(?:^|/)\.\.(?:/|$)"), "a path outside the repository"),
)
STRANGE = (
    (
        re.compile(rb"^(?:new file mode|new mode|index [0-9a-f.]+) (?:120000|160000)$", re.MULTILINE),
        "a symlink or submodule",
    ),
    (re.compile(rb"^(?:GIT binary patch|Binary files )", re.MULTILINE), "a binary file"),
    (re.compile(rb"^old mode ", re.MULTILINE), "a file's mode"),
)


def refusals(diff: bytes) -> list[str]:
    """Why this diff may not be published, a sentence each; empty when it may."""
    headers = b"\n".join(b" ".join(part for part in match if part) for match in PATHS.findall(diff))
    found = [what for pattern, what in FORBIDDEN if pattern.search(headers)]
    found += [what for pattern, what in STRANGE if pattern.search(diff)]
    sentences = [f"The patch touches {what}, which no patch may." for what in found]
    if len(diff) > MAX_DIFF_BYTES:
        sentences.append(f"The patch is larger than {MAX_DIFF_BYTES >> 10} KiB.")
    if diff.count(b"\ndiff --git ") + diff.startswith(b"diff --git ") > MAX_FILES:
        sentences.append(f"The patch touches more than {MAX_FILES} files.")
    return sentences
