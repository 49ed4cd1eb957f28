"""How far a diff holds, from 0 (it does not apply) to 4 (nothing more could be asked of it)."""

import hashlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from bot.records.proposal import Proof
from bot.repair.proof.evidence import Told, read_told, right_reason
from bot.repair.proof.flags import Flag
from bot.repair.proof.overfit import overfit
from bot.repair.proof.project import Project, Suite, read_project
from bot.repair.proof.results import Results, read_results
from bot.repair.proof.runs import Asked, room_with, run_command, run_pytest
from bot.repair.proof.signs import signs
from bot.repair.proof.source_review import Reached, churn, masked
from bot.repair.proof.syntax import by_name, form, grafted, parse
from bot.repair.proof.trees import Change, GitFailed, Trees, texts_of
from bot.repair.proof.weakening import weakened
from bot.repair.protected_paths import refusals

RUNS = 5
"""How often the tests must agree: the two of level 2 and 3 count as one, four are run on top."""
KEEP_OUTPUT = 1500
"""Characters of the tests' output that a failure quotes, from its end."""
SHOWN = 8
"""Failures that are told one by one."""


@dataclass
class Case:
    """One diff on trial: what is known of it, and what was found so far."""

    trees: Trees
    project: Project
    changes: list[Change]
    suite: Suite
    told: Told
    flags: list[Flag] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    facts: dict[str, int | str] = field(default_factory=dict)

    @property
    def cap(self) -> int:
        """The highest level that what was found allows."""
        return min([4, *(flag.cap for flag in self.flags)])

    @property
    def touched(self) -> list[str]:
        """Test files that the diff adds or changes."""
        found = [each for each in self.changes if each.after is not None and self.holds_tests(each)]
        return [each.name for each in found]

    def holds_tests(self, change: Change) -> bool:
        """Does a file hold tests: by its name, or in its docstrings where those count?"""
        return self.project.is_test(change.name) or (self.project.doctests and ">>> " in f"{change.before}{change.after}")

    def run(self, tree: Path, only: Sequence[str] | None = None, order: int = 0, trace: Sequence[str] = ()) -> Results:
        """One run of pytest in a fresh room: of everything, or of some files."""
        paths = self.project.paths if only is None else tuple(only)
        asked = Asked((*self.project.args, *(["--doctest-modules"] if self.project.doctests and only else []), *paths),
                      self.suite.seconds, trace=tuple(trace), order=order)  # fmt: skip
        with room_with(tree) as room:
            return read_results(run_pytest(room, asked))


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
        level = min(climb(case), case.cap)
    flags = sorted(set(case.flags))
    reasons = (*case.reasons, *(flag.reason for flag in flags))
    return Proof(level=level, reasons=reasons, tests=case.facts, flags=tuple(map(str, flags)), diff_sha256=digest)


def climb(case: Case) -> int:
    """The level that the runs give; no further than what was found allows."""
    if case.project.command:
        return commanded(case)
    base_files = [each.name for each in case.changes if case.project.is_about_tests(each.name)]
    plain = case.trees.mix("plain", case.trees.patched, case.trees.base, base_files) if base_files else case.trees.patched
    jobs = [lambda: case.run(plain)]
    if case.touched:
        jobs.append(lambda: case.run(case.trees.patched, case.touched, trace=case.touched))
    old, *rest = at_once(jobs)
    new = rest[0] if rest else Results(old.ran, ended=True)
    if not is_green(case, old, new):
        return 1
    if case.cap < 2 or not (evidence := case.touched and failing_before(case, new)):
        if not case.touched:
            case.reasons.append("The diff brings no test: that the fault is mended is not shown.")
        return 2
    if case.cap == 4:
        case.flags += churn(case.changes, case.project, evidence)
    case.flags += overfit(case.changes, case.project, texts_of(case.trees.base), case.told.text, lambda files: tried(case, files))
    if case.cap == 4:
        case.flags += stability(case, old, new)
    if case.cap == 4:
        case.reasons.append(f"No test is weakened, nothing unrelated is touched, and {RUNS} runs agree.")
    return 4


def at_once(jobs: Sequence[object]) -> list[Results]:
    """The results of runs that may go on side by side, as many as there are processors, two at most."""
    with ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        return [each.result() for each in [pool.submit(job) for job in jobs]]  # type: ignore[arg-type]


