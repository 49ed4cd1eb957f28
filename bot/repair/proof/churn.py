"""What of a diff has nothing to do with the fault, as far as can be told."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from bot.repair.proof.flags import Flag
from bot.repair.proof.project import Project
from bot.repair.proof.syntax import Definition, by_name, form, parse, shown, without_docstrings
from bot.repair.proof.trees import Change

HISTORY = re.compile(r"^(?:changelog|changes|history|news|release)", re.IGNORECASE)

NEWS_FOLDERS = {"changelog.d", "newsfragments", "changes", "news"}


@dataclass(frozen=True)
class Reached:
    """What the tests of the diff enter, and what the incident names: file and first line, before or after the diff."""

    before: frozenset[tuple[str, int]]
    after: frozenset[tuple[str, int]]
    outside: bool
    """Do those tests start other programs, whose functions are not seen?"""


def churn(changes: list[Change], project: Project, reached: Reached) -> list[Flag]:
    """Changes that have nothing to do with the fault, as far as can be told."""
    code = [each for each in changes if each.name.endswith(".py") and not project.is_about_tests(each.name)]
    words = " ".join(each.after or "" for each in code)
    found: list[Flag] = []
    for change in changes:
        if change.name.endswith(".py"):
            found += formatting(change)
            if change in code:
                found += unrelated(change, code, reached)
        elif (
            not project.is_about_tests(change.name)
            and not is_history(change.name)
            and code
            and PurePosixPath(change.name).name not in words
        ):
            found.append(Flag(3, "unrelated-churn", change.name, "the fix does not need it"))
    return found


def is_history(name: str) -> bool:
    """A note on what changed belongs to a fix."""
    path = PurePosixPath(name)
    return bool(HISTORY.match(path.name)) or bool(NEWS_FOLDERS & set(path.parts[:-1]))


def formatting(change: Change) -> Iterator[Flag]:
    """Files and functions that differ in form only."""
    before, after = parse(change.before), parse(change.after)
    if before is None or after is None:
        return
    if form(without_docstrings(before)) == form(without_docstrings(after)):
        if not project_doctest(change):
            yield Flag(3, "unrelated-churn", change.name, "only its form changes")
        return
    old_lines, new_lines = (change.before or "").splitlines(), (change.after or "").splitlines()
    old = by_name(parse(change.before))
    for name, new in by_name(parse(change.after)).items():
        was = old.get(name)
        if was is None or form(was.node) != form(new.node):
            continue
        sides = [
            "\n".join(lines[each.first - 1 : each.lines.stop - 1])
            for lines, each in ((old_lines, was), (new_lines, new))
        ]
        if sides[0].strip() != sides[1].strip():
            yield Flag(3, "unrelated-churn", f"{change.name}::{name}", "only its form changes")


def project_doctest(change: Change) -> bool:
    """Do examples in docstrings differ? Then they are the change."""
    examples = [
        [line.strip() for line in (text or "").splitlines() if line.strip().startswith(">>>")]
        for text in (change.before, change.after)
    ]
    return examples[0] != examples[1]


def unrelated(change: Change, code: list[Change], reached: Reached) -> Iterator[Flag]:
    """Functions that are changed and that nothing of the fault's tests comes to."""
    before, after = by_name(parse(change.before)), by_name(parse(change.after))
    for name, new in after.items():
        old = before.get(name)
        if old is not None and form(bare(old)) == form(bare(new)):
            continue
        if any((other != name and other.startswith(f"{name}.")) or name.startswith(f"{other}.") for other in after):
            continue  # a function around or inside another one: told of by the other
        if reached.outside or entered(change.name, old, reached.before) or entered(change.name, new, reached.after):
            continue
        if old is None and mentioned(new.node.name, code):
            continue
        yield Flag(3, "unrelated-churn", f"{change.name}::{name}", "no test that is new or changed comes to it")
    for name in before.keys() - after.keys():
        if not entered(change.name, before[name], reached.before):
            yield Flag(
                3,
                "unrelated-churn",
                f"{change.name}::{name}",
                "it is taken away, and the fault did not come through it",
            )
    yield from unused_names(change, code)


def bare(definition: Definition) -> ast.AST:
    """A function without its docstring."""
    return without_docstrings(ast.parse(ast.unparse(definition.node)))


def entered(file: str, definition: Definition | None, places: frozenset[tuple[str, int]]) -> bool:
    """Was a function, or one in it, entered?"""
    return definition is not None and any((file, line) in places for line in definition.lines)


def mentioned(name: str, code: list[Change]) -> bool:
    """Is a new function used by what the diff leaves in the code?"""
    used = sum(len(re.findall(rf"\b{re.escape(name)}\b", each.after or "")) for each in code)
    return used > 1 or name.startswith("__")


def unused_names(change: Change, code: list[Change]) -> Iterator[Flag]:
    """A file's new imports and values that nothing in it uses."""
    before, after = parse(change.before), parse(change.after)
    if before is None or after is None:
        return
    known = {form(each) for each in before.body}
    for node in after.body:
        if form(node) in known:
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [(each.asname or each.name).partition(".")[0] for each in node.names]
        elif isinstance(node, ast.Assign):
            names = [each.id for each in node.targets if isinstance(each, ast.Name)]
        else:
            continue
        old = {
            each
            for statement in before.body
            for each in re.findall(r"\w+", shown(statement))
            if isinstance(statement, type(node))
        }
        for name in names:
            if name not in old and not mentioned(name, code) and PurePosixPath(change.name).name != "__init__.py":
                yield Flag(3, "unrelated-churn", f"{change.name}:{node.lineno}", f"{name} is not used")
