"""Level 2: do the project's tests pass with the diff, those among them that it deleted or switched off?"""

from bot.repair.proof.case import Case, file_of
from bot.repair.proof.flags import Flag
from bot.repair.proof.results import Results
from bot.repair.proof.runs import room_with, run_command

KEEP_OUTPUT = 1500

"""Characters of the tests' output that a failure quotes, from its end."""

SHOWN = 8

"""Failures that are told one by one."""


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
    """Do the project's tests pass with the diff: the untouched ones as they were, the touched ones as they are now?"""
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
            case.flags.append(
                Flag(
                    1,
                    "prover-evasion",
                    "the results",
                    "a test of the prover's own that must fail was told as passed, or not at all",
                )
            )
    if not (old.ended and new.ended):
        said = (old if not old.ended else new).ran
        case.reasons.append(f"The tests broke off (exit {said.code}): …{said.output[-KEEP_OUTPUT:]}")
        return False
    flaky = flaky_among(case, bad) if bad else set()
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


def flaky_among(case: Case, bad: list[str]) -> set[str]:
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
        if file_of(test) not in {each.name for each in case.changes} or old.outcomes.get(test) in {
            "skipped",
            "xfailed",
            None,
        }:
            continue
        now = new.outcomes.get(test)
        if now in {"skipped", "xfailed"}:
            found.append(Flag(3, "test-skipped", test, f"it was {old.outcomes[test]}, it is {now} with the diff"))
        elif now is None and "[" not in test and not was_moved(test, new):
            found.append(Flag(3, "test-gone", test, "it is not collected any more"))
    return found


def was_moved(test: str, new: Results) -> bool:
    """Does a test of the same name stand elsewhere now?"""
    return any(
        each.rpartition("::")[2] == test.rpartition("::")[2] and new.outcomes.get(each) == "passed"
        for each in new.collected
    )


def last_line(words: str) -> str:
    """The last line that says something."""
    lines = [line for line in words.splitlines() if line.strip()]
    return lines[-1].strip()[:200] if lines else "no output"
