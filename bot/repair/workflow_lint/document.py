"""A workflow file as plain mappings, lists and texts that know their lines."""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import yaml

MAX_BYTES: Final = 512 * 1024
"""GitHub takes workflow files of up to 512 KiB."""

MAX_VALUES: Final = 50_000


class WorkflowUnreadable(ValueError):
    """The file is no workflow; the sentence says why."""


class Text(str):
    """A scalar, always as text; `first` is the line of its first character of content."""

    __slots__ = ("first", "starts")
    first: int
    starts: tuple[int, ...]
    """Where its lines begin, when the file folds several of them into one; empty otherwise."""

    def line_of(self, offset: int) -> int:
        """The line on which the character at `offset` stands."""
        if self.starts:
            return self.first + bisect_right(self.starts, offset) - 1
        return self.first + self.count("\n", 0, offset)


class Table(dict[str, "Value"]):
    """A mapping; `lines` holds the line of each key."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}

    def line_at(self, key: str) -> int:
        """The line of a key, or of the mapping when it has none of that name."""
        return self.lines.get(key, self.line)

    def table(self, key: str) -> "Table":
        """The mapping under a key; an empty one when there is none."""
        value = self.get(key)
        return value if isinstance(value, Table) else Table(self.line_at(key))

    def text(self, key: str) -> Text:
        """The text under a key; an empty one when there is none."""
        value = self.get(key)
        return value if isinstance(value, Text) else plain("", self.line_at(key))

    def items_of(self, key: str) -> "list[Value]":
        """The list under a key; one value is a list of one."""
        value = self.get(key)
        return list(value) if isinstance(value, Items) else [] if value is None else [value]


class Items(list["Value"]):
    """A sequence."""


Value = Text | Table | Items


def plain(text: str, line: int, starts: tuple[int, ...] = ()) -> Text:
    """A text that stands on a line."""
    value = Text(text)
    value.first, value.starts = line, starts
    return value


def starts_of(value: str, lines: list[str]) -> tuple[int, ...]:
    """Where each of a folded text's lines begins in it; a line that is not found begins where the last one did."""
    starts, at = [0], 0
    for before, line in pairwise(lines):
        found = value.find(line.strip(), at + len(before.strip())) if line.strip() else -1
        at = found if found >= 0 else at
        starts.append(at)
    return tuple(starts)


def read_workflow(text: str) -> Table:
    """The file's mapping. Raises WorkflowUnreadable."""
    if len(text.encode()) > MAX_BYTES:
        raise WorkflowUnreadable(f"The file is larger than {MAX_BYTES >> 10} KiB.")
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        document = _Reader(text.splitlines()).value_of(node) if node is not None else None
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        raise WorkflowUnreadable(f"The file is not YAML{where}: {getattr(error, 'problem', None) or error}") from error
    if not isinstance(document, Table):
        raise WorkflowUnreadable("The file holds no mapping.")
    return document


class _Reader:
    """Turns nodes into values, within an allowance: aliases can make a small file endless."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._left = MAX_VALUES
        self._around: set[int] = set()

    def value_of(self, node: yaml.Node) -> Value:
        """The node as a value. Raises WorkflowUnreadable."""
        self._left -= 1
        if self._left < 0 or id(node) in self._around:
            raise WorkflowUnreadable("The file's aliases make it endless.")
        if isinstance(node, yaml.ScalarNode):
            return self._text(node)
        self._around.add(id(node))
        value = self._table(node) if isinstance(node, yaml.MappingNode) else Items(map(self.value_of, node.value))
        self._around.discard(id(node))
        return value

    def _text(self, node: yaml.ScalarNode) -> Text:
        block = node.style in {"|", ">"}
        first = node.start_mark.line + block
        lines = self._lines[first : node.end_mark.line + (not block)]
        folded = node.style != "|" and len(lines) > 1
        return plain(node.value, first + 1, starts_of(node.value, lines) if folded else ())

    def _table(self, node: yaml.MappingNode) -> Table:
        table = Table(node.start_mark.line + 1)
        for key, value in node.value:
            name = str(key.value)
            table[name] = self.value_of(value)
            table.lines[name] = key.start_mark.line + 1
        return table


def texts_in(value: Value, name: str = "") -> Iterator[tuple[str, Text]]:
    """Every text at any depth, with the key it stands under."""
    if isinstance(value, Text):
        yield name, value
    elif isinstance(value, Table):
        for key, inner in value.items():
            yield from texts_in(inner, key)
    else:
        for item in value:
            yield from texts_in(item, name)
