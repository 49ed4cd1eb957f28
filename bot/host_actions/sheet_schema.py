"""The header of the ledger's sheet: looked at, copied away, put right, and put back from the copy when that fails."""

import json
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from bot.apis.sheet_errors import SheetFailure
from bot.apis.sheets import Cell, Sheets, Table
from bot.healing.host import Action, CannotHeal, Facts, NotNeeded, RetryAfter, Told
from bot.host_actions.ingestion import Ingestion, pause_of
from bot.ledger.google_sheet import ALL_CELLS, HEADER, HEADER_CELLS, row_of
from bot.records.healing_store import Documents

Result = TypeVar("Result")
State = Literal["right", "renamed", "gone", "foreign"]
BACKUP = "sheet_backup"
"""The document that holds the sheet as it was before it was last repaired."""
OWN_SHARE = 0.8
"""So many of a tab's rows must be the ledger's before its header is touched."""
ALIKE = 3
"""So many cells of a header without rows must be right before the others are put right."""


def state_of(table: Table) -> State:
    """What is wrong with the header of this table, if anything."""
    first, below = (table[0] if table else []), table[1:]
    if not table or tuple(str(cell) for cell in first[: len(HEADER)]) == HEADER:
        return "right"
    if row_of(first) is not None:
        return "gone" if is_ledger(table) else "foreign"
    if below:
        return "renamed" if is_ledger(below) else "foreign"
    alike = sum(str(cell) == name for cell, name in zip(first, HEADER, strict=False))
    return "renamed" if alike >= ALIKE else "foreign"


def is_ledger(rows: Table) -> bool:
    """Are these the ledger's rows, a stray one aside?"""
    return sum(row_of(row) is not None for row in rows) >= OWN_SHARE * len(rows)


@dataclass(frozen=True)
class SheetSchema:
    """The sheet's header."""

    sheets: Sheets
    documents: Documents
    ingestion: Ingestion

    async def is_wrong(self, facts: Facts) -> None:
        """Raises NotNeeded when the header is as it should be."""
        if state_of(await self._table(facts)) == "right":
            raise NotNeeded("The header is as it should be.")

    async def look(self, facts: Facts) -> Told:
        """Tell what is wrong. Raises CannotHeal when the tab is not the ledger's."""
        table = await self._table(facts)
        state = state_of(table)
        if state == "foreign":
            raise CannotHeal("What is in the tab is not the ledger's: set GOOGLE_SHEET_TAB to the right one.")
        what = "The header is gone" if state == "gone" else f"The header says {', '.join(map(str, table[0]))}"
        return Told(f"{what}; it should say {', '.join(HEADER)}.", {"header": state}, changed=False)

    async def copy(self, facts: Facts) -> Told:
        """Keep the sheet as it is now in the store."""
        table = await self._table(facts)
        _, version = await self.documents.read(BACKUP)
        await self.documents.replace(BACKUP, json.dumps(table), version)
        return Told(f"{len(table)} rows were copied into the store.", {"backup": BACKUP}, changed=False)

    async def repair(self, facts: Facts) -> str:
        """Put the header right; a row of the ledger on top moves down by one."""
        return await self._calling(self._repair(), facts)

    async def put_back(self, facts: Facts) -> str:
        """Make the first row what it was in the copy."""
        return await self._calling(self._put_back(), facts)

    async def check(self, facts: Facts) -> Told:
        """Write what waited for the header. Raises CannotHeal when it is still wrong."""
        if state_of(await self._table(facts)) != "right":
            raise CannotHeal("The header is still wrong.")
        rows = await self.ingestion.replayed(facts)
        return Told(f"The header is right; {rows} waiting row(s) were written.", {}, changed=rows > 0)

    async def _repair(self) -> str:
        state = state_of(await self._read())
        if state == "foreign":
            raise CannotHeal("The tab changed meanwhile and is not the ledger's now.")
        if state == "gone":
            await self.sheets.insert_top_row()
        if state != "right":
            await self.sheets.write(HEADER_CELLS, [HEADER])
        return f"The first row says {', '.join(HEADER)}."

    async def _put_back(self) -> str:
        body, _ = await self.documents.read(BACKUP)
        before: Table = json.loads(body) if body else []
        now = await self._read()
        # A row was made for the header, and the header was not written yet.
        is_half_done = now[: len(before) + 1] == [[], *before]
        if not before or (state_of(now) != "right" and not is_half_done) or state_of(before) == "right":
            return "There was nothing to put back."
        if state_of(before) == "gone":
            await self.sheets.delete_top_row()
        else:
            await self.sheets.write(HEADER_CELLS, [padded(before[0])])
        return "The first row is what it was before."

    async def _table(self, facts: Facts) -> Table:
        return await self._calling(self._read(), facts)

    async def _read(self) -> Table:
        (table,) = await self.sheets.read(ALL_CELLS)
        return table

    async def _calling(self, call: Coroutine[object, object, Result], facts: Facts) -> Result:
        """What a call of the sheet gives; one that fails may work later."""
        try:
            return await call
        except SheetFailure as error:
            raise RetryAfter(str(error), pause_of(facts)) from error

    def actions(self) -> Mapping[str, Action]:
        """By name."""
        return {
            "validate_schema": Action(does="look at the sheet's header", act=self.look, precheck=self.is_wrong),
            "backup_current_schema": Action(
                does="copy the sheet into the store", act=self.copy, precheck=self.is_wrong
            ),
            "apply_schema_fix": Action(
                does="put the header right", act=self.repair, precheck=self.is_wrong, undo=self.put_back
            ),
            "verify_schema": Action(does="look at the header again and write what waited", act=self.check),
        }


def padded(cells: Sequence[Cell]) -> list[Cell]:
    """A first row as wide as the header, so that nothing of ours is left beside it."""
    return [*cells, *[""] * (len(HEADER) - len(cells))][: len(HEADER)]
