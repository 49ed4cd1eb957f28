"""The patch policy: what no patch may touch, whoever approves it, and what is told before anybody approves it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.records.diff import DiffMalformed, FileDiff, read_diff
from bot.records.proposal import MAX_DIFF_BYTES, Proof
from bot.repair.file_names import compared, is_seen
from bot.repair.guarded_paths import RULES, one_of
from bot.repair.undone_fix import Fix, undone

MAX_FILES = 100
FLAGGED_LEVEL = 1
"""The highest proof level of a flagged patch: the tests that speak for it may be the very ones that it weakens."""
SHOWN_NAMES = 3
FORBIDDEN = (
    (re.compile(r"(?:^|/)\.git[^/]*(?:/|$)"), "git's and GitHub's own files"),
    (re.compile(r"(?:^|/)\.{1,2}(?:/|$)|^/|//|^[a-z]:"), "a path outside the repository"),
    (
        re.compile(
            r"(?:^|/)(?:[^/]+\.lock|[^/]+\.lockb|package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.ya?ml|go\.sum"
            r"|packages\.lock\.json|gradle\.lockfile)$"
        ),
        "a lock file",
    ),
    (
        re.compile(
            r"^(?:[ab]/)?\.ci/|(?:^|/)\.(?:circleci|buildkite|woodpecker|drone|devcontainer)(?:/|$)"
            r"|(?:^|/)(?:dockerfile|containerfile)(?:\.[^/]*)?$|(?:^|/)[^/]*\.dockerfile$|(?:^|/)\.dockerignore$"
            r"|(?:^|/)(?:docker-)?compose(?:\.[^/]*)?\.ya?ml$|(?:^|/)(?:procfile|jenkinsfile|railway\.(?:json|toml)|fly\.toml"
            r"|nixpacks\.toml|render\.ya?ml|heroku\.yml|app\.json|vercel\.json|netlify\.toml|serverless\.ya?ml"
            r"|cloudbuild\.ya?ml|azure-pipelines\.ya?ml|bitbucket-pipelines\.ya?ml|\.travis\.ya?ml|\.drone\.ya?ml)$"
            r"|(?:^|/)\.env(?:\.(?!example$|sample$|template$)[^/]*)?$|(?:^|/)\.envrc$"
        ),
        "a file of the deployment",
    ),
)


@dataclass(frozen=True)
class Policy:
    """What the policy says of one diff: why it is refused, and what must be told before it is approved."""

    refusals: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()

    def level(self, proved: int) -> int:
        """The proof level that counts: a flagged patch stands at most at 1, a refused one at 0."""
        return 0 if self.refusals else min(proved, FLAGGED_LEVEL) if self.flags else proved


def counted(proof: Proof, policy: Policy) -> Proof:
    """The proof as it counts: with the policy's flags beside those that it came with, and at most at their level."""
    flags = tuple(dict.fromkeys((*policy.flags, *proof.policy_flags)))
    return proof.model_copy(update={"policy_flags": flags, "level": Policy(policy.refusals, flags).level(proof.level)})


def policy_of(diff: bytes, *, guarded: Sequence[str] = (), recent: Sequence[Fix] = ()) -> Policy:
    """The policy's word on a diff; `guarded` are a project's own globs, `recent` the fixes that it might undo."""
    if refused := refusals(diff):
        return Policy(tuple(refused))
    return Policy((), (*flags_of(read_diff(diff), guarded), *undone(diff, recent)))


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
    names = [form for name in file.seen for form in (name.casefold(), compared(name))]
    found = [what for pattern, what in FORBIDDEN if any(pattern.search(name) for name in names)]
    if not all(is_seen(name) for name in file.seen):
        found.append("a file whose name holds characters that cannot be seen")
    return [*found, file.unusual] if file.unusual else found


def flags_of(files: Sequence[FileDiff], guarded: Sequence[str] = ()) -> list[str]:
    """What a person must be told of the files that a patch touches, a sentence for each kind."""
    own = (("a file that this project guards", one_of(guarded)),) if guarded else ()
    sentences = []
    for what, fits in (*RULES, *own):
        hit = list(dict.fromkeys(file.name for file in files if any(fits(compared(name)) for name in file.seen)))
        if hit:
            more = f" and {len(hit) - SHOWN_NAMES} more" if len(hit) > SHOWN_NAMES else ""
            sentences.append(f"The patch touches {what}: {', '.join(hit[:SHOWN_NAMES])}{more}.")
    return sentences
