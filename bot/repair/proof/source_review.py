"""The change of the code itself, read: faults that are hidden instead of mended, and what has nothing to do with it."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from bot.repair.proof.flags import Flag
from bot.repair.proof.project import Project
from bot.repair.proof.syntax import Definition, Function, by_name, dotted, form, parse, shown, without_docstrings
from bot.repair.proof.trees import Change

BROAD = {"Exception", "BaseException", "object"}
HISTORY = re.compile(r"^(?:changelog|changes|history|news|release)", re.IGNORECASE)
NEWS_FOLDERS = {"changelog.d", "newsfragments", "changes", "news"}


@dataclass(frozen=True)
class Reached:
    """What the tests of the diff enter, and what the incident names: file and first line, before or after the diff."""

    before: frozenset[tuple[str, int]]
    after: frozenset[tuple[str, int]]
    outside: bool
    """Do those tests start other programs, whose functions are not seen?"""


def masked(changes: list[Change], project: Project) -> list[Flag]:
    """Handlers that swallow everything, and returns that leave the failing code unreached."""
    found = []
    for change in changes:
        if project.is_about_tests(change.name) or not change.name.endswith(".py"):
            continue
        known = Counter(what for what, _ in swallowers(parse(change.before)))
        for what, line in swallowers(parse(change.after)):
            if known[what]:
                known[what] -= 1
            else:
                found.append(Flag(3, "fault-hidden", f"{change.name}:{line}", what))
    return [*found, *stepped_around(changes, project)]


def swallowers(tree: ast.Module | None) -> Iterator[tuple[str, int]]:
    """Each place where a fault disappears, and its line."""
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.ExceptHandler) and catches_all(node.type) and not reraises(node):
            yield f"`except {shown(node.type) if node.type else ''}` lets every fault disappear", node.lineno
        elif isinstance(node, ast.ExceptHandler) and all(isinstance(each, ast.Pass) for each in node.body):
            yield f"`except {shown(node.type) if node.type else ''}: pass` lets the fault disappear", node.lineno
        elif isinstance(node, ast.Call) and dotted(node).endswith("suppress") and any(catches_all(each) for each in node.args):
            yield f"`{shown(node)}` lets every fault disappear", node.lineno
        elif isinstance(node, ast.Try) and any(isinstance(each, ast.Return | ast.Break | ast.Continue) for each in node.finalbody):
            yield "a return in `finally` lets every fault disappear", node.lineno
        yield from dead_ends(node)


def catches_all(node: ast.expr | None) -> bool:
    """Does a handler of this type catch everything?"""
    if node is None:
        return True
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    return any(dotted(each).rpartition(".")[2] in BROAD for each in parts)


def reraises(handler: ast.ExceptHandler) -> bool:
    """Does a handler end in raising?"""
    return any(isinstance(each, ast.Raise) for each in handler.body)


def dead_ends(node: ast.AST) -> Iterator[tuple[str, int]]:
    """A return, raise, or `if True` behind which the rest is never run."""
    for field in ("body", "orelse"):
        block = getattr(node, field, None)
        if not isinstance(block, list):
            continue
        for index, statement in enumerate(block):
            rest = [each for each in block[index + 1 :] if not isinstance(each, Function | ast.Pass)]
            if isinstance(statement, ast.Return | ast.Raise | ast.Continue | ast.Break) and rest:
                yield f"nothing behind `{shown(statement)}` is run any more", statement.lineno
            if isinstance(statement, ast.If) and isinstance(statement.test, ast.Constant):
                yield f"`if {shown(statement.test)}` is always the same", statement.lineno


def churn(changes: list[Change], project: Project, reached: Reached) -> list[Flag]:
    """Changes that have nothing to do with the fault, as far as can be told."""
    code = [each for each in changes if each.name.endswith(".py") and not project.is_about_tests(each.name)]
    words = " ".join(each.after or "" for each in code)
    found = []
    for change in changes:
        if change.name.endswith(".py"):
            found += formatting(change)
            if change in code:
                found += unrelated(change, code, reached)
        elif not project.is_about_tests(change.name) and not is_history(change.name) and code and PurePosixPath(change.name).name not in words:
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
        sides = ["\n".join(lines[each.first - 1 : each.lines.stop - 1]) for lines, each in ((old_lines, was), (new_lines, new))]
        if sides[0].strip() != sides[1].strip():
            yield Flag(3, "unrelated-churn", f"{change.name}::{name}", "only its form changes")


def project_doctest(change: Change) -> bool:
    """Do examples in docstrings differ? Then they are the change."""
    examples = [[line.strip() for line in (text or "").splitlines() if line.strip().startswith(">>>")] for text in (change.before, change.after)]
    return examples[0] != examples[1]


def unrelated(change: Change, code: list[Change], reached: Reached) -> Iterator[Flag]:
    """Functions that are changed and that nothing of the fault's tests comes to."""
    before, after = by_name(parse(change.before)), by_name(parse(change.after))
    for name, new in after.items():
        old = before.get(name)
        if old is not None and form(bare(old)) == form(bare(new)):
            continue
        if any(other != name and other.startswith(f"{name}.") or name.startswith(f"{other}.") for other in after):
            continue  # a function around or inside another one: told of by the other
        if reached.outside or entered(change.name, old, reached.before) or entered(change.name, new, reached.after):
            continue
        if old is None and mentioned(new.node.name, code):
            continue
        yield Flag(3, "unrelated-churn", f"{change.name}::{name}", "no test that is new or changed comes to it")
    for name in before.keys() - after.keys():
        if not entered(change.name, before[name], reached.before):
            yield Flag(3, "unrelated-churn", f"{change.name}::{name}", "it is taken away, and the fault did not come through it")
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
        old = {each for statement in before.body for each in re.findall(r"\w+", shown(statement)) if isinstance(statement, type(node))}
        for name in names:
            if name not in old and not mentioned(name, code) and PurePosixPath(change.name).name != "__init__.py":
                yield Flag(3, "unrelated-churn", f"{change.name}:{node.lineno}", f"{name} is not used")


