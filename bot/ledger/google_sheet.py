"""The ledger's rows in a Google sheet: one row per message, below a header that is written once and never over."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from bot.apis.sheet_errors import SheetFailure, SheetUnreachable
from bot.apis.sheets import Cell, Sheets
from bot.ledger.sheet import SheetForeign, SheetUnavailable
from bot.records.store import LedgerRow

HEADER = ("At", "User", "Message", "Item", "Amount", "Currency")
HEADER_CELLS = "A1:F1"
ALL_CELLS = "A:F"
MESSAGE_CELLS = "C:C"
CENT = Decimal("0.01")

logger = logging.getLogger(__name__)


class GoogleSheet:
    """The sheet in Google Sheets. One bot writes it; people may sort it, sum it and write beside it."""

    def __init__(self, sheets: Sheets) -> None:
        self._sheets = sheets
        self._writing = asyncio.Lock()

    async def append(self, row: LedgerRow) -> bool:
        """Keep the row; False when this message's row is there already. Raises SheetUnavailable."""
        async with self._writing:  # looking and writing are two calls: nobody else of ours may come between
            try:
                if await self._is_kept(row.message_id):
                    return False
                return await self._write(row)
            except SheetFailure as error:
                raise SheetUnavailable(f"The expense could not be kept. {error}") from error

    async def newest(self, limit: int) -> list[LedgerRow]:
        """The newest rows, newest first. Raises SheetUnavailable."""
        try:
            (table,) = await self._sheets.read(ALL_CELLS)
        except SheetFailure as error:
            raise SheetUnavailable(f"The expenses could not be read. {error}") from error
        if not table:
            return []
        refuse_foreign(table[0])
        read = [row for cells in table[1:] if (row := row_of(cells))]
        if len(read) < len(table) - 1:
            logger.warning(
                "%d rows of the sheet are not the ledger's",
                len(table) - 1 - len(read),
                extra={"action": "rows_skipped"},
            )
        once = {row.message_id: row for row in reversed(read)}
        return sorted(once.values(), key=lambda row: row.message_id, reverse=True)[: max(limit, 0)]

    async def _is_kept(self, message_id: int) -> bool:
        header, messages = await self._sheets.read(HEADER_CELLS, MESSAGE_CELLS)
        if header:
            refuse_foreign(header[0])
        elif messages:
            raise SheetForeign(FOREIGN)
        else:
            await self._sheets.write(HEADER_CELLS, [HEADER])
        return any(str(message_id) == str(cell) for cells in messages for cell in cells)

    async def _write(self, row: LedgerRow) -> bool:
        """Write the row; after a lost answer, look whether it arrived. Raises SheetFailure, SheetUnavailable."""
        try:
            await self._sheets.append(ALL_CELLS, [cells_of(row)])
        except SheetUnreachable as error:
            if not await self._arrived(row):
                raise SheetUnavailable(
                    f"It is not known whether the expense was kept: look with `list` before you write it again. {error}"
                ) from error
        return True

    async def _arrived(self, row: LedgerRow) -> bool:
        try:
            return await self._is_kept(row.message_id)
        except SheetFailure:
            return False


FOREIGN = (
    f"The sheet's first row is not the ledger's ({', '.join(HEADER)}): nothing was written; "
    "set GOOGLE_SHEET_TAB to an empty tab, or put that row on top."
)


def refuse_foreign(cells: Sequence[Cell]) -> None:
    """Raise SheetForeign unless this is the ledger's header."""
    if tuple(str(cell) for cell in cells[: len(HEADER)]) != HEADER:
        raise SheetForeign(FOREIGN)


def cells_of(row: LedgerRow) -> list[Cell]:
    """A row as cells: ids as text, since a spreadsheet's numbers keep 15 digits; the amount as a number to sum up."""
    amount = float(row.amount)
    exact = Decimal(repr(amount)) == row.amount
    return [
        row.at.astimezone(UTC).isoformat(),
        str(row.user_id),
        str(row.message_id),
        row.item,
        amount if exact else str(row.amount),
        row.currency,
    ]


def row_of(cells: Sequence[Cell]) -> LedgerRow | None:
    """A row from its cells; None when they are not a row of the ledger."""
    try:
        at, user, message, item, amount, currency = cells[: len(HEADER)]
        told = Decimal(str(amount))
        when = datetime.fromisoformat(str(at))
        return LedgerRow(
            at=when if when.tzinfo else when.replace(tzinfo=UTC),
            user_id=int(str(user)),
            message_id=int(str(message)),
            item=str(item),
            amount=told.quantize(CENT) if told == told.quantize(CENT) else told,
            currency=str(currency),
        )
    except (ValueError, ArithmeticError):
        return None