def commanded(case: Case) -> int:
    """The level that a command's exit code gives, which is all that can be seen of it."""
    with room_with(case.trees.patched) as room:
        ran = run_command(room, case.project.command, case.suite.seconds)
    case.facts |= {"summary": last_line(ran.output), "isolation": ran.held}
    if ran.code is None:
        case.reasons.append(f"The tests did not end within {case.suite.seconds:.0f} s.")
        return 1
    case.facts["exit_code"] = ran.code
    if ran.code:
        case.reasons.append(f"The tests fail with it (exit {ran.code}): …{ran.output[-KEEP_OUTPUT:]}")
        return 1
    case.reasons.append(f"The project's tests pass with it, by their exit code alone: {last_line(ran.output)}")
    return 2


def is_green(case: Case, old: Results, new: Results) -> bool:
    """Do the project's tests pass with the diff: those that were there as they were, the touched ones as they are now?"""
    touched = {each.name for each in case.changes}
    bad = [each for each in old.bad if file_of(each) not in touched or is_hidden(each, new)] + new.bad
    bad = list(dict.fromkeys(bad))
    ids = {each for each in old.collected if file_of(each) not in touched} | set(new.collected) | set(bad)
    case.facts |= {"collected": len(ids), "failed": len(bad), "seconds": round(old.ran.seconds + new.ran.seconds),
                   "isolation": old.ran.held}  # fmt: skip
    if old.ran.code is None or new.ran.code is None:
        case.reasons.append(f"The tests did not end within {case.suite.seconds:.0f} s.")
        return False
    for run in (old, new):
        if run.ended and not run.believable:
            case.flags.append(Flag(1, "prover-evasion", "the results", "a test of the prover's own that must fail was told as passed, or not at all"))
    if not (old.ended and new.ended):
        said = (old if not old.ended else new).ran
        case.reasons.append(f"The tests broke off (exit {said.code}): …{said.output[-KEEP_OUTPUT:]}")
        return False
    flaky = flaky_among(case, bad, old) if bad else set()
    case.flags += [Flag(3, "flaky", each, "it fails in one run and passes in another") for each in sorted(flaky)]
    if bad := [each for each in bad if each not in flaky]:
        told = "; ".join(f"{each} ({(new if each in new.bad else old).why(each)})" for each in bad[:SHOWN])
        case.facts["summary"] = f"{len(bad)} failed, {len(ids) - len(bad)} passed"
        case.reasons.append(f"{len(bad)} of {len(ids)} tests fail with it: {told}")
        return False
    if not ids:
        case.reasons.append("There are no tests: nothing is shown.")
        return False
    case.facts["summary"] = f"{len(ids)} passed"
    case.reasons.append(f"The project's tests pass with it: {len(ids)} of {len(ids)}.")
    case.flags += vanished(case, old, new)
    return True


def is_hidden(test: str, new: Results) -> bool:
    """Is a test that fails with the diff's code no longer run by the diff's tests?"""
    return new.outcomes.get(test) != "passed" and not was_moved(test, new)


def file_of(test: str) -> str:
    """The file of a test's id."""
    return test.partition("::")[0]


def flaky_among(case: Case, bad: list[str], old: Results) -> set[str]:
    """Those of the failing tests that pass when they are run again."""
    passed: set[str] = set()
    for order in range(1, 3):
        again = case.run(case.trees.patched, order=order)
        passed |= {each for each in bad if again.outcomes.get(each) == "passed"}
        if not passed:
            break
    return passed


def vanished(case: Case, old: Results, new: Results) -> list[Flag]:
    """Tests of the touched files that were run before and are not any more, or are skipped now."""
    found = []
    for test in old.collected:
        if file_of(test) not in {each.name for each in case.changes} or old.outcomes.get(test) in {"skipped", "xfailed", None}:
            continue
        now = new.outcomes.get(test)
        if now in {"skipped", "xfailed"}:
            found.append(Flag(3, "test-skipped", test, f"it was {old.outcomes[test]}, it is {now} with the diff"))
        elif now is None and "[" not in test and not was_moved(test, new):
            found.append(Flag(3, "test-gone", test, "it is not collected any more"))
    return found


def was_moved(test: str, new: Results) -> bool:
    """Does a test of the same name stand elsewhere now?"""
    return any(each.rpartition("::")[2] == test.rpartition("::")[2] and new.outcomes.get(each) == "passed" for each in new.collected)


