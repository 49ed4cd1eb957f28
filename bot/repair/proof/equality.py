"""Things that agree with whatever they are compared with."""

import ast

from bot.repair.proof.syntax import Function, dotted

COMPARISONS = {
    "__eq__",
    "__ne__",
    "__lt__",
    "__le__",
    "__gt__",
    "__ge__",
    "__bool__",
    "__contains__",
    "__instancecheck__",
    "__subclasscheck__",
    "__hash__",
    "__len__",
    "__getattr__",
    "__getattribute__",
}
"""What a comparison, or a question for truth, comes to."""
PLAIN_TYPES = frozenset(
    {"int", "float", "str", "bytes", "list", "dict", "tuple", "set", "frozenset", "complex", "Decimal"}
)
"""Types that a test compares with what is written there; a class of them has a comparison of theirs already."""
JUDGED = COMPARISONS - {"__hash__", "__getattr__", "__getattribute__"}


def is_always_equal(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, *, is_test: bool) -> bool:
    """A comparison whose answer does not rest on what is compared, or one that a plain type's own is replaced by."""
    if isinstance(node, ast.ClassDef):
        own = {each.name for each in node.body if isinstance(each, Function)}
        return bool(own & JUDGED) and any(dotted(each).rpartition(".")[2] in PLAIN_TYPES for each in node.bases)
    if node.name not in COMPARISONS:
        return False
    answers = [each.value for each in ast.walk(node) if isinstance(each, ast.Return) and each.value is not None]
    return is_test or not any(rests_on_both(each, node) for each in answers)


def rests_on_both(answer: ast.expr, method: Function) -> bool:
    """Does an answer rest on both sides, by itself or by what was made of them before?"""
    sides = {each.arg for each in (*method.args.posonlyargs, *method.args.args)[:2]}
    named = names_in(answer)
    made = {name for each in ast.walk(method) if isinstance(each, ast.Assign) for name in names_in(each)} - sides
    return sides <= named or (bool(named & made) and sides <= names_in(method))


def names_in(node: ast.AST) -> set[str]:
    """Every name in a piece of code."""
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
