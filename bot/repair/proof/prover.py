"""How far a diff holds, from 0 (it does not apply) to 4 (nothing more could be asked of it)."""

import hashlib
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from bot.records.proposal import Proof
from bot.repair.proof.case import Case, at_once, file_of
from bot.repair.proof.churn import churn
from bot.repair.proof.evidence import read_told
from bot.repair.proof.flags import Flag
from bot.repair.proof.masking import masked
from bot.repair.proof.overfit import overfit
from bot.repair.proof.project import Suite, read_project
from bot.repair.proof.regression import base_with_tests, failing_before
from bot.repair.proof.results import Results
from bot.repair.proof.signs import signs
from bot.repair.proof.suite_green import commanded, is_green
from bot.repair.proof.trees import GitFailed, Trees, texts_of
from bot.repair.proof.weakening import weakened
from bot.repair.proof.whereabouts import whereabouts
from bot.repair.protected_paths import refusals

RUNS = 5

"""How often the tests must agree: the two of level 2 and 3 count as one, four are run on top."""


def prove(repo: Path, diff: bytes, tests: Suite, incident: str = "") -> Proof:
    """The proof level of `diff` on the commit that is checked out in `repo`; `repo` itself is not changed.

    `incident`: the words of the incident that the diff is for, its trace among them, if there is one.
    """
    digest = hashlib.sha256(diff).hexdigest()
    if not diff.strip():
        return Proof(level=0, reasons=("There is no diff.",), diff_sha256=digest)
    if refused := refusals(diff):
        return Proof(level=0, reasons=tuple(refused), diff_sha256=digest)
    with tempfile.TemporaryDirectory(prefix="suture-proof-") as folder:
        trees = Trees(Path(folder).resolve())
        try:
            trees.check_out(repo)
            changes = trees.apply(diff)
        except GitFailed as error:
            return Proof(level=0, reasons=(f"The diff does not apply: {error}",), diff_sha256=digest)
        texts = texts_of(trees.base)
        try:
            project = read_project(trees.base, texts, tests)
        except ValueError as error:
            why = f"The test command {tests.command!r} cannot be read ({error}): mend AUTOFIX_TEST_COMMAND."
            return Proof(level=1, reasons=("The diff applies.", why), diff_sha256=digest)
        case = Case(trees, project, changes, tests, read_told(incident), reasons=["The diff applies."])
        case.facts["command"] = tests.command
        case.flags += [*signs(changes, trees, project, texts), *weakened(changes, project), *masked(changes, project)]
        case.flags += whereabouts(changes, project, texts)
        level = min(climb(case), case.cap)
    flags = sorted(set(case.flags))
    reasons = (*case.reasons, *(flag.reason for flag in flags))
    return Proof(level=level, reasons=reasons, tests=case.facts, flags=tuple(map(str, flags)), diff_sha256=digest)


def climb(case: Case) -> int:
    """The level that the runs give; no further than what was found allows."""
    if case.project.command:
        return commanded(case)
    old, new, before = first_runs(case)
    if not is_green(case, old, new):
        return 1
    if not case.touched:
        case.reasons.append("The diff brings no test: that the fault is mended is not shown.")
        return 2
    if case.cap < 2 or (reached := failing_before(case, old, new, before)) is None:
        return 2
    if case.cap == 4:
        case.flags += churn(case.changes, case.project, reached)
    case.flags += overfit(case.changes, case.project, case.told.text, partial(tried, case))
    if case.cap == 4:
        case.flags += stability(case, old, new)
    if case.cap == 4:
        case.reasons.append(f"No test is weakened, nothing unrelated is touched, and {RUNS} runs agree.")
    return 4


def first_runs(case: Case) -> tuple[Results, Results, Results]:
    """All tests as they were on the diff's code; those that the diff touches as they are now, on it and on the base."""
    names = [each.name for each in case.changes if case.project.is_about_tests(each.name)]
    plain = case.trees.mix("plain", case.trees.patched, case.trees.base, names) if names else case.trees.patched
    if not case.touched:
        old = case.run(plain)
        return old, Results(old.ran, ended=True), Results(old.ran, ended=True)
    trees = [case.trees.patched, base_with_tests(case)]
    touched = [partial(case.run, tree, case.touched, trace=case.touched) for tree in trees]
    old, new, before = at_once([partial(case.run, plain), *touched])
    return old, new, before


def tried(case: Case, files: Mapping[str, str]) -> tuple[Results, Results]:
    """What rewritten tests see on the code before and after the diff."""
    for tree in ("mixed", "patched"):
        ground = case.trees.folder / tree
        again = case.trees.mix(f"{tree}-neighbours", ground, ground, ())
        for name, text in files.items():
            (again / name).write_text(text, encoding="utf-8")
    trees = [case.trees.folder / f"{tree}-neighbours" for tree in ("mixed", "patched")]
    before, after = at_once([partial(case.run, tree, list(files)) for tree in trees])
    return before, after


def stability(case: Case, old: Results, new: Results) -> list[Flag]:
    """What more runs of everything, in other orders and with other hashes, say otherwise."""
    runs = at_once([partial(case.run, case.trees.patched, order=order) for order in range(1, RUNS)])
    expected = {
        **{k: v for k, v in old.outcomes.items() if file_of(k) not in {each.name for each in case.changes}},
        **new.outcomes,
    }
    case.facts["runs"] = RUNS
    found: list[Flag] = []
    for run in runs:
        if not run.ended or not run.believable or run.unread:
            found.append(Flag(3, "flaky", "the suite", f"a run broke off (exit {run.ran.code})"))
        found += [Flag(3, "flaky", each, f"{was} in one run, {run.outcomes.get(each, 'nothing')} in another")
                  for each, was in expected.items() if run.outcomes.get(each) != was]  # fmt: skip
    return list(dict.fromkeys(found))
