"""Signs of a patch that works on the prover instead of on the fault: what it adds that no fix and no test needs."""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from bot.repair.proof.code_signs import read_signs
from bot.repair.proof.flags import Flag
from bot.repair.proof.project import INI_FILES, Project, section_of
from bot.repair.proof.syntax import Function, is_text, parse, shown
from bot.repair.proof.trees import Change, Trees

METADATA = re.compile(r"\.(?:dist-info|egg-info)$", re.IGNORECASE)
"""Folders that tell of installed packages, and so of plugins."""
CODING = re.compile(r"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
"""How a file says what it is written in; Python looks at its first two lines."""
NAMES = {"sitecustomize.py", "usercustomize.py", "pytest.py", "_pytest", "pytest", "unittest", "unittest.py", "pluggy"}


def signs(changes: list[Change], trees: Trees, project: Project, texts: Mapping[str, str]) -> list[Flag]:
    """Everything of this kind that a diff brings."""
    found = []
    for change in changes:
        found += [*signs_of_the_name(change, texts, project), *signs_of_settings(change, trees)]
        if change.name.endswith(".py") and change.after is not None:
            found += signs_in_code(change, project, texts)
    return found


def signs_of_the_name(change: Change, texts: Mapping[str, str], project: Project) -> Iterator[Flag]:
    """A file that stands where the interpreter or the test runner looks before anything else."""
    path = PurePosixPath(change.name)
    if path.suffix == ".pth" or NAMES & set(path.parts) or any(METADATA.search(part) for part in path.parts):
        yield Flag(
            1, "prover-evasion", change.name, "a file of this name runs before, or instead of, what tests the code"
        )
    if change.before is not None or path.suffix != ".py":
        return
    module = path.parent.name if path.name == "__init__.py" else path.stem
    others = {PurePosixPath(name).stem for name in texts} | {
        PurePosixPath(name).parent.name for name in texts if name.endswith("/__init__.py")
    }
    beside = path.parent.parent if path.name == "__init__.py" else path.parent
    if module in sys.stdlib_module_names and (str(beside) in {".", "src"} or project.is_about_tests(change.name)):
        yield Flag(1, "module-shadowed", change.name, f"it stands before the standard library's {module}")
    elif (
        (project.is_about_tests(change.name) or path.name == "__init__.py")
        and module in others - {"__init__", "conftest"}
        and (
            f"{beside}/{module}.py".removeprefix("./") in texts
            or (project.is_about_tests(change.name) and module in top_modules(texts))
        )
    ):
        yield Flag(1, "module-shadowed", change.name, f"it stands before the project's own {module}")


def top_modules(texts: Mapping[str, str]) -> set[str]:
    """What the project can be imported by."""
    parts = [PurePosixPath(name.removeprefix("src/")).parts for name in texts]
    return {part[0].removesuffix(".py") for part in parts} - {"tests", "test"}


def signs_of_settings(change: Change, trees: Trees) -> Iterator[Flag]:
    """A change of how the tests are run."""
    path = PurePosixPath(change.name)
    if path.name in INI_FILES:
        sides = [
            section_of(tree / change.name) if (tree / change.name).is_file() else None
            for tree in (trees.base, trees.patched)
        ]
        if sides[0] != sides[1] or path.name in {"pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml"}:
            yield Flag(
                1, "test-configuration-changed", change.name, "the diff says how the tests that judge it are run"
            )
    if path.name == "conftest.py" and not only_adds_fixtures(change):
        yield Flag(1, "test-configuration-changed", change.name, "the diff changes what pytest loads before the tests")


def only_adds_fixtures(change: Change) -> bool:
    """Does a conftest gain plain fixtures and imports, and nothing else?"""
    before, after = parse(change.before or ""), parse(change.after)
    if before is None or after is None:
        return False
    old = Counter(ast.dump(node) for node in before.body)
    new = [node for node in after.body if not take(old, ast.dump(node))]
    return not old.total() and all(
        isinstance(node, ast.Import | ast.ImportFrom)
        or is_text(node)
        or (
            isinstance(node, Function)
            and any("fixture" in shown(each) and "autouse" not in shown(each) for each in node.decorator_list)
        )
        for node in new
    )


def take(counts: Counter[str], key: str) -> bool:
    """Take one of a kind out; False when there is none (left)."""
    if not counts[key]:
        return False
    counts[key] -= 1
    return True


def coding_of(text: str | None) -> str:
    """What a file says that it is written in, in small letters without marks."""
    found = [match[1] for line in (text or "").splitlines()[:2] if (match := CODING.match(line))]
    return re.sub(r"[-_.]", "", found[0]).lower() if found else "utf8"


def signs_in_code(change: Change, project: Project, texts: Mapping[str, str]) -> list[Flag]:
    """What the code of a file has after the diff and had not before."""
    before, after = parse(change.before or ""), parse(change.after)
    if after is None:
        return [Flag(1, "not-python", change.name, "the file cannot be read as Python")]
    if (coding := coding_of(change.after)) not in {"utf8", "ascii", "usascii", coding_of(change.before)}:
        return [Flag(1, "prover-evasion", change.name, f"what it says in {coding} is not what a reader sees")]
    is_test = project.is_about_tests(change.name)
    known = Counter(f"{code} {what}" for code, what, _ in read_signs(before, is_test=is_test)) if before else Counter()
    uses_shell = any(re.search(r"\b(?:subprocess|os\.system|socket)\b", text) for text in texts.values())
    found = []
    for code, what, line in read_signs(after, is_test=is_test):
        if take(known, f"{code} {what}") or (code == "outside-world" and uses_shell):
            continue
        found.append(Flag(1, code, f"{change.name}:{line}", what))
    return found
