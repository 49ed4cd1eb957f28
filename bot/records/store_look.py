"""A look into a store that changes nothing in it: is it there, of which version, and could it be written?"""

import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa

from bot.records.database import Database, engine_of
from bot.records.migrations import STEPS

SECONDS = 5.0
READ_ONLY = "SET TRANSACTION READ ONLY"
MAY_WRITE = sa.text(
    "SELECT NOT pg_is_in_recovery() AND (to_regclass('notes') IS NULL OR has_table_privilege('notes', 'INSERT'))"
)


@dataclass(frozen=True, kw_only=True)
class StoreSeen:
    """What was seen of a store."""

    version: int | None
    """Which schema it has; 0: one from before they were counted; None: nothing was kept there yet."""
    newest: int = len(STEPS)
    """The schema that this bot writes."""
    may_write: bool = True


async def look_into_store(state_dir: Path, url: str | None = None) -> StoreSeen:
    """The store that `open_store` would open with these. Raises StoreUnavailable."""
    file = state_dir / "suture.db"
    if url is None and not file.exists():
        return StoreSeen(version=None)
    engine = engine_of(url) if url else read_only(file)
    try:
        version, may_write = await Database(engine).run(seen)
    finally:
        engine.dispose()
    return StoreSeen(version=version, may_write=may_write and (url is not None or is_writable(file)))


def read_only(file: Path) -> sa.Engine:
    """A SQLite file opened so that not even its companions are made: one that nobody is at is read as it lies."""
    alone = "" if file.with_name(f"{file.name}-wal").exists() else "&immutable=1"
    address = f"file:{quote(str(file.absolute()))}?mode=ro{alone}"
    return sa.create_engine(
        sa.URL.create("sqlite", database=str(file)),
        poolclass=sa.NullPool,
        creator=lambda: sqlite3.connect(address, uri=True, timeout=SECONDS),
    )


def is_writable(file: Path) -> bool:
    """Could this process write into it, and beside it?"""
    return os.access(file, os.W_OK) and os.access(file.parent, os.W_OK | os.X_OK)


def seen(connection: sa.Connection) -> tuple[int | None, bool]:
    """The schema's version, and whether the server lets us write."""
    may_write = True
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(READ_ONLY)
        may_write = bool(connection.execute(MAY_WRITE).scalar())
    tables = set(sa.inspect(connection).get_table_names())
    if "schema_version" not in tables:
        return (0 if "work_orders" in tables else None), may_write
    return connection.exec_driver_sql("SELECT max(version) FROM schema_version").scalar() or 0, may_write