def failing_before(case: Case, new: Results) -> Reached | None:
    """What the tests of the diff reach, if one of them fails on the base for the fault's own reason."""
    fresh = [each.name for each in case.changes if each.before is None and not each.name.endswith(".py")]
    code = [each for each in case.changes if each.name not in case.touched and not case.project.is_about_tests(each.name)]
    tests = [each.name for each in case.changes if case.project.is_about_tests(each.name)]
    mixed = case.trees.mix("mixed", case.trees.base, case.trees.patched, [*tests, *fresh])
    graft_examples(case, mixed)
    old = case.run(mixed, case.touched, trace=case.touched)
    shown, refused = [], []
    for test in old.bad:
        if new.outcomes.get(test) != "passed":
            continue
        failure = old.failures.get(test)
        why = right_reason(failure, case.project, case.told) if failure else ""
        if why and not enters_change(case, test, old, new, code):
            refused.append(f"{test}: it does not come to the code that the diff changes")
        elif why:
            shown.append(f"{test}: {why}")
        else:
            refused.append(f"{test}: {old.why(test)}")
    case.facts["failing_before"] = len(shown)
    if not shown:
        told = "; ".join(refused[:SHOWN]) or "; ".join(f"{each}: {why[-200:]}" for each, why in list(old.unread.items())[:2]) or "they all pass there"
        case.reasons.append(f"No test of the diff fails without the fix for the fault's own reason ({told}).")
        return None
    case.reasons.append(f"Fails without the fix and passes with it: {'; '.join(shown[:SHOWN])}.")
    mended = [each for each in old.bad if new.outcomes.get(each) == "passed"]
    before = frozenset(place for each in mended for place in old.entered.get(each, ()))
    after = frozenset(place for each in mended for place in new.entered.get(each, ()))
    return Reached(before, after, outside=starts_programs(case))


def starts_programs(case: Case) -> bool:
    """Do the touched tests run other programs, into which nobody sees?"""
    return any(word in (each.after or "") for each in case.changes if each.name in case.touched for word in ("subprocess", "runpy", "pexpect"))


def enters_change(case: Case, test: str, old: Results, new: Results, code: list[Change]) -> bool:
    """Does a test run code that the diff changes, before or after it? Without functions that change, any of those files."""
    if starts_programs(case) or not any(each.name.endswith(".py") for each in code) or "::" not in test:
        return True
    places = set(old.entered.get(test, ())) | set(new.entered.get(test, ()))
    if not places:
        return True
    lines: set[tuple[str, int]] = set()
    for change in code:
        sides = by_name(parse(change.before)), by_name(parse(change.after))
        for name in sides[0].keys() | sides[1].keys():
            pair = [side.get(name) for side in sides]
            if pair[0] is None or pair[1] is None or form(pair[0].node) != form(pair[1].node):
                lines |= {(change.name, line) for each in pair if each for line in each.lines}
    if not lines:
        return bool(places - {each for each in places if case.project.is_about_tests(each[0])})
    return bool(places & lines)


def graft_examples(case: Case, mixed: Path) -> None:
    """Put the diff's docstrings into the base's code, where the examples in them are tests."""
    for change in case.changes:
        if case.project.doctests and not case.project.is_about_tests(change.name) and change.name.endswith(".py") and change.before:
            (mixed / change.name).write_text(grafted(change.before, change.after or ""), encoding="utf-8")


def tried(case: Case, files: Mapping[str, str]) -> tuple[Results, Results]:
    """What rewritten tests see on the code before and after the diff."""
    for tree in ("mixed", "patched"):
        ground = case.trees.folder / tree
        again = case.trees.mix(f"{tree}-neighbours", ground, ground, ())
        for name, text in files.items():
            (again / name).write_text(text, encoding="utf-8")
    names = list(files)
    before, after = at_once([lambda tree=tree: case.run(case.trees.folder / f"{tree}-neighbours", names) for tree in ("mixed", "patched")])
    return before, after


def stability(case: Case, old: Results, new: Results) -> list[Flag]:
    """What more runs of everything, in other orders and with other hashes, say otherwise."""
    runs = at_once([lambda order=order: case.run(case.trees.patched, order=order) for order in range(1, RUNS)])
    expected = {**{k: v for k, v in old.outcomes.items() if file_of(k) not in {each.name for each in case.changes}}, **new.outcomes}
    case.facts["runs"] = RUNS
    found = []
    for run in runs:
        if not run.ended or not run.believable or run.unread:
            found.append(Flag(3, "flaky", "the suite", f"a run broke off (exit {run.ran.code})"))
        found += [Flag(3, "flaky", each, f"{was} in one run, {run.outcomes.get(each, 'nothing')} in another")
                  for each, was in expected.items() if run.outcomes.get(each) != was]  # fmt: skip
    return list(dict.fromkeys(found))


def last_line(words: str) -> str:
    """The last line that says something."""
    lines = [line for line in words.splitlines() if line.strip()]
    return lines[-1].strip()[:200] if lines else "no output"
