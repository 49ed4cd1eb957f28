"""Tests that ask which code they are run on instead of what it does, or that replace what they judge."""

import ast
from collections.abc import Iterator, Set

from bot.repair.proof.flags import Flag
from bot.repair.proof.syntax import Function, by_name, dotted, form, imported, new_nodes, parse, shown
from bot.repair.proof.trees import Change

ASKS = frozenset({"getattr", "hasattr", "dir"})
PATCHERS = frozenset({"setattr", "patch", "object", "delattr", "setitem"})
TEXTS = frozenset({
    "__doc__", "__dict__", "__annotations__", "__all__", "__file__", "__module__", "__qualname__", "__version__",
})  # fmt: skip
"""What stands in the code and does nothing."""


def questions(change: Change, after: ast.Module, ours: set[str], touched: Set[str]) -> Iterator[Flag]:
    """A test asks which code it meets, or puts something else in the place of what it then calls.

    `ours`: what the project can be imported by. `touched`: the last names of the files that the diff touches, its tests
    apart.
    """
    names = imported(after)
    mine = {name for name, full in names.items() if full.lstrip(".").partition(".")[0] in ours}
    for node in new_nodes(change.before, after):
        if asks(node, mine) or (isinstance(node, ast.Constant) and is_file_of(node.value, touched)):
            yield Flag(2, "asks-which-code", f"{change.name}:{getattr(node, 'lineno', 1)}", shown(node))
    before = by_name(parse(change.before))
    for name, each in by_name(after).items():
        if name in before and form(before[name].node) == form(each.node):
            continue
        for replaced in sorted(replaced_in(each.node) & called_in(each.node)):
            yield Flag(
                1,
                "tested-code-replaced",
                f"{change.name}::{name}",
                f"{replaced} is replaced, and then called as if it were not",
            )


def asks(node: ast.AST, mine: set[str]) -> bool:
    """Does it ask for a name of the code, for its texts, or take another way by a value that stands in it?"""
    match node:
        case ast.Call(func=ast.Name(id=name), args=[first, *_]) if name in ASKS:
            return root_of(first) in mine
        case ast.Try():
            return is_about_absence(node) and bool(mine & set(imported(node)))
        case ast.Attribute(attr=attr) if attr in TEXTS:
            return root_of(node) in mine
    return any(rests_on_value(each, mine) for each in choices(node))


def choices(node: ast.AST) -> list[ast.expr]:
    """What decides which way is taken, or which value."""
    match node:
        case ast.If() | ast.IfExp():
            return [node.test]
        case ast.Subscript():
            return [node.slice]
        case ast.BoolOp() if any(isinstance(each, ast.Constant) for each in node.values):  # `asked and 5`
            return [each for each in node.values if isinstance(each, ast.Compare)]
    return []


def rests_on_value(node: ast.expr, mine: set[str]) -> bool:
    """Is something of the code read in it, and not called?"""
    called = {id(part) for each in ast.walk(node) if isinstance(each, ast.Call) for part in ast.walk(each)}
    reads = (each for each in ast.walk(node) if isinstance(each, ast.Attribute | ast.Name) and id(each) not in called)
    return any(root_of(each) in mine for each in reads)


def root_of(node: ast.expr) -> str:
    """The first part of a dotted name."""
    return dotted(node).partition(".")[0]


def is_file_of(value: object, touched: Set[str]) -> bool:
    """Is it the name of a file that the diff touches, or a path to it?"""
    return isinstance(value, str) and len(value) < 300 and value.replace("\\", "/").rpartition("/")[2] in touched


def is_about_absence(node: ast.Try) -> bool:
    """Does it take it calmly that something is not there?"""
    kinds = {dotted(each) for handler in node.handlers if handler.type for each in ast.walk(handler.type)}
    return bool(kinds & {"ImportError", "ModuleNotFoundError", "AttributeError", "Exception"})


def replaced_in(test: Function) -> set[str]:
    """The last names of what a test puts something else in the place of."""
    found = set()
    for node in ast.walk(test):
        if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in PATCHERS:
            texts = [
                each.value for each in node.args[:2] if isinstance(each, ast.Constant) and isinstance(each.value, str)
            ]
            found |= {text.rpartition(".")[2] for text in texts[:1]}
    return found


def called_in(test: Function) -> set[str]:
    """The last names of what a test itself calls in what it asserts."""
    asserts = [
        node
        for node in ast.walk(test)
        if isinstance(node, ast.Assert) or (isinstance(node, ast.Call) and is_assertion(node))
    ]
    return {
        dotted(call.func).rpartition(".")[2]
        for each in asserts
        for call in ast.walk(each)
        if isinstance(call, ast.Call)
    }


def is_assertion(node: ast.Call) -> bool:
    """Is it one of unittest's?"""
    return dotted(node.func).rpartition(".")[2].startswith("assert")
