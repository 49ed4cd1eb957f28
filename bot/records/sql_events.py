"""The event log in SQL: what was published, in order, for a bounded time."""

import json
from collections.abc import Collection, Sequence
from datetime import timedelta

import sqlalchemy as sa

from bot.events.bus import Entry, NotRecorded
from bot.records.database import Database, one_at_a_time
from bot.records.event_log import RecordedEvent
from bot.records.sql_tables import events
from bot.records.store import StoreUnavailable

MOST = 10_000
LONGEST = timedelta(days=14)
"""How many events are kept, and for how long."""
PRUNED_EVERY = 256
ORDER_LOCK = 7_418_802_514
"""The advisory lock under which PostgreSQL gives out numbers, so that a later one is never seen before an earlier."""


class SqlEvents:
    """The events table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, entries: Sequence[Entry]) -> list[int]:
        """Keep these events; returns their cursors. Raises NotRecorded."""
        rows = [
            {
                "name": entry.name,
                "at": entry.at,
                "cause": entry.cause,
                "depth": len(entry.chain),
                "body": entry.event.model_dump_json(),
            }
            for entry in entries
        ]

        def write(connection: sa.Connection) -> list[int]:
            one_at_a_time(connection, ORDER_LOCK)
            insert = sa.insert(events).returning(events.c.seq, sort_by_parameter_order=True)
            cursors = list(connection.scalars(insert, rows))
            if cursors[0] // PRUNED_EVERY != cursors[-1] // PRUNED_EVERY or cursors[-1] % PRUNED_EVERY == 0:
                too_old = events.c.at < entries[-1].at - LONGEST
                connection.execute(sa.delete(events).where((events.c.seq <= cursors[-1] - MOST) | too_old))
            return cursors

        try:
            return await self._database.run(write)
        except StoreUnavailable as error:
            raise NotRecorded(str(error)) from error

    async def after(
        self, cursor: int, names: Collection[str] | None = None, *, limit: int = 500
    ) -> list[RecordedEvent]:
        """What was published after this cursor, oldest first."""
        query = self._named(names).where(events.c.seq > cursor).order_by(events.c.seq).limit(limit)
        return await self._read(query)

    async def newest(self, names: Collection[str] | None = None, *, limit: int = 100) -> list[RecordedEvent]:
        """What was published last, newest first."""
        return await self._read(self._named(names).order_by(events.c.seq.desc()).limit(limit))

    async def counts(self) -> dict[str, int]:
        """How many of each name are kept."""
        query = sa.select(events.c.name, sa.func.count()).group_by(events.c.name)
        rows = await self._database.run(lambda connection: connection.execute(query).all())
        return {row[0]: row[1] for row in rows}

    @staticmethod
    def _named(names: Collection[str] | None) -> sa.Select[tuple[object, ...]]:
        query = sa.select(events)
        return query if names is None else query.where(events.c.name.in_(names))

    async def _read(self, query: sa.Select[tuple[object, ...]]) -> list[RecordedEvent]:
        rows = await self._database.run(lambda connection: connection.execute(query).mappings().all())
        return [
            RecordedEvent(
                cursor=row["seq"],
                name=row["name"],
                at=row["at"],
                cause=row["cause"],
                depth=row["depth"],
                payload=json.loads(row["body"]),
            )
            for row in rows
        ]
