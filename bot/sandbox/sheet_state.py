"""The sandbox's spreadsheets: tabs of cells in one file, addressed in A1 notation as Google's API does."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, JsonValue

Cells = list[list[JsonValue]]
Role = Literal["writer", "reader"]
A1 = re.compile(
    r"(?:(?:'(?P<quoted>(?:[^']|'')+)'|(?P<tab>[^'!:]+))!)?"
    r"(?P<left>[A-Z]{1,3})(?P<top>[1-9][0-9]*)?(?::(?P<right>[A-Z]{1,3})(?P<bottom>[1-9][0-9]*)?)?"
)
EXECUTED = "(what the formula came to)"


class BadRange(Exception):
    """The range cannot be read, or names no tab."""


class SpreadsheetRecord(BaseModel):
    """One spreadsheet: its tabs, and who may do what."""

    title: str
    tabs: dict[str, Cells]
    shared: dict[str, Role] = {}


class SheetRecords(BaseModel):
    """Everything that outlives a restart."""

    spreadsheets: dict[str, SpreadsheetRecord] = {}


@dataclass(frozen=True)
class Area:
    """A rectangle of cells, counted from zero; an open end is None."""

    tab: str
    top: int
    left: int
    bottom: int | None
    right: int


def column_number(letters: str) -> int:
    """`A` → 0, `AA` → 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def column_letters(number: int) -> str:
    """0 → `A`, 26 → `AA`."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def area_of(text: str, spreadsheet: SpreadsheetRecord) -> Area:
    """The rectangle that A1 notation names. Raises BadRange."""
    found = A1.fullmatch(text)
    if found is None:
        raise BadRange(text)
    tab = (found["quoted"] or "").replace("''", "'") or found["tab"] or next(iter(spreadsheet.tabs))
    if tab not in spreadsheet.tabs:
        raise BadRange(text)
    top = int(found["top"] or 1) - 1
    single = found["right"] is None
    last = found["top"] if single else found["bottom"]
    return Area(
        tab,
        top,
        column_number(found["left"]),
        int(last) if last else None,
        column_number(found["right"] or found["left"]),
    )


def name_of(tab: str, top: int, left: int, rows: Cells) -> str:
    """The range that these rows fill, as the API tells it."""
    width = max((len(row) for row in rows), default=1)
    name = tab if re.fullmatch(r"\w+", tab) else "'" + tab.replace("'", "''") + "'"
    return f"{name}!{column_letters(left)}{top + 1}:{column_letters(left + max(width, 1) - 1)}{top + max(len(rows), 1)}"


def entered(value: JsonValue, option: str) -> JsonValue:
    """A value as the sheet keeps it: RAW as it is; USER_ENTERED as if it had been typed."""
    if option == "RAW" or not isinstance(value, str):
        return value
    if value.startswith("="):
        return {"formula": value}
    return float(value) if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value) else value


def shown(value: JsonValue, option: str) -> JsonValue:
    """A kept value as the API gives it."""
    if isinstance(value, dict):
        return value["formula"] if option == "FORMULA" else EXECUTED
    if option == "FORMATTED_VALUE" and isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else value


class SheetState:
    """The spreadsheets, kept in one file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        text = file.read_text(encoding="utf-8") if file.exists() else "{}"
        self.spreadsheets = SheetRecords.model_validate_json(text).spreadsheets

    def save(self) -> None:
        """Write everything so that a kill leaves the old state or the new one."""
        draft = self._file.with_suffix(".new")
        draft.write_text(SheetRecords(spreadsheets=self.spreadsheets).model_dump_json(), encoding="utf-8")
        draft.replace(self._file)

    def read(self, spreadsheet: SpreadsheetRecord, text: str, option: str) -> dict[str, JsonValue]:
        """A ValueRange: empty cells and rows at the end are left out. Raises BadRange."""
        area = area_of(text, spreadsheet)
        rows = spreadsheet.tabs[area.tab][area.top : area.bottom]
        values = [[shown(cell, option) for cell in row[area.left : area.right + 1]] for row in rows]
        trimmed: list[JsonValue] = [*without_empty_end([trimmed_row(row) for row in values])]
        told: dict[str, JsonValue] = {"range": text, "majorDimension": "ROWS"}
        return told | {"values": trimmed} if trimmed else told

    def write(self, spreadsheet: SpreadsheetRecord, text: str, rows: Cells) -> dict[str, JsonValue]:
        """Put the rows at the range's first cell; returns UpdateValuesResponse. Raises BadRange."""
        area = area_of(text, spreadsheet)
        return self._put(spreadsheet, (area.tab, area.top, area.left), rows)

    def append(self, spreadsheet: SpreadsheetRecord, text: str, rows: Cells) -> dict[str, JsonValue]:
        """Put the rows below the last one that has something in the range. Raises BadRange."""
        area = area_of(text, spreadsheet)
        cells = spreadsheet.tabs[area.tab]
        filled = [at for at, row in enumerate(cells) if trimmed_row(row[area.left : area.right + 1])]
        top = filled[-1] + 1 if filled else area.top
        told: dict[str, JsonValue] = {"updates": self._put(spreadsheet, (area.tab, top, area.left), rows)}
        if filled:
            told["tableRange"] = name_of(area.tab, filled[0], area.left, cells[filled[0] : top])
        return told

    def _put(self, spreadsheet: SpreadsheetRecord, corner: tuple[str, int, int], rows: Cells) -> dict[str, JsonValue]:
        tab, top, left = corner
        cells = spreadsheet.tabs[tab]
        for down, row in enumerate(rows, top):
            while len(cells) <= down:
                cells.append([])
            line = cells[down]
            line.extend([""] * (left + len(row) - len(line)))
            line[left : left + len(row)] = row
        self.save()
        return {
            "updatedRange": name_of(tab, top, left, rows),
            "updatedRows": len(rows),
            "updatedColumns": max((len(row) for row in rows), default=0),
            "updatedCells": sum(len(row) for row in rows),
        }


def trimmed_row(row: list[JsonValue]) -> list[JsonValue]:
    """The row without its empty cells at the end."""
    filled = [at for at, cell in enumerate(row) if cell not in ("", None)]
    return row[: filled[-1] + 1] if filled else []


def without_empty_end(rows: Cells) -> Cells:
    """The rows without the empty ones at the end."""
    filled = [at for at, row in enumerate(rows) if row]
    return rows[: filled[-1] + 1] if filled else []


def read_rows(body: bytes) -> Cells | None:
    """The values of a ValueRange, or None when it is none."""
    try:
        told = json.loads(body)
    except ValueError:
        return None
    values = told.get("values") if isinstance(told, dict) else None
    if not isinstance(values, list) or not all(isinstance(row, list) for row in values):
        return None
    return values