def stepped_around(changes: list[Change], project: Project) -> Iterator[Flag]:
    """Early answers put before failing code that stays as it was."""
    for change in changes:
        if project.is_about_tests(change.name) or not change.name.endswith(".py"):
            continue
        before, after = by_name(parse(change.before)), by_name(parse(change.after))
        for name in before.keys() & after.keys():
            old, new = (Counter(form(each) for each in statements(side[name].node)) for side in (before, after))
            if old - new:
                continue
            for statement in statements(after[name].node):
                if form(statement) in new - old and answers_early(statement, after[name].node):
                    yield Flag(3, "early-return", f"{change.name}:{statement.lineno}", f"`{shown(statement)}` steps around the code that fails, which stays")


def statements(function: Function) -> Iterator[ast.stmt]:
    """The statements of a function's own blocks; a block's head stands for the block."""
    for node in ast.walk(function):
        for block in ("body", "orelse", "finalbody"):
            inner = getattr(node, block, None)
            if isinstance(inner, list):
                yield from (each for each in inner if isinstance(each, ast.stmt) and not has_changed_inside(each))


def has_changed_inside(statement: ast.stmt) -> bool:
    """Loops, tries and withs are told by what is in them."""
    return isinstance(statement, ast.For | ast.While | ast.With | ast.Try | ast.AsyncFor | ast.AsyncWith)


def answers_early(statement: ast.stmt, function: Function) -> bool:
    """Is it `if …: return` with an answer that nothing was done for, on input that is not simply empty?"""
    if not (isinstance(statement, ast.If) and not statement.orelse and len(statement.body) == 1):
        return False
    returned = statement.body[0]
    if not isinstance(returned, ast.Return):
        return False
    parameters = {each.arg for each in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)}
    value = returned.value
    is_none = value is None or (isinstance(value, ast.Constant) and value.value is None)
    ready = is_none or isinstance(value, ast.Constant) or is_made_of_constants(value) or (isinstance(value, ast.Name) and value.id in parameters)
    divides = {each.id for node in ast.walk(function) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.FloorDiv | ast.Mod)
               for each in ast.walk(node.right) if isinstance(each, ast.Name)}  # fmt: skip
    if is_about_zero(statement.test, parameters) and not divides & parameters:
        return ready
    return ready and not is_empty_case(statement.test, parameters, is_none=is_none)


def is_about_zero(test: ast.expr, parameters: set[str]) -> bool:
    """Does a condition single out the number zero of a parameter, which is special only to who divides by it?"""
    zeros = [each for each in ast.walk(test) if isinstance(each, ast.Constant) and each.value == 0 and not isinstance(each.value, bool)]
    return bool(zeros) and isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id in parameters


def is_made_of_constants(node: ast.expr | None) -> bool:
    """`Decimal(0)`, `[]`, `{}`, `-1` and the like."""
    return node is not None and not any(isinstance(each, ast.Name) and not each.id[:1].isupper() and each.id not in {"list", "dict", "set", "tuple", "str"} for each in ast.walk(node))


def is_empty_case(test: ast.expr, parameters: set[str], *, is_none: bool) -> bool:
    """Does a condition only tell input that is empty, none or nothing, or a missing thing answered with None?"""
    if isinstance(test, ast.BoolOp):
        return all(is_empty_case(each, parameters, is_none=is_none) for each in test.values)
    about = {each.id for each in ast.walk(test) if isinstance(each, ast.Name)} & parameters
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return is_none or is_input(test.operand, parameters)
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not about:
        return False
    operator, right = test.ops[0], test.comparators[0]
    if isinstance(operator, ast.NotIn):
        return is_none
    nothing = isinstance(right, ast.Constant) and right.value in (None, 0, "", b"", 0.0)
    nothing = nothing or (isinstance(right, ast.List | ast.Tuple | ast.Dict) and not ast.unparse(right).strip("[](){}"))
    return nothing and (is_none or is_input(test.left, parameters))


def is_input(node: ast.expr, parameters: set[str]) -> bool:
    """A parameter, its length, or it without its blanks."""
    if isinstance(node, ast.Call):
        inner = node.args[0] if dotted(node.func) in {"len", "any", "sum", "list"} and node.args else node.func.value if isinstance(node.func, ast.Attribute) else node
        return inner is not node and is_input(inner, parameters)
    return isinstance(node, ast.Name) and node.id in parameters
