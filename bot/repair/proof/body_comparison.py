"""The body of a test before and after: does everything that it asked for still stand?"""

import ast
import re
from collections import Counter
from collections.abc import Iterator

from bot.repair.proof.syntax import (
    Function,
    dotted,
    form,
    is_text,
    shown,
)

SWITCHED_OFF = re.compile(
    r"(?:.*\.)?(?:skip|skipif|skipIf|skipUnless|skipTest|xfail|importorskip|expectedFailure|SkipTest|skip_if|no_run)"
)


def differences(old: Function, new: Function) -> Iterator[tuple[str, str]]:
    """What of a test's old body, decorators and arguments is gone, and what was put in that it must not gain."""
    if not covers_decorators(old, new):
        yield "test-weakened", "its decorators ask for less, or for something else"
    if form(old.args) != form(new.args):
        yield "test-weakened", f"its arguments are others: {shown(new.args)}"
    kept, gained = aligned(old.body, new.body)
    missing = [each for index, each in enumerate(old.body) if index not in kept and not is_text(each)]
    for statement in missing:
        code = "assertion-weakened" if asserts(statement) else "test-weakened"
        yield code, f"`{shown(statement)}` is not there any more"
    for statement in gained:
        if not is_harmless_addition(statement):
            yield "test-weakened", f"`{shown(statement)}` was put in"


def covers_decorators(old: Function, new: Function) -> bool:
    """Does each decorator stand, a list of parameters perhaps with more in it, a switch-off perhaps gone?"""
    rest = list(new.decorator_list)
    for decorator in old.decorator_list:
        if SWITCHED_OFF.fullmatch(dotted(decorator)):
            rest = [each for each in rest if form(each) != form(decorator)]
            continue
        match = next((each for each in rest if covers(decorator, each)), None)
        if match is None:
            return False
        rest.remove(match)
    return all(dotted(each).endswith("parametrize") is False for each in rest)


def covers(old: ast.expr, new: ast.expr) -> bool:
    """Is the new expression the old one, or the old list of cases with more in it?"""
    if form(old) == form(new):
        return True
    if (
        isinstance(old, ast.Call)
        and isinstance(new, ast.Call)
        and form(old.func) == form(new.func)
        and len(old.args) == len(new.args)
    ):
        same_words = [form(each) for each in old.keywords] == [form(each) for each in new.keywords]
        return same_words and all(covers(each, other) for each, other in zip(old.args, new.args, strict=True))
    if isinstance(old, ast.List | ast.Tuple | ast.Set) and type(old) is type(new):
        left = Counter(form(each) for each in new.elts)
        return not Counter(form(each) for each in old.elts) - left
    if isinstance(old, ast.Dict) and isinstance(new, ast.Dict):
        pairs = [
            [(form(key) if key else "", form(value)) for key, value in zip(each.keys, each.values, strict=True)]
            for each in (old, new)
        ]
        return set(pairs[0]) <= set(pairs[1]) and len({key for key, _ in pairs[1]}) == len(pairs[1])
    return False


def aligned(old: list[ast.stmt], new: list[ast.stmt]) -> tuple[set[int], list[ast.stmt]]:
    """Which of the old statements still stand, in their order, and the statements that are new."""
    kept, gained, start = set(), [], 0
    forms = [form(each) for each in old]
    for statement in new:
        at = next((index for index in range(start, len(old)) if forms[index] == form(statement)), None)
        if at is None:
            gained.append(statement)
        else:
            kept.add(at)
            start = at + 1
    return kept, gained


def asserts(node: ast.AST) -> bool:
    """Does a statement hold an assertion?"""
    return any(
        isinstance(each, ast.Assert)
        or (isinstance(each, ast.Call) and re.match(r"(?:.*\.)?(?:assert\w*|raises|warns|fail)$", dotted(each)))
        for each in ast.walk(node)
    )


def is_harmless_addition(statement: ast.stmt) -> bool:
    """May it be put into a test that was there: one more assertion, or a value for one?"""
    if isinstance(statement, ast.Assert | ast.Import | ast.ImportFrom) or is_text(statement):
        return True
    if isinstance(statement, ast.With | ast.For):
        return asserts(statement) and not any(
            isinstance(each, ast.Return | ast.Try | ast.Raise | ast.Break) for each in ast.walk(statement)
        )
    if isinstance(statement, ast.Assign):
        return all(isinstance(each, ast.Name | ast.Tuple) for each in statement.targets)
    return isinstance(statement, ast.Expr) and (asserts(statement) and "fail" not in dotted(statement.value))
