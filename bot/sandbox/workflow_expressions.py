"""GitHub's expression language: evaluates `${{ … }}` in texts, whole values and conditions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from bot.sandbox.workflow_functions import Function, call_function
from bot.sandbox.workflow_syntax import (
    AllItems,
    Call,
    Item,
    Literal,
    Name,
    Negation,
    Node,
    Operation,
    parse_expression,
    split_template,
)
from bot.sandbox.workflow_values import (
    Value,
    WorkflowError,
    are_equal,
    find_all,
    find_item,
    is_less,
    is_less_or_equal,
    is_truthy,
    to_text,
)

_STATUS_FUNCTIONS = frozenset({"success", "failure", "always", "cancelled"})
_COMPARISONS: Mapping[str, Callable[[Value, Value], bool]] = {
    "==": are_equal,
    "!=": lambda left, right: not are_equal(left, right),
    "<": is_less,
    "<=": is_less_or_equal,
    ">": lambda left, right: is_less(right, left),
    ">=": lambda left, right: is_less_or_equal(right, left),
}

parse = lru_cache(maxsize=512)(parse_expression)


@dataclass(frozen=True)
class Scope:
    """What an expression can see: contexts by name, and the functions of its place (lower-case names)."""

    contexts: Mapping[str, Value]
    functions: Mapping[str, Function] = field(default_factory=dict)

    def with_functions(self, functions: Mapping[str, Function]) -> "Scope":
        """The same scope with more functions."""
        return replace(self, functions={**self.functions, **functions})

    def without(self, *names: str) -> "Scope":
        """The same scope with fewer contexts."""
        return replace(self, contexts={name: value for name, value in self.contexts.items() if name not in names})


def evaluate(source: str, scope: Scope) -> Value:
    """The value of one expression; raises WorkflowError."""
    return _evaluate(parse(source), scope)


def _evaluate(node: Node, scope: Scope) -> Value:
    match node:
        case Literal():
            return node.value
        case Name():
            return _find_context(node.name, scope)
        case Item():
            return find_item(_evaluate(node.target, scope), _evaluate(node.key, scope))
        case AllItems():
            return find_all(_evaluate(node.target, scope))
        case Call():
            return _call(node, scope)
    return _operate(node, scope)


def _find_context(name: str, scope: Scope) -> Value:
    if name.lower() not in scope.contexts:
        known = ", ".join(sorted(scope.contexts)) or "none"
        raise WorkflowError(f"Unrecognized named-value: {name!r}. This place knows: {known}.")
    return scope.contexts[name.lower()]


def _call(node: Call, scope: Scope) -> Value:
    arguments = [_evaluate(argument, scope) for argument in node.arguments]
    function = scope.functions.get(node.function.lower())
    return function(arguments) if function else call_function(node.function, arguments)


def _operate(node: Negation | Operation, scope: Scope) -> Value:
    if isinstance(node, Negation):
        return not is_truthy(_evaluate(node.operand, scope))
    left = _evaluate(node.left, scope)
    if node.sign == "&&":
        return _evaluate(node.right, scope) if is_truthy(left) else left
    if node.sign == "||":
        return left if is_truthy(left) else _evaluate(node.right, scope)
    return _COMPARISONS[node.sign](left, _evaluate(node.right, scope))


def interpolate(text: str, scope: Scope) -> str:
    """A text with each `${{ … }}` replaced by its value."""
    parts = split_template(text)
    return "".join(to_text(evaluate(content, scope)) if is_code else content for is_code, content in parts)


def resolve(value: Value, scope: Scope) -> Value:
    """A value of the workflow file: a single expression keeps its kind; lists and objects go all the way."""
    if isinstance(value, str):
        parts = split_template(value.strip())
        if len(parts) == 1 and parts[0][0]:
            return evaluate(parts[0][1], scope)
        return interpolate(value, scope)
    if isinstance(value, Mapping):
        return {name: resolve(item, scope) for name, item in value.items()}
    return [resolve(item, scope) for item in value] if isinstance(value, list) else value


def resolve_texts(values: Mapping[str, Value], scope: Scope) -> dict[str, str]:
    """A block of names and texts, such as `env` or `with`."""
    return {name: to_text(resolve(value, scope)) for name, value in values.items()}


def check_condition(condition: Value, scope: Scope) -> bool:
    """Whether an `if` holds; one without a status function also asks for success()."""
    source = _unwrap(condition)
    node = parse(source) if source else Call("success", ())
    if source and not _asks_status(node):
        node = Operation("&&", Call("success", ()), node)
    return is_truthy(_evaluate(node, scope))


def _unwrap(condition: Value) -> str:
    source = to_text(condition).strip()
    if "${{" not in source:
        return source
    parts = split_template(source)
    if len(parts) != 1:
        raise WorkflowError(
            f"The condition {source!r} mixes ${{{{ }}}} with text, which GitHub takes as always true; "
            "write one expression."
        )
    return parts[0][1].strip()


def _asks_status(node: Node) -> bool:
    match node:
        case Call():
            return node.function.lower() in _STATUS_FUNCTIONS or any(map(_asks_status, node.arguments))
        case Negation():
            return _asks_status(node.operand)
        case Operation():
            return _asks_status(node.left) or _asks_status(node.right)
        case Item():
            return _asks_status(node.target) or _asks_status(node.key)
        case AllItems():
            return _asks_status(node.target)
    return False


def as_status_functions(*, is_success: bool, is_failure: bool, is_cancelled: bool) -> Mapping[str, Function]:
    """success(), failure(), cancelled() and always() for a place where things stand so."""

    def give(value: bool) -> Function:
        def function(arguments: Sequence[Value]) -> Value:
            if arguments:
                raise WorkflowError("The status functions take no arguments.")
            return value

        return function

    return {
        "success": give(is_success),
        "failure": give(is_failure),
        "cancelled": give(is_cancelled),
        "always": give(True),
    }
