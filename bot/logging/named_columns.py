"""Finds values that stand under or behind their names in order: a CSV's columns, the VALUES of an INSERT."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from bot.logging.spans import Span
from bot.logging.telling_names import TellingName, is_harmless, looks_like_credential, telling_name

_LINE: Final = re.compile(r"(?:[^\n\\]|\\(?!\\{0,2}[nr]))+")
_IN_A_BOX: Final = re.compile(
    r"[ \t]*[|\u2502]?[ \t]*(?P<row>[^\s|+=\u2502-][^\n]*?|-(?!-)[^\n]*?)[ \t]*[|\u2502]?[ \t]*"
)
"""A line without the sides of its table; a border is none."""
_HEAD: Final = re.compile(
    r"\\{0,7}[\"']?[A-Za-z_][\w .-]{0,40}\\{0,7}[\"']?(?:([,;\t|])[ ]?\\{0,7}[\"']?[A-Za-z_][\w .-]{0,40}\\{0,7}[\"']?)"
    r"(?:\1[ ]?\\{0,7}[\"']?[A-Za-z_][\w .-]{0,40}\\{0,7}[\"']?){0,60}",
    re.ASCII,
)
_MAX_ROWS: Final = 200
_MAX_HEAD: Final = 1_000

_INSERT: Final = re.compile(r"\(([^()]{3,2000})\)(?:\s|\\n)*(?:VALUES|values|Values)(?:\s|\\n)*(?=\()")
_ROW_END: Final = re.compile(r"(?:\s|\\n)*,(?:\s|\\n)*(?=\()")
_VALUE: Final = re.compile(
    r"[(,](?:\s|\\n)*(?:[ENB]?\\{0,7}['\"](?P<quoted>[^'\"\\]*)\\{0,7}['\"]|(?P<bare>[^\s,()'\"]{1,500}))(?:\s|\\n)*(?=[,)])"
)


def find_columns(text: str) -> Iterator[Span]:
    """Yield the credentials that a list of names in front of them tells."""
    if "\n" in text or "\\n" in text or "\\r" in text:
        yield from _under_heads(text)
    for names in islice(_INSERT.finditer(text), _MAX_ROWS):
        yield from _in_order(text, names)


def _under_heads(text: str) -> Iterator[Span]:
    """Yield cells of the lines behind a head, as long as they have as many."""
    names: list[TellingName | None] = []
    rows = 0
    separator = ""
    for whole in _LINE.finditer(text):
        line = _IN_A_BOX.fullmatch(text, *whole.span())
        if line is None:
            continue  # a border
        cells = _cells(line, separator) if names else []
        if names and len(cells) == len(names) and rows < _MAX_ROWS:
            rows += 1
            yield from (
                Span(start, end, f"[redacted:{name.kind}]")
                for name, (start, end) in zip(names, cells, strict=True)
                if name is not None and _is_value(text[start:end], name)
            )
            continue
        head = _HEAD.fullmatch(line["row"]) if len(line["row"]) <= _MAX_HEAD else None
        separator = head[1] if head else ""
        names = [telling_name(cell.strip(" \\\"'")) for cell in head.group().split(separator)] if head else []
        rows = 0
        if not any(names):
            names = []


def _cells(line: re.Match[str], separator: str) -> list[tuple[int, int]]:
    """Return where a line's cells stand, without their quotes."""
    cells: list[tuple[int, int]] = []
    at = line.start("row")
    for cell in line["row"].split(separator):
        bare = cell.strip(" \\\"'")
        start = at + cell.find(bare)
        cells.append((start, start + len(bare)))
        at += len(cell) + 1
    return cells


def _in_order(text: str, names: re.Match[str]) -> Iterator[Span]:
    """Yield the values of each row that stand where a telling name stands among the names."""
    told = [telling_name(name.strip(" \t\n\\\"'`[]")) for name in names[1].split(",")]
    at = names.end()
    for _ in range(_MAX_ROWS if any(told) else 0):
        for name in told:
            value = _VALUE.match(text, at)
            if value is None:
                return
            at = value.end()
            group = "quoted" if value["quoted"] is not None else "bare"
            if name is not None and _is_value(value[group], name):
                yield Span(*value.span(group), f"[redacted:{name.kind}]")
        following = _ROW_END.match(text, at + 1)
        if following is None:
            return
        at = following.end()


def _is_value(value: str, name: TellingName) -> bool:
    if is_harmless(value, name) or any(map(str.isspace, value)):
        return False
    return (
        name.shape is not None
        or looks_like_credential(value)
        or (not name.weak and len(value) > 5 and not value.isdigit())
    )
