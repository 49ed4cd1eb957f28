"""The rows that could not be written, in SQL: one per message, numbered in the order in which they came."""

import asyncio
import json
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bot.records.database import Database
from bot.records.dead_letter import DeadLetter
from bot.records.sql_tables import dead_letters
from bot.records.store import LedgerRow


class SqlDeadLetters:
    """The dead_letters table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, letter: DeadLetter) -> bool:
        """Keep the row behind those that wait."""
        body = json.dumps(asdict(letter.row), default=str)
        values = {"message_id": letter.row.message_id, "body": body, "why": letter.why, "at": letter.at}
        try:
            await self._database.run(lambda connection: connection.execute(sa.insert(dead_letters).values(**values)))
        except IntegrityError:
            return False
        return True

    async def oldest(self, limit: int = 100) -> list[DeadLetter]:
        """Those that wait longest, oldest first."""
        query = sa.select(dead_letters).order_by(dead_letters.c.number).limit(limit)
        rows = await self._database.run(lambda connection: connection.execute(query).mappings().all())
        return [DeadLetter(row=row_of(row["body"]), why=row["why"], at=row["at"]) for row in rows]

    async def remove(self, message_id: int) -> bool:
        """The row was written."""
        delete = sa.delete(dead_letters).where(dead_letters.c.message_id == message_id)
        return await self._database.run(lambda connection: connection.execute(delete).rowcount) == 1

    async def count(self) -> int:
        """How many wait."""
        query = sa.select(sa.func.count()).select_from(dead_letters)
        return await self._database.run(lambda connection: connection.scalar(query)) or 0


def row_of(body: str) -> LedgerRow:
    """The row as it was kept."""
    told = json.loads(body)
    return LedgerRow(**{**told, "at": datetime.fromisoformat(told["at"]), "amount": Decimal(told["amount"])})


class SqlConnections:
    """The connections that the store's engine holds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def close(self) -> None:
        """Close those that idle; one in use goes when it is given back."""
        await asyncio.to_thread(self._database.engine.dispose)

    async def ping(self) -> None:
        """Ask the database for a sign of life."""
        await self._database.run(lambda connection: connection.scalar(sa.select(sa.literal(1))))
