"""A workflow file loaded and checked as a whole: every expression in it is read before anything runs."""

from collections.abc import Iterator, Mapping

from bot.sandbox.workflow_expressions import parse
from bot.sandbox.workflow_file import Block, WorkflowSpec, read_workflow, sort_jobs
from bot.sandbox.workflow_functions import FUNCTION_NAMES
from bot.sandbox.workflow_syntax import AllItems, Call, Item, Name, Negation, Node, Operation, split_template
from bot.sandbox.workflow_values import Value, WorkflowError

_CONTEXTS = frozenset({"github", "env", "secrets", "vars", "needs", "steps", "job", "runner", "inputs"})
_FUNCTIONS = FUNCTION_NAMES | {"success", "failure", "always", "cancelled", "hashfiles"}


def load_workflow(document: Block, path: str) -> WorkflowSpec:
    """The file's records; raises WorkflowError naming the first thing that this runner does not know."""
    spec = read_workflow(document, path)
    sort_jobs(spec)
    for place, source in _find_expressions(document, ""):
        try:
            for node in _walk(parse(source)):
                _check_node(node)
        except WorkflowError as reason:
            raise WorkflowError(f"{place}: {reason}") from reason
    return spec


def _find_expressions(value: Value, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        parts = split_template(value)
        is_bare = place.endswith(".if") and not any(is_code for is_code, _ in parts)
        if is_bare and value.strip():
            yield place, value
        yield from ((place, content) for is_code, content in parts if is_code)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _find_expressions(item, f"{place}.{name}".lstrip("."))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _find_expressions(item, f"{place}[{index}]")


def _walk(node: Node) -> Iterator[Node]:
    yield node
    match node:
        case Call():
            inner = node.arguments
        case Negation():
            inner = (node.operand,)
        case Operation():
            inner = (node.left, node.right)
        case Item():
            inner = (node.target, node.key)
        case AllItems():
            inner = (node.target,)
        case _:
            inner = ()
    for child in inner:
        yield from _walk(child)


def _check_node(node: Node) -> None:
    if isinstance(node, Name) and node.name.lower() not in _CONTEXTS:
        raise WorkflowError(
            f"Unrecognized named-value: {node.name!r}; this runner knows {', '.join(sorted(_CONTEXTS))}."
        )
    if isinstance(node, Call) and node.function.lower() not in _FUNCTIONS:
        raise WorkflowError(
            f"Unrecognized function: {node.function!r}; this runner knows {', '.join(sorted(_FUNCTIONS))}."
        )
