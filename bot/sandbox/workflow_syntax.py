"""The grammar of workflow expressions: text to a tree of nodes."""

import re
from dataclasses import dataclass
from typing import TypeAlias

from bot.sandbox.workflow_values import Value, WorkflowError, to_number

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<text>'(?:[^']|'')*')
    |(?P<number>[-+]?(?:0x[0-9a-fA-F]+|0o[0-7]+|\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)(?![\w.]))
    |(?P<word>[A-Za-z_][\w-]*)
    |(?P<sign>==|!=|<=|>=|&&|\|\||[!<>()\[\].,*])
    |(?P<end>$))""",
    re.VERBOSE,
)
_WORDS: dict[str, Value] = {"true": True, "false": False, "null": None, "NaN": float("nan"), "Infinity": float("inf")}
_LEVELS = (("||",), ("&&",), ("==", "!="), ("<", "<=", ">", ">="))


@dataclass(frozen=True)
class Literal:
    """A value written out."""

    value: Value


@dataclass(frozen=True)
class Name:
    """A context, such as `github`."""

    name: str


@dataclass(frozen=True)
class Item:
    """`target.key` or `target[key]`."""

    target: "Node"
    key: "Node"


@dataclass(frozen=True)
class AllItems:
    """`target.*`."""

    target: "Node"


@dataclass(frozen=True)
class Call:
    """`function(arguments)`."""

    function: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True)
class Negation:
    """`!operand`."""

    operand: "Node"


@dataclass(frozen=True)
class Operation:
    """Two operands with a sign between."""

    sign: str
    left: "Node"
    right: "Node"


Node: TypeAlias = Literal | Name | Item | AllItems | Call | Negation | Operation


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


def _split_tokens(source: str) -> list[_Token]:
    tokens, position = [], 0
    while True:
        match = _TOKEN.match(source, position)
        if match is None:
            raise WorkflowError(
                f"The expression {source.strip()!r} holds {source[position:].strip()[:20]!r}, which is not understood."
            )
        kind = match.lastgroup or "end"
        tokens.append(_Token(kind, match.group(kind)))
        position = match.end()
        if kind == "end":
            return tokens


class _Parser:
    def __init__(self, source: str) -> None:
        self._source = source.strip()
        self._tokens = _split_tokens(source)
        self._position = 0

    def parse(self) -> Node:
        node = self._parse_level(0)
        if self._next.kind != "end":
            raise self._complain()
        return node

    @property
    def _next(self) -> _Token:
        return self._tokens[self._position]

    def _complain(self) -> WorkflowError:
        found = self._next.text or "its end"
        return WorkflowError(f"The expression {self._source!r} does not continue with {found!r} by GitHub's grammar.")

    def _take(self, *signs: str) -> str:
        token = self._next
        if token.kind == "sign" and token.text in signs:
            self._position += 1
            return token.text
        return ""

    def _demand(self, sign: str) -> None:
        if not self._take(sign):
            raise self._complain()

    def _parse_level(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self._parse_negation()
        node = self._parse_level(level + 1)
        while sign := self._take(*_LEVELS[level]):
            node = Operation(sign, node, self._parse_level(level + 1))
        return node

    def _parse_negation(self) -> Node:
        return Negation(self._parse_negation()) if self._take("!") else self._parse_items()

    def _parse_items(self) -> Node:
        node = self._parse_primary()
        while sign := self._take(".", "["):
            if sign == "[":
                node = self._parse_bracket(node)
            elif self._take("*"):
                node = AllItems(node)
            else:
                node = Item(node, Literal(self._take_word()))
        return node

    def _parse_bracket(self, target: Node) -> Node:
        if self._take("*"):
            self._demand("]")
            return AllItems(target)
        key = self._parse_level(0)
        self._demand("]")
        return Item(target, key)

    def _take_word(self) -> str:
        if self._next.kind != "word":
            raise self._complain()
        self._position += 1
        return self._tokens[self._position - 1].text

    def _parse_primary(self) -> Node:
        token = self._next
        if self._take("("):
            node = self._parse_level(0)
            self._demand(")")
            return node
        if token.kind not in {"text", "number", "word"}:
            raise self._complain()
        self._position += 1
        if token.kind == "text":
            return Literal(token.text[1:-1].replace("''", "'"))
        if token.kind == "number":
            return Literal(to_number(token.text))
        if self._take("("):
            return Call(token.text, self._parse_arguments())
        return Literal(_WORDS[token.text]) if token.text in _WORDS else Name(token.text)

    def _parse_arguments(self) -> tuple[Node, ...]:
        if self._take(")"):
            return ()
        arguments = [self._parse_level(0)]
        while self._take(","):
            arguments.append(self._parse_level(0))
        self._demand(")")
        return tuple(arguments)


def parse_expression(source: str) -> Node:
    """The tree of one expression (without `${{ }}`); raises WorkflowError."""
    return _Parser(source).parse()


def split_template(text: str) -> list[tuple[bool, str]]:
    """A text cut into (is an expression, content); raises WorkflowError on an open `${{`."""
    parts, position = [], 0
    while (start := text.find("${{", position)) >= 0:
        if start > position:
            parts.append((False, text[position:start]))
        end = _find_close(text, start + 3)
        parts.append((True, text[start + 3 : end]))
        position = end + 2
    if position < len(text):
        parts.append((False, text[position:]))
    return parts


def _find_close(text: str, position: int) -> int:
    is_quoted = False
    for index in range(position, len(text)):
        if text[index] == "'":
            is_quoted = not is_quoted
        elif not is_quoted and text.startswith("}}", index):
            return index
    raise WorkflowError(f"The text {text[:60]!r} opens an expression with ${{{{ and does not close it with }}}}.")
