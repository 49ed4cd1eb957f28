"""The audit chain in SQL; its end stands in a row of its own, whose lock lets one writer through at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from bot.records.audit import Decision, Entry, Head, chained
from bot.records.database import Database, engine_of
from bot.records.sql_tables import audit, audit_head
from bot.records.store import StoreUnavailable


class SqlAuditLog:
    """The audit tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, decision: Decision) -> Entry:
        """Add a decision at the end."""

        def write(connection: sa.Connection) -> Entry:
            connection.execute(sa.update(audit_head).values(seq=audit_head.c.seq))  # takes the row's lock
            entry = chained(decision, read_head(connection))
            connection.execute(sa.insert(audit).values(entry.model_dump()))
            connection.execute(sa.update(audit_head).values(seq=entry.seq, digest=entry.digest))
            return entry

        return await self._database.run(write)

    async def entries(self, *, after: int = 0, limit: int = 1000) -> list[Entry]:
        """The entries after this number, oldest first."""
        query = sa.select(audit).where(audit.c.seq > after).order_by(audit.c.seq).limit(limit)
        rows = await self._database.run(lambda connection: connection.execute(query).all())
        return [Entry(seq=row.seq, body=row.body, previous=row.previous, digest=row.digest) for row in rows]

    async def head(self) -> Head:
        """The end of the chain."""
        return await self._database.run(read_head)


@contextmanager
def open_audit(state_dir: Path, url: str | None = None) -> Iterator[SqlAuditLog]:
    """The audit in the store at this address, else in the file of `state_dir`; neither is made nor brought up to date.

    Raises StoreUnavailable when there is none.
    """
    file = state_dir / "suture.db"
    if url is None and not file.is_file():
        raise StoreUnavailable(f"There is no store {file}: set STATE_DIR or DATABASE_URL as the bot has it.")
    engine = engine_of(url or sa.URL.create("sqlite", database=str(file)))
    try:
        yield SqlAuditLog(Database(engine))
    finally:
        engine.dispose()


def read_head(connection: sa.Connection) -> Head:
    """The end of the chain as it is remembered."""
    row = connection.execute(sa.select(audit_head)).one()
    return Head(seq=row.seq, digest=row.digest)
