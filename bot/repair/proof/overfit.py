"""Patches that know the reported input instead of the fault: they answer it, and its neighbours are where they were."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bot.repair.proof.flags import Flag
from bot.repair.proof.neighbours import inputs_of, rewritten
from bot.repair.proof.project import Project
from bot.repair.proof.results import Results
from bot.repair.proof.syntax import Function, by_name, form, parse, shown
from bot.repair.proof.trees import Change

ENOUGH = 2
"""Neighbours that must have been tried before their silence says anything."""
NO_DATA = frozenset({"py", "pyi", "md", "rst"})
PLAIN = (None, True, False, 0, 1, -1, "", b"", " ", ",", ".", "\n")
"""Values that rules are made of; to compare with one of them singles nothing out."""
Tried = Callable[[Mapping[str, str]], tuple[Results, Results]]
"""Runs rewritten test files, by their names, on the code before and after the diff."""


@dataclass(frozen=True)
class Special:
    """A place in the new code that singles out one input."""

    where: str
    code: str
    values: tuple[object, ...]


def overfit(changes: list[Change], project: Project, told: str, tried: Tried) -> list[Flag]:
    """Whether the diff's code singles out inputs of its own tests or of the incident, and answers no others."""
    tests = dict(new_tests(changes, project))
    given = {value for each in tests.values() for test in each.values() for value in values_in(test)}
    special = [each for change in changes if not project.is_about_tests(change.name) for each in specials(change)]
    special += [Special(each.name, f"the new file {each.name}", ()) for each in changes if is_new_data(each, project)]
    named = [
        each
        for each in special
        if any(value in given or (isinstance(value, str) and len(value) > 2 and value in told) for value in each.values)
    ]
    if not special:
        return []
    files = {name: rewritten(text_of(changes, name), set(chosen)) for name, chosen in tests.items()}
    before, after = tried({name: each.text for name, each in files.items()})
    verdicts = [
        verdict
        for each in files.values()
        for keys in each.names.values()
        if (verdict := spread(keys, before, after)) is not None
    ]
    if not verdicts:
        certain = [each for each in named if any(len(str(value)) > 3 for value in each.values)]
        return [
            Flag(3, "overfit", each.where, f"`{each.code}` is about an input of the test alone") for each in certain[:1]
        ]
    if any(verdicts):
        return []
    chosen = (named or special)[0]
    return [
        Flag(
            3,
            "overfit",
            chosen.where,
            f"`{chosen.code}`: with the fix only the reported input is answered otherwise, its neighbours are not",
        )
    ]


def is_new_data(change: Change, project: Project) -> bool:
    """Is it a file of answers, for all that its name says?"""
    suffix = change.name.rpartition(".")[2].lower() if "." in change.name else ""
    return change.before is None and suffix not in NO_DATA and not project.is_about_tests(change.name)


def is_named_test(name: str) -> bool:
    """Is the last part of a dotted name a test's?"""
    return name.rpartition(".")[2].startswith("test")


def text_of(changes: list[Change], name: str) -> str:
    """A file's text with the diff."""
    return next(each.after or "" for each in changes if each.name == name)


def new_tests(changes: list[Change], project: Project) -> Iterator[tuple[str, dict[str, Function]]]:
    """The test functions that are new or changed, by file and name."""
    for change in changes:
        if project.is_test(change.name) and change.after is not None:
            before = by_name(parse(change.before))
            tests = {name: each.node for name, each in by_name(parse(change.after)).items() if is_named_test(name)}
            found = {
                name: node
                for name, node in tests.items()
                if name not in before or form(before[name].node) != form(node)
            }
            if found:
                yield change.name, found


def values_in(test: Function) -> Iterator[object]:
    """The plain values that go into the tested code, and the words of longer texts."""
    for node in inputs_of(test):
        for each in ast.walk(node):
            if isinstance(each, ast.Constant) and not is_plain(each.value):
                yield each.value


def is_plain(value: object) -> bool:
    """Is it a value that rules are made of?"""
    return any(type(value) is type(each) and value == each for each in PLAIN)


def specials(change: Change) -> Iterator[Special]:
    """Comparisons for equality, lookups and matches with values that the file did not hold."""
    before, after = parse(change.before), parse(change.after)
    if after is None:
        return
    known = {form(node) for node in ast.walk(before)} if before else set()
    held = {repr(node.value) for node in ast.walk(before) if isinstance(node, ast.Constant)} if before else set()
    extended = (
        {form(each) for node in ast.walk(before) if isinstance(node, ast.Dict) for each in node.keys if each}
        if before
        else set()
    )
    for node in ast.walk(after):
        if form(node) in known:
            continue
        values = tuple(
            value for value in singled_out(node, extended) if not is_plain(value) and repr(value) not in held
        )
        if values:
            yield Special(f"{change.name}:{getattr(node, 'lineno', 1)}", shown(node)[:120], values)


def singled_out(node: ast.AST, extended: set[str]) -> list[object]:
    """The values that an expression compares with, one by one."""
    parts: list[ast.expr] = []
    if isinstance(node, ast.Compare):
        for operator, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, ast.Eq | ast.NotEq | ast.Is | ast.IsNot):
                parts += [node.left, right]
            if isinstance(operator, ast.In | ast.NotIn) and isinstance(
                right, ast.List | ast.Tuple | ast.Set | ast.Dict
            ):
                parts.append(right)
            if (
                isinstance(operator, ast.In | ast.NotIn)
                and isinstance(node.left, ast.Constant)
                and len(str(node.left.value)) > 2
            ):
                parts.append(node.left)
    elif isinstance(node, ast.MatchValue):
        parts = [node.value]
    elif isinstance(node, ast.Dict) and not any(key is not None and form(key) in extended for key in node.keys):
        parts = [key for key in node.keys if key is not None]
    elif (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"startswith", "endswith", "fullmatch", "match"}
    ):
        parts = [each for each in node.args if isinstance(each, ast.Constant) and len(str(each.value)) > 3]
    return [each.value for part in parts for each in ast.walk(part) if isinstance(each, ast.Constant)]


def spread(keys: tuple[str, ...], before: Results, after: Results) -> bool | None:
    """Does any neighbour of a test's input get another answer with the diff? None when that cannot be told."""
    first = seen(keys[0], before), seen(keys[0], after)
    if first[0] == first[1]:
        return None
    fixed = {place for place in first[0].keys() | first[1].keys() if first[0].get(place) != first[1].get(place)}
    told = 0
    for key in keys[1:]:
        sides = seen(key, before), seen(key, after)
        if not sides[1]:
            continue
        told += 1
        if any(sides[0].get(place) != sides[1].get(place) for place in fixed):
            return True
    return False if told >= ENOUGH else None


def seen(key: str, results: Results) -> dict[str, str]:
    """What a variant of a test took down, place by place."""
    return {
        place.removeprefix(f"{key}#"): re.sub(r"0x[0-9a-f]+", "0x", value)
        for place, value in results.notes.items()
        if place.startswith(f"{key}#")
    }
