"""Python read as a tree: the definitions of a file, their bodies, and their equality in all but form."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

Function = ast.FunctionDef | ast.AsyncFunctionDef
DEFINITION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class Definition:
    """A function or method, by its dotted name in the file."""

    name: str
    node: Function
    first: int
    """The line that Python calls its first: of its first decorator, if it has one."""

    @property
    def lines(self) -> range:
        """All of its lines."""
        return range(self.first, (self.node.end_lineno or self.node.lineno) + 1)


def parse(text: str | None) -> ast.Module | None:
    """The tree of a text; None when there is no text, or it is no Python."""
    if text is None:
        return None
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None


def definitions(tree: ast.AST | None, around: str = "") -> Iterator[Definition]:
    """Every function below a tree, outermost first; the last of two of the same name is the one that counts."""
    for node in ast.iter_child_nodes(tree) if tree is not None else ():
        name = f"{around}{node.name}" if isinstance(node, DEFINITION) else around
        if isinstance(node, Function):
            yield Definition(name, node, min([node.lineno, *(each.lineno for each in node.decorator_list)]))
        yield from definitions(node, f"{name}." if isinstance(node, DEFINITION) else around)


def by_name(tree: ast.AST | None) -> dict[str, Definition]:
    """The functions of a tree by their dotted names."""
    return {each.name: each for each in definitions(tree)}


def dotted(node: ast.AST | None) -> str:
    """`a.b` for the expression a.b or a.b(…); empty for others."""
    if isinstance(node, ast.Call):
        return dotted(node.func)
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}".removeprefix(".")
    return node.id if isinstance(node, ast.Name) else ""


def form(node: ast.AST) -> str:
    """A node as text that is the same for nodes that mean the same, wherever they stand."""
    return ast.dump(node, annotate_fields=False)


def new_nodes(before: str | None, after: ast.Module) -> Iterator[ast.AST]:
    """The nodes of a tree that the text before has not."""
    old = parse(before)
    known = {form(node) for node in ast.walk(old)} if old else set()
    return (node for node in ast.walk(after) if form(node) not in known)


def shown(node: ast.AST) -> str:
    """A node as a short line of Python."""
    return " ".join(ast.unparse(node).split())[:160]


def imported(tree: ast.AST | None) -> dict[str, str]:
    """What each imported name stands for: `{"raises": "pytest.raises", "np": "numpy"}`."""
    names: dict[str, str] = {}
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Import):
            names |= {
                each.asname or each.name.partition(".")[0]: each.name if each.asname else each.name.partition(".")[0]
                for each in node.names
            }
        elif isinstance(node, ast.ImportFrom):
            names |= {
                each.asname or each.name: f"{'.' * node.level}{node.module or ''}.{each.name}" for each in node.names
            }
    return names


def full_name(node: ast.AST | None, names: dict[str, str]) -> str:
    """The dotted name of an expression with its first part as it was imported."""
    first, dot, rest = dotted(node).partition(".")
    return f"{names.get(first, first)}{dot}{rest}"


def without_docstrings(tree: ast.AST) -> ast.AST:
    """The tree with every docstring taken out, in place."""
    for node in ast.walk(tree):
        if isinstance(node, (*DEFINITION, ast.Module)) and node.body and is_text(node.body[0]):
            node.body = node.body[1:]
    return tree


def is_text(node: ast.stmt) -> bool:
    """Is the statement only a text, as a docstring is?"""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def asserts_of_unittest(node: ast.expr) -> list[ast.expr] | None:
    """What a call of unittest's assertions judges; None for any other expression."""
    name = dotted(node).rpartition(".")[2]
    if not isinstance(node, ast.Call) or not name.startswith("assert") or not node.args:
        return None
    if name in {"assertRaises", "assertRaisesRegex"}:
        rest = node.args[1 if name == "assertRaises" else 2 :]
        return [ast.Call(rest[0], rest[1:], node.keywords)] if rest else None
    calls = [each for each in node.args[:2] if any(isinstance(one, ast.Call) for one in ast.walk(each))]
    return (calls or node.args[:1])[:1]


def homes_of_docstrings(
    tree: ast.AST | None, around: str = ""
) -> Iterator[tuple[str, ast.Module | Function | ast.ClassDef]]:
    """Everything that may have a docstring, by its dotted name; the module's is empty."""
    if isinstance(tree, ast.Module):
        yield "", tree
    for node in ast.iter_child_nodes(tree) if tree is not None else ():
        if isinstance(node, DEFINITION):
            yield f"{around}{node.name}", node
            yield from homes_of_docstrings(node, f"{around}{node.name}.")
        else:
            yield from homes_of_docstrings(node, around)


def grafted(before: str, after: str) -> str:
    """The text before, with the docstrings that are in the text after."""
    lines, new_lines = before.splitlines(), after.splitlines()
    news = dict(homes_of_docstrings(parse(after)))
    homes = sorted(
        homes_of_docstrings(parse(before)), key=lambda item: -(item[1].body[0].lineno if item[1].body else 0)
    )
    for name, old in homes:
        new = news.get(name)
        if new is None or not old.body or not new.body or not is_text(new.body[0]):
            continue
        text, first = new_lines[new.body[0].lineno - 1 : new.body[0].end_lineno], old.body[0]
        end = (first.end_lineno or first.lineno) if is_text(first) else first.lineno - 1
        lines[first.lineno - 1 : end] = text
    return "\n".join(lines) + "\n"
