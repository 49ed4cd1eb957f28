"""One database, SQLite or PostgreSQL: how it is opened, and how a piece of work becomes one transaction."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError

from bot.records.store import StoreUnavailable

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert

CONNECT_SECONDS = 5
"""How long PostgreSQL may take to let us in."""
STATEMENT_MILLISECONDS = 30_000
"""How long PostgreSQL may take for one statement, as SQLite waits for another writer."""

Result = TypeVar("Result")


class Whole(sa.TypeDecorator[str]):
    """A text with whatever is in it; PostgreSQL keeps no NUL, so there it is written with an escape."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """The text as it is kept."""
        if value is None or dialect.name != "postgresql":
            return value
        return value.replace("\\", "\\\\").replace("\x00", "\\0")

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """The text as it was."""
        if value is None or dialect.name != "postgresql":
            return value
        return "\\".join(part.replace("\\0", "\x00") for part in value.split("\\\\"))


class Moment(sa.TypeDecorator[datetime]):
    """A time in UTC; SQLite gives it back without its zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """The time as it is kept."""
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """The time with its zone."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Database:
    """One database; each piece of work is a transaction in a thread, which a cancelled caller cannot cut short."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine

    async def run(self, work: Callable[[sa.Connection], Result]) -> Result:
        """What `work` returns, committed. Raises StoreUnavailable, and IntegrityError as it is."""
        return await asyncio.to_thread(self._transaction, work)

    def _transaction(self, work: Callable[[sa.Connection], Result]) -> Result:
        try:
            with self.engine.begin() as connection:
                return work(connection)
        except IntegrityError:
            raise
        except (DBAPIError, OSError) as error:
            cause = " ".join(str(getattr(error, "orig", None) or error).split())
            raise StoreUnavailable(f"The store {self.engine.url.database} cannot be used now: {cause}.") from error


def engine_of(url: str | sa.URL) -> sa.Engine:
    """The engine for a database's address. Raises StoreUnavailable when it is of no kind that we know."""
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise StoreUnavailable("DATABASE_URL is not the address of a database: postgresql://user@host/name.") from error
    if address.get_backend_name() == "sqlite":
        engine = sa.create_engine(address, connect_args={"timeout": 30})
        sa.event.listen(engine, "connect", write_ahead)
        return engine
    if address.drivername not in ("postgresql", "postgres", "postgresql+psycopg"):
        raise StoreUnavailable(f"DATABASE_URL names a {address.drivername} database; this bot keeps PostgreSQL only.")
    options = {"connect_timeout": CONNECT_SECONDS, "options": f"-c statement_timeout={STATEMENT_MILLISECONDS}"}
    return sa.create_engine(
        address.set(drivername="postgresql+psycopg"), connect_args=options, pool_pre_ping=True, pool_timeout=30
    )


def write_ahead(connection: sqlite3.Connection, _: object) -> None:
    """Readers and the writer do not wait for each other; what is committed outlives a kill."""
    connection.execute("PRAGMA journal_mode=WAL")


def insert_into(table: sa.Table, connection: sa.Connection) -> "sqlite.Insert | Insert":
    """An insert that can say what to do when the row is there already."""
    if connection.dialect.name != "postgresql":
        return sqlite.insert(table)
    from sqlalchemy.dialects.postgresql import insert

    return insert(table)


def one_at_a_time(connection: sa.Connection, lock: int) -> None:
    """On PostgreSQL, hold this advisory lock until the transaction's end; on SQLite one writes at a time anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))


def put(table: sa.Table, rows: Iterable[Mapping[str, object]], connection: sa.Connection) -> None:
    """Insert these rows, each in place of an earlier one of its primary key."""
    for row in rows:
        statement = insert_into(table, connection).values(**row)
        keys = [column.name for column in table.primary_key]
        changes = {name: statement.excluded[name] for name in row if name not in keys}
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes))
