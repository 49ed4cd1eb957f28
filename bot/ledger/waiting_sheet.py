"""A sheet whose rows are never lost: what cannot be written now waits in the store, and is written in its order."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.apis.sheet_errors import SheetTimeout
from bot.events.catalog import IngestionCompleted, IngestionFailed, PipelineTimeout, SchemaInvalid
from bot.events.event import Event
from bot.ledger.sheet import RowWaits, Sheet, SheetForeign, SheetUnavailable
from bot.records.dead_letter import DeadLetter, DeadLetters
from bot.records.store import LedgerRow, StoreUnavailable

PLACE = "the ledger's sheet"
PIPELINE = "Google Sheets"
BATCH = 100
LISTED = 1_000

Publish = Callable[[Event], Awaitable[None]]

log = logging.getLogger(__name__)


class WaitingSheet:
    """Rows that wait go before newer ones; one at a time looks and writes."""

    def __init__(self, sheet: Sheet, letters: DeadLetters, publish: Publish, clock: Callable[[], datetime]) -> None:
        self._sheet = sheet
        self._letters = letters
        self._publish = publish
        self._clock = clock
        self._turn = asyncio.Lock()
        self.stays_local = False
        """Whether rows go to the store alone, so that the sheet has its peace."""

    async def append(self, row: LedgerRow) -> bool:
        """Keep the row; False when this message's row is there, or waits, already.

        Raises RowWaits when it is kept in the store for now, SheetUnavailable when not even that worked.
        """
        async with self._turn:
            try:
                if not self.stays_local:
                    await self._write_waiting()
                    return await self._sheet.append(row)
                failure = None
            except SheetUnavailable as error:
                failure = error
            is_new = await self._keep(row, failure)
        if failure is not None:
            await self._publish(event_of(failure))
        if not is_new:
            return False
        raise RowWaits("The sheet cannot take it now: it is kept here, and written there as soon as that works.")

    async def newest(self, limit: int) -> list[LedgerRow]:
        """The newest rows, those that wait among them. Raises SheetUnavailable."""
        try:
            waiting = [letter.row for letter in await self._letters.oldest(LISTED)]
        except StoreUnavailable as error:
            raise SheetUnavailable(f"The expenses could not be read. {error}") from error
        written = [] if self.stays_local else await self._sheet.newest(limit)
        once = {row.message_id: row for row in (*waiting, *written)}
        return sorted(once.values(), key=lambda row: row.message_id, reverse=True)[: max(limit, 0)]

    async def waiting(self) -> int:
        """How many rows wait. Raises StoreUnavailable."""
        return await self._letters.count()

    async def replay(self) -> int:
        """Write what waits, each row once, the oldest first; returns how many. Raises SheetUnavailable."""
        async with self._turn:
            number = await self._write_waiting()
        if number:
            log.info("%d waiting rows were written", number, extra={"action": "ingestion_replayed"})
            await self._publish(IngestionCompleted(file_path=PLACE))
        return number

    async def _write_waiting(self) -> int:
        number = 0
        try:
            while letters := await self._letters.oldest(BATCH):
                for letter in letters:
                    await self._sheet.append(letter.row)  # by its message it is known again when only we did not hear
                    await self._letters.remove(letter.row.message_id)
                    number += 1
        except StoreUnavailable as error:
            raise SheetUnavailable(f"Waiting expenses could not be read. {error}") from error
        return number

    async def _keep(self, row: LedgerRow, failure: SheetUnavailable | None) -> bool:
        why = str(failure or "The sheet is left in peace for a while.")
        try:
            return await self._letters.add(DeadLetter(row=row, why=why, at=self._clock()))
        except StoreUnavailable as error:
            raise SheetUnavailable(f"The expense could not be kept, in the sheet or in the store. {error}") from failure


def event_of(failure: SheetUnavailable) -> Event:
    """What a row that could not be written tells of the sheet."""
    cause = failure.__cause__
    if isinstance(failure, SheetForeign):
        return SchemaInvalid(source=PLACE, error=str(failure))
    if isinstance(cause, SheetTimeout):
        return PipelineTimeout(pipeline=PIPELINE, seconds=cause.seconds, error=str(cause))
    return IngestionFailed(file_path=PLACE, error=str(cause or failure))
