"""Faults that are hidden instead of mended: swallowed, or stepped around."""

import ast
from collections import Counter
from collections.abc import Iterator

from bot.repair.proof.flags import Flag
from bot.repair.proof.project import Project
from bot.repair.proof.syntax import Function, by_name, dotted, form, parse, shown
from bot.repair.proof.trees import Change

BROAD = {"Exception", "BaseException", "object"}
MANY = 4
"""So many kinds of faults in one handler are nearly all."""


def masked(changes: list[Change], project: Project) -> list[Flag]:
    """Handlers that swallow everything, and returns that leave the failing code unreached."""
    found: list[Flag] = []
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
        elif (
            isinstance(node, ast.Call)
            and dotted(node).endswith("suppress")
            and any(catches_all(each) for each in node.args)
        ):
            yield f"`{shown(node)}` lets every fault disappear", node.lineno
        elif isinstance(node, ast.Try) and any(
            isinstance(each, ast.Return | ast.Break | ast.Continue) for each in node.finalbody
        ):
            yield "a return in `finally` lets every fault disappear", node.lineno
        elif isinstance(node, ast.Attribute) and node.attr in {"__defaults__", "__kwdefaults__"}:
            yield f"`{shown(node)}` works around how a function was written", node.lineno
        yield from dead_ends(node)


def catches_all(node: ast.expr | None) -> bool:
    """Does a handler of this type catch everything?"""
    if node is None:
        return True
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    return len(parts) >= MANY or any(dotted(each).rpartition(".")[2] in BROAD for each in parts)


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
                    yield Flag(
                        3,
                        "early-return",
                        f"{change.name}:{statement.lineno}",
                        f"`{shown(statement)}` steps around the code that fails, which stays",
                    )


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
    ready = (
        is_none
        or isinstance(value, ast.Constant)
        or is_made_of_constants(value)
        or (isinstance(value, ast.Name) and value.id in parameters)
    )
    if is_about_zero(statement.test, parameters) and not divisors(function) & parameters:
        return ready
    return ready and not is_empty_case(statement.test, parameters, is_none=is_none)


def divisors(function: Function) -> set[str]:
    """The names by which a function divides."""
    divisions = [each for each in ast.walk(function) if isinstance(each, ast.BinOp)]
    rights = [each.right for each in divisions if isinstance(each.op, ast.Div | ast.FloorDiv | ast.Mod)]
    return {each.id for right in rights for each in ast.walk(right) if isinstance(each, ast.Name)}


def is_about_zero(test: ast.expr, parameters: set[str]) -> bool:
    """Does a condition single out the number zero of a parameter, which is special only to who divides by it?"""
    zeros = [
        each
        for each in ast.walk(test)
        if isinstance(each, ast.Constant) and each.value == 0 and not isinstance(each.value, bool)
    ]
    return (
        bool(zeros) and isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id in parameters
    )


def is_made_of_constants(node: ast.expr | None) -> bool:
    """`Decimal(0)`, `[]`, `{}`, `-1` and the like."""
    return node is not None and not any(
        isinstance(each, ast.Name)
        and not each.id[:1].isupper()
        and each.id not in {"list", "dict", "set", "tuple", "str"}
        for each in ast.walk(node)
    )


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
        inner = (
            node.args[0]
            if dotted(node.func) in {"len", "any", "sum", "list"} and node.args
            else node.func.value
            if isinstance(node.func, ast.Attribute)
            else node
        )
        return inner is not node and is_input(inner, parameters)
    return isinstance(node, ast.Name) and node.id in parameters
