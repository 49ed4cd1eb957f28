"""A fix that is taken back: proved by git, which holds the earlier state of its files, and by that state's suite."""

import tempfile
from hashlib import sha256
from pathlib import Path

from bot.records.proposal import Proof
from bot.repair.git import GitFailed, git
from bot.repair.proof.case import Case
from bot.repair.proof.evidence import read_told
from bot.repair.proof.project import Suite, read_project
from bot.repair.proof.prover import prove
from bot.repair.proof.results import Results
from bot.repair.proof.suite_green import commanded, is_green
from bot.repair.proof.trees import Trees, texts_of

UNSHOWN = "That nothing else is wrong is not shown: what broke before the fix breaks again."


def prove_revert(repo: Path, diff: bytes, merge: str, tests: Suite) -> Proof:
    """The proof level of a diff that is to take a merge back: 2 when it does exactly that and the suite is green then.

    The fix's own tests go with it, so that no test can show more. Anything but the exact earlier state of all the
    merge's files is proved as any other patch is.
    """
    with tempfile.TemporaryDirectory(prefix="suture-proof-") as folder:
        trees = Trees(Path(folder).resolve())
        try:
            trees.check_out(repo)
            trees.apply(diff)
            names = taken_back(repo, merge, trees.patched)
        except GitFailed as error:
            return Proof(level=0, reasons=(f"The diff does not apply: {error}",), diff_sha256=sha256(diff).hexdigest())
        if names is None:
            other = prove(repo, diff, tests)
            why = f"It is not the exact state before {merge[:12]}: it is proved as any other patch."
            return other.model_copy(update={"reasons": (why, *other.reasons)})
        return of_earlier_state(trees, names, merge, tests).model_copy(update={"diff_sha256": sha256(diff).hexdigest()})


def taken_back(repo: Path, merge: str, patched: Path) -> list[str] | None:
    """The merge's files when all are as before and nothing else is touched; None otherwise. Raises GitFailed."""
    try:
        git(repo, "merge-base", "--is-ancestor", merge, "HEAD")
        changed = git(repo, "diff", "--no-renames", "--name-only", "-z", f"{merge}^1", merge)
    except GitFailed:
        return None
    touched = git(patched, "diff", "--cached", "--no-renames", "--name-only", "-z", "HEAD")
    names = sorted(name for name in changed.split("\0") if name)
    if not names or names != sorted(name for name in touched.split("\0") if name):
        return None
    before = git(repo, "ls-tree", "-r", "-z", "--full-tree", f"{merge}^1", "--", *names)
    after = git(patched, "ls-tree", "-r", "-z", "--full-tree", git(patched, "write-tree"), "--", *names)
    return names if before == after else None


def of_earlier_state(trees: Trees, names: list[str], merge: str, tests: Suite) -> Proof:
    """What the suite of the earlier state says of it."""
    exact = f"It is exactly the state before {merge[:12]} of the {len(names)} file(s) that this commit changed."
    try:
        project = read_project(trees.patched, texts_of(trees.patched), tests)
    except ValueError as error:
        why = f"The test command {tests.command!r} cannot be read ({error}): mend AUTOFIX_TEST_COMMAND."
        return Proof(level=1, reasons=(exact, why))
    case = Case(trees, project, [], tests, read_told(""), reasons=[exact])
    case.facts["command"] = tests.command
    if project.command:
        level = commanded(case)
    else:
        run = case.run(trees.patched)
        level = 2 if is_green(case, run, Results(run.ran, ended=True)) else 1
    level = min(level, case.cap)
    flags = sorted(set(case.flags))
    reasons = (*case.reasons, *(flag.reason for flag in flags), UNSHOWN)
    return Proof(level=level, reasons=reasons, tests=case.facts, flags=tuple(map(str, flags)))
