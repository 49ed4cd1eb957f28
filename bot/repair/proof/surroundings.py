"""What stands around the tests of a file: names, cases, imports, classes, and what runs around every test."""

import ast
from collections import Counter
from collections.abc import Iterator

from bot.repair.proof.body_comparison import covers
from bot.repair.proof.flags import Flag
from bot.repair.proof.syntax import (
    Function,
    by_name,
    form,
    imported,
    is_text,
    parse,
    shown,
)
from bot.repair.proof.trees import Change

# fmt: off
ROUND_TESTS = {
    "setUp", "tearDown", "setUpClass", "tearDownClass", "setUpModule", "tearDownModule", "setup_module",
    "teardown_module", "setup_function", "teardown_function", "setup_method", "teardown_method", "setup_class",
    "teardown_class", "setup", "teardown", "run", "__call__",
}
# fmt: on


def around(change: Change) -> Iterator[Flag]:
    """What of a test file outside of its functions is not what it was: names, cases, imports, classes."""
    before, after = parse(change.before), parse(change.after)
    if before is None or after is None:
        if before is not None and change.after is None and not by_name(before):
            yield Flag(3, "test-support-changed", change.name, "the file is gone")
        return
    new = [each for each in after.body if not isinstance(each, Function | ast.ClassDef)]
    forms = Counter(form(each) for each in new)
    for statement in before.body:
        if isinstance(statement, Function) or is_text(statement):
            continue
        if isinstance(statement, ast.ClassDef):
            yield from class_changes(statement, after, change.name)
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            gone = dict(set(imported(ast.Module([statement], [])).items()) - set(imported(after).items()))
            if any(isinstance(each, ast.Name) and each.id in gone for each in ast.walk(after)):
                yield Flag(3, "test-support-changed", change.name, f"{sorted(gone)} come from elsewhere now")
        elif not forms[form(statement)] and not any(is_wider(statement, each) for each in new):
            yield Flag(3, "test-support-changed", change.name, f"`{shown(statement)}` is not there any more")
    for name in sorted(twice(after) - twice(before)):
        yield Flag(
            1, "test-shadowed", f"{change.name}::{name}", "a second test of this name takes the first one's place"
        )
    yield from rebound(before, after, change.name)


def is_wider(old: ast.stmt, new: ast.stmt) -> bool:
    """The same name with more cases?"""
    if isinstance(old, ast.Assign) and isinstance(new, ast.Assign):
        return [form(each) for each in old.targets] == [form(each) for each in new.targets] and covers(
            old.value, new.value
        )
    return False


def class_changes(old: ast.ClassDef, tree: ast.Module, file: str) -> Iterator[Flag]:
    """A class whose bases, decorators or own names are others."""
    new = next((each for each in tree.body if isinstance(each, ast.ClassDef) and each.name == old.name), None)
    if new is None:
        return  # its tests are told of as lost
    sides = [[form(each) for each in (*node.bases, *node.keywords)] for node in (old, new)]
    gained = [each for each in new.decorator_list if form(each) not in {form(other) for other in old.decorator_list}]
    own = [
        {form(each) for each in node.body if not isinstance(each, Function) and not is_text(each)}
        for node in (old, new)
    ]
    if sides[0] != sides[1] or gained or own[0] - own[1]:
        yield Flag(3, "test-weakened", f"{file}::{old.name}", "the class is not what it was")
    if {"__init__", "__new__"} & {each.name for each in new.body if isinstance(each, Function)} - {
        each.name for each in old.body if isinstance(each, Function)
    }:
        yield Flag(
            3, "test-renamed-out-of-collection", f"{file}::{old.name}", "a class with a constructor is not looked into"
        )


def rebound(before: ast.Module, after: ast.Module, file: str) -> Iterator[Flag]:
    """A name that tests use and that stands for something else now; and what runs around every test."""
    for name in sorted(bound(after) - bound(before)):
        if name in ROUND_TESTS:
            yield Flag(3, "test-support-changed", file, f"{name} runs around tests that were there")
    known = {each.id for each in ast.walk(before) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}
    for name in sorted((bound(after) - bound(before)) & known):
        yield Flag(3, "test-support-changed", file, f"{name} stands for something else now")
    counts = Counter(each.name for each in after.body if isinstance(each, Function | ast.ClassDef))
    for name in sorted(name for name, count in counts.items() if count > 1 or name in imported(after)):
        yield Flag(3, "test-support-changed", file, f"{name} is defined twice: the first does not count any more")
    old = {each.name for each in ast.walk(before) if isinstance(each, Function)}
    for each in ast.walk(after):
        if (
            isinstance(each, Function)
            and each.name not in old
            and any("autouse" in shown(mark) for mark in each.decorator_list)
        ):
            yield Flag(3, "test-support-changed", file, f"{each.name} runs around every test")


def twice(tree: ast.Module) -> set[str]:
    """Tests of whose name there are two in one place: the first is never run."""
    blocks = [tree.body, *(each.body for each in ast.walk(tree) if isinstance(each, ast.ClassDef))]
    counts = [Counter(each.name for each in block if isinstance(each, Function)) for block in blocks]
    return {name for count in counts for name, number in count.items() if number > 1 and name.startswith("test")}


def bound(tree: ast.Module) -> set[str]:
    """The names that a file's top gives a meaning, and its classes' methods."""
    names = set()
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {each.name for each in node.body if isinstance(each, Function) and each.name in ROUND_TESTS}
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)}
    return names
