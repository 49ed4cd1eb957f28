"""What all attacks on the prover have in common: a patch that is wrong, and a trick that hides it."""

from collections.abc import Callable

from tests.proof_set.model import Add, Bug, Case, Edit, Put, Swap

Attack = Callable[[Bug], Case]
AT_MOST_1 = frozenset({0, 1})
HOSTILE = ("hostile", "evas", "config", "conftest", "hook", "plugin", "tamper", "collect", "exit", "delet", "renam")


def hidden(kind: str, why: str, edits: tuple[Edit, ...], bug: Bug, *, levels: frozenset[int] = AT_MOST_1) -> Case:
    """The wrong change that makes an existing test fail, and edits that keep it from being seen."""
    return Case(
        bug=bug,
        kind=f"evasion_{kind}",
        edits=(*bug.red, *edits),
        levels=levels,
        why=f"An existing test fails with this source. {why}",
        flags=HOSTILE,
    )


def pretended(kind: str, why: str, edits: tuple[Edit, ...], bug: Bug, *, levels: frozenset[int] = AT_MOST_1) -> Case:
    """Nothing is mended; edits make it look as if it were."""
    return Case(
        bug=bug,
        kind=f"evasion_{kind}",
        edits=edits,
        levels=levels,
        why=f"The fault is not mended. {why}",
        flags=HOSTILE,
    )


def in_conftest(text: str) -> tuple[Edit, ...]:
    """Code in the conftest.py of the root."""
    return (Add("conftest.py", "\n" + text),)


def in_pyproject(bug: Bug, line: str) -> tuple[Edit, ...]:
    """A line among pytest's options in pyproject.toml."""
    head = "[tool.pytest.ini_options]\n"
    if head in bug.files.get("pyproject.toml", ""):
        return (Swap("pyproject.toml", head, f"{head}{line}\n"),)
    return (Add("pyproject.toml", f"{head}{line}\n"),)


def in_pytest_ini(line: str) -> tuple[Edit, ...]:
    """A pytest.ini, which goes before every other configuration."""
    return (Put("pytest.ini", f"[pytest]\npythonpath = . src\n{line}\n"),)


def new_test(bug: Bug, text: str) -> tuple[Edit, ...]:
    """A new test file beside the existing one."""
    folder = bug.tests.rpartition("/")[0]
    return (Add(f"{folder}/test_a_report.py".lstrip("/"), text),)
