"""The diff's tests rewritten to try the neighbours of their inputs: what they assert is noted, not judged."""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

from bot.repair.proof.syntax import Function, asserts_of_unittest, dotted

NOTE = "__suture_note__"
MOST_VARIANTS = 14
"""Variants of one test."""
MOST_TESTS = 4


@dataclass(frozen=True)
class Rewritten:
    """A test file in which each chosen test stands once as it is and once per variant."""

    text: str
    names: dict[str, tuple[str, ...]]
    """Of each chosen test: the keys under which its variants tell what they saw; the first is the test as it is."""


def rewritten(text: str, chosen: set[str]) -> Rewritten:
    """The file with the chosen tests in variants and without its other tests."""
    tree = ast.parse(text)
    names: dict[str, tuple[str, ...]] = {}
    rewrite_block(tree.body, "", chosen, names)
    return Rewritten(ast.unparse(ast.fix_missing_locations(tree)), names)


def rewrite_block(body: list[ast.stmt], around: str, chosen: set[str], names: dict[str, tuple[str, ...]]) -> None:
    """Do it to the tests of a module or class, in place."""
    result: list[ast.stmt] = []
    for node in body:
        if isinstance(node, ast.ClassDef):
            rewrite_block(node.body, f"{around}{node.name}.", chosen, names)
            node.body = node.body or [ast.Pass()]
            result.append(node)
        elif not isinstance(node, Function) or not node.name.startswith("test"):
            result.append(node)
        elif f"{around}{node.name}" in chosen and len(names) < MOST_TESTS:
            name = f"{around}{node.name}"
            variants = list(variants_of(node))
            names[name] = tuple(f"{name}#{number}" for number in range(len(variants)))
            result += [told(each, f"{name}#{number}", number) for number, each in enumerate(variants)]
    body[:] = result


def variants_of(test: Function) -> Iterator[Function]:
    """The test as it is, then with one of its inputs changed at a time."""
    yield copy.deepcopy(test)
    made = 0
    places = list(inputs_of(test))
    for round_ in range(6):
        for index, node in enumerate(places):
            values = list(changed(node))
            if round_ < len(values) and made < MOST_VARIANTS:
                again = copy.deepcopy(test)
                put(list(inputs_of(again))[index], values[round_])
                made += 1
                yield again


def inputs_of(test: Function) -> Iterator[ast.expr]:
    """The literals that go into the tested code: in what is asserted, in what comes before, in the cases."""
    for decorator in test.decorator_list:
        if dotted(decorator).endswith("parametrize") and isinstance(decorator, ast.Call):
            for each in decorator.args[1:2]:
                yield from literals(each)
    for statement in test.body:
        yield from inputs_in(statement)


def inputs_in(statement: ast.stmt) -> Iterator[ast.expr]:
    """Those of one statement."""
    if isinstance(statement, ast.Assert):
        yield from literals(judged(statement.test))
    elif isinstance(statement, ast.With | ast.For | ast.If | ast.AsyncWith | ast.AsyncFor):
        if isinstance(statement, ast.For):
            yield from literals(statement.iter)
        for each in statement.body:
            yield from inputs_in(each)
    elif isinstance(statement, ast.Expr) and (judged_args := asserts_of_unittest(statement.value)) is not None:
        for argument in judged_args:
            yield from literals(argument)
    elif isinstance(statement, ast.Expr | ast.Assign | ast.AnnAssign) and statement.value is not None:
        yield from literals(statement.value)


def judged(test: ast.expr) -> ast.expr:
    """The side of a comparison that the tested code made: the one with a call, the left one if both have."""
    if isinstance(test, ast.Compare) and not any(isinstance(each, ast.Call) for each in ast.walk(test.left)):
        return next(
            (each for each in test.comparators if any(isinstance(one, ast.Call) for one in ast.walk(each))), test.left
        )
    return test.left if isinstance(test, ast.Compare) else test


def literals(node: ast.expr) -> Iterator[ast.expr]:
    """The plain values in an expression."""
    for each in ast.walk(node):
        if (
            isinstance(each, ast.Constant)
            and isinstance(each.value, str | bytes | int | float)
            and not isinstance(each.value, bool)
        ) or (isinstance(each, ast.List) and each.elts and all(isinstance(one, ast.Constant) for one in each.elts)):
            yield each


