"""The sheet that keeps the ledger's rows, and the ledger: from a sentence to a row and the reply."""

import logging
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from bot.apis.model_errors import ModelFailure
from bot.ledger.intent import Intent, parse
from bot.ledger.model_reader import ModelReader
from bot.records.store import LedgerRow, LedgerRows, StoreUnavailable

HELP = "I did not understand that: write an expense like `lunch 12.50`, or `list` to see yours."
LISTED = 10
LOOKED_AT = 100
"""Rows that a list looks through for the asker's own."""

logger = logging.getLogger(__name__)


class SheetUnavailable(Exception):
    """The sheet cannot be read or written now; the sentence says why."""


class SheetForeign(SheetUnavailable):
    """What stands in the sheet is not the ledger's: its header is wrong or gone."""


class RowWaits(Exception):
    """The row is kept in the bot's store until the sheet takes it; the sentence says so."""


class Sheet(Protocol):
    """Where the rows are kept."""

    async def append(self, row: LedgerRow) -> bool:
        """Keep the row; False when this message's row is there already. Raises SheetUnavailable, RowWaits."""
        ...

    async def newest(self, limit: int) -> list[LedgerRow]:
        """The newest rows, newest first. Raises SheetUnavailable."""
        ...


class StoreSheet:
    """The sheet in the bot's own store."""

    def __init__(self, rows: LedgerRows) -> None:
        self._rows = rows

    async def append(self, row: LedgerRow) -> bool:
        """Keep the row; False when this message's row is there already."""
        try:
            return await self._rows.append(row)
        except StoreUnavailable as error:
            raise SheetUnavailable(f"The expense could not be kept. {error}") from error

    async def newest(self, limit: int) -> list[LedgerRow]:
        """The newest rows, newest first."""
        try:
            return await self._rows.newest(limit)
        except StoreUnavailable as error:
            raise SheetUnavailable(f"The expenses could not be read. {error}") from error


class Ledger:
    """Understands sentences and keeps what they say."""

    def __init__(self, sheet: Sheet, reader: ModelReader | None = None) -> None:
        self._sheet = sheet
        self._reader = reader

    async def understand(self, text: str) -> Intent:
        """The intent of a sentence; the model is asked only when it is not understood without one."""
        intent = parse(text)
        if intent.name != "unknown" or intent.entities or self._reader is None:
            return intent
        try:
            return await self._reader.read(text)
        except ModelFailure as error:
            logger.warning("The model did not read the sentence: %s", error, extra={"action": "intent_model_failed"})
            return intent

    async def record(self, intent: Intent, *, user_id: int, message_id: int, at: datetime) -> str:
        """Do what is asked and say so; the same message twice is one row. Raises SheetUnavailable."""
        if intent.name == "list_expenses":
            return await self._list(user_id)
        if intent.name == "unknown":
            return intent.entities.get("problem", HELP)
        told = intent.entities
        row = LedgerRow(
            at=at,
            user_id=user_id,
            message_id=message_id,
            item=told["item"],
            amount=Decimal(told["amount"]),
            currency=told["currency"],
        )
        try:
            kept = await self._sheet.append(row)
        except RowWaits as waits:
            return f"Noted: {describe(row)}. {waits}"
        return f"Noted: {describe(row)}." if kept else f"That message is in the ledger already: {describe(row)}."

    async def _list(self, user_id: int) -> str:
        rows = [row for row in await self._sheet.newest(LOOKED_AT) if row.user_id == user_id][:LISTED]
        if not rows:
            return "You have no expenses yet: write one like `lunch 12.50`."
        return "\n".join(["Your newest expenses:", *(f"{row.at:%Y-%m-%d}  {describe(row)}" for row in rows)])


def describe(row: LedgerRow) -> str:
    """A row in words."""
    return f"{row.item}, {row.amount:,.2f} {row.currency}"