def changed(node: ast.expr) -> Iterator[object]:
    """Values near a literal's own."""
    if isinstance(node, ast.List):
        yield [*node.elts, copy.deepcopy(node.elts[-1])]
        yield [*copy.deepcopy(node.elts), *copy.deepcopy(node.elts)]
        return
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, int):
        yield from (value + 1, value * 2 + 1, max(value - 1, 0), value + 10)
    elif isinstance(value, float):
        yield from (value + 1, value * 2, value + 0.25)
    elif isinstance(value, str):
        yield from texts_near(value)
    elif isinstance(value, bytes):
        yield from (each.encode("latin-1", "replace") for each in texts_near(value.decode("latin-1")))


def texts_near(text: str) -> list[str]:
    """Texts of the same shape: other digits, other letters, a little longer."""
    one_up = {**{str(each): str(each % 9 + 1) for each in range(1, 10)}}
    letters = "abcdefghijklmnopqrstuvwxyz"
    next_letter = {
        **dict(zip(letters, letters[1:] + "a", strict=True)),
        **dict(zip(letters.upper(), letters[1:].upper() + "A", strict=True)),
    }
    first = next((index for index, each in enumerate(text) if each in one_up), None)
    last = next((index for index in range(len(text) - 1, -1, -1) if text[index] in one_up), None)
    found = [text[:at] + one_up[text[at]] + text[at + 1 :] for at in (last, first) if at is not None]
    found += ["".join(one_up.get(each, each) for each in text), "".join(next_letter.get(each, each) for each in text)]
    spot = next((index for index, each in enumerate(text) if each.isalnum()), None)
    found += [text[:spot] + text[spot] + text[spot:]] if spot is not None else []
    return [each for each in dict.fromkeys(found) if each != text]


def put(node: ast.expr, value: object) -> None:
    """Give a literal another value, in place."""
    if isinstance(node, ast.List) and isinstance(value, list):
        node.elts = value
    elif isinstance(node, ast.Constant):
        node.value = value  # type: ignore[assignment]  # of the kind that it held


def told(test: Function, key: str, number: int) -> Function:
    """The test with its assertions taken down instead of judged, and under a name of its own."""
    test.name = f"{test.name}__{number}"
    counter = iter(range(10_000))
    body = [new for each in test.body for new in noted(each, key, counter)]
    test.body = [guarded(body, ast.Constant(f"{key}#end"))]
    return test


def noted(statement: ast.stmt, key: str, counter: Iterator[int]) -> list[ast.stmt]:
    """A statement in which nothing is judged."""
    if isinstance(statement, ast.Assert):
        return [note(judged(statement.test), key, counter)]
    if isinstance(statement, ast.Expr) and (args := asserts_of_unittest(statement.value)) is not None:
        return [note(each, key, counter) for each in args]
    if isinstance(statement, ast.With) and any(
        dotted(each.context_expr).rpartition(".")[2] in {"raises", "assertRaises", "assertRaisesRegex", "warns"}
        for each in statement.items
    ):
        inner = [note(each.value, key, counter) if isinstance(each, ast.Expr) else each for each in statement.body]
        return [guarded(inner, ast.Constant(f"{key}#{next(counter)}"))]
    if isinstance(statement, ast.With | ast.For | ast.If):
        statement.body = [new for each in statement.body for new in noted(each, key, counter)]
    return [statement]


def note(value: ast.expr, key: str, counter: Iterator[int]) -> ast.stmt:
    """`try: note(key, value)`, an exception being what was seen."""
    name = ast.Constant(f"{key}#{next(counter)}")
    return guarded([ast.Expr(ast.Call(ast.Name(NOTE, ast.Load()), [name, value], []))], name)


def guarded(body: list[ast.stmt], key: ast.expr) -> ast.stmt:
    """Statements of which an exception is taken down by its kind."""
    seen = ast.parse("type(error__).__name__ + '!'", mode="eval").body
    handler = ast.ExceptHandler(
        ast.Name("Exception", ast.Load()), "error__", [ast.Expr(ast.Call(ast.Name(NOTE, ast.Load()), [key, seen], []))]
    )
    return ast.Try(body or [ast.Pass()], [handler], [], [])
