"""The store in SQL: each record a JSON document beside the columns it is found by."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bot.incident.payload import Incident
from bot.records.database import Database, engine_of, put
from bot.records.migrations import migrate
from bot.records.proposal import Proposal
from bot.records.sql_audit import SqlAuditLog
from bot.records.sql_dead_letters import SqlConnections, SqlDeadLetters
from bot.records.sql_events import SqlEvents
from bot.records.sql_healing import SqlDocuments, SqlRuns, SqlTrustBook
from bot.records.sql_orders import SqlOrders
from bot.records.sql_sightings import SqlSightings
from bot.records.sql_tables import incidents, ledger_rows, notes, proposals
from bot.records.sql_tallies import SqlTallies
from bot.records.sql_turns import SqlProcesses, SqlTurns
from bot.records.store import LedgerRow, Outline, RecordMissing, StaleRecord, Store, StoreUnavailable


class SqlIncidents:
    """The incidents table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, incident: Incident) -> None:
        """Keep a new incident."""
        row = {"id": incident.id, "fingerprint": incident.fingerprint, "body": incident.model_dump_json()}
        try:
            await self._database.run(lambda connection: connection.execute(sa.insert(incidents).values(row)))
        except IntegrityError as error:
            raise StaleRecord(f"There is an incident {incident.id} already.") from error

    async def revise(self, incident: Incident) -> None:
        """Keep this in place of the incident of its id."""
        row = {"id": incident.id, "fingerprint": incident.fingerprint, "body": incident.model_dump_json()}
        await self._database.run(partial(put, incidents, [row]))

    async def get(self, incident_id: str) -> Incident:
        """The incident of this id."""
        query = sa.select(incidents.c.body).where(incidents.c.id == incident_id)
        body = await self._database.run(lambda connection: connection.scalar(query))
        if body is None:
            raise RecordMissing(f"There is no incident {incident_id}.")
        return Incident.model_validate_json(body)

    async def outlines(self, ids: Sequence[str]) -> dict[str, Outline]:
        """The outlines of these incidents; read one by one here, for PostgreSQL takes no JSON with a NUL in it."""
        query = sa.select(incidents.c.body).where(incidents.c.id.in_(ids))

        def read(connection: sa.Connection) -> list[Outline]:
            return [Outline.model_validate_json(body) for body in connection.scalars(query)]

        return {outline.id: outline for outline in await self._database.run(read)}


class SqlProposals:
    """The proposals table; the diff is kept as the bytes it came in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, proposal: Proposal) -> None:
        """Keep the proposal of its order, in place of an earlier one."""
        row = {
            "order_id": proposal.order_id,
            "body": proposal.model_dump_json(exclude={"diff"}),
            "diff": proposal.diff,
        }

        await self._database.run(partial(put, proposals, [row]))

    async def get(self, order_id: str) -> Proposal:
        """The proposal of this order."""
        found = await self.several([order_id])
        if order_id not in found:
            raise RecordMissing(f"There is no proposal for {order_id}.")
        return found[order_id]

    async def several(self, order_ids: Sequence[str]) -> dict[str, Proposal]:
        """The proposals of these orders, by order."""
        columns = (proposals.c.order_id, proposals.c.body, proposals.c.diff)
        query = sa.select(*columns).where(proposals.c.order_id.in_(order_ids))

        def read(connection: sa.Connection) -> dict[str, Proposal]:
            rows = connection.execute(query)
            return {row.order_id: Proposal.model_validate({**json.loads(row.body), "diff": row.diff}) for row in rows}

        return await self._database.run(read)


class SqlLedgerRows:
    """The ledger's rows, one per message."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, row: LedgerRow) -> bool:
        """Keep the row; False when this message's row is there already."""
        values = {**vars(row), "amount": str(row.amount)}
        try:
            await self._database.run(lambda connection: connection.execute(sa.insert(ledger_rows).values(values)))
        except IntegrityError:
            return False
        return True

    async def newest(self, limit: int = 10) -> list[LedgerRow]:
        """The newest rows, newest first."""
        query = sa.select(ledger_rows).order_by(ledger_rows.c.message_id.desc()).limit(limit)
        found = await self._database.run(lambda connection: connection.execute(query).mappings().all())
        return [LedgerRow(**{**row, "amount": Decimal(row["amount"])}) for row in found]


class SqlNotes:
    """The notes table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, name: str) -> str | None:
        """The fact, or None."""
        query = sa.select(notes.c.value).where(notes.c.name == name)
        return await self._database.run(lambda connection: connection.scalar(query))

    async def write(self, facts: Mapping[str, str]) -> None:
        """Keep these facts."""
        rows = [{"name": name, "value": value} for name, value in facts.items()]
        if not rows:
            return

        await self._database.run(partial(put, notes, rows))


@asynccontextmanager
async def open_store(state_dir: Path, url: str | None = None) -> AsyncIterator[Store]:
    """The store at this address, else in a SQLite file of `state_dir`; made when it is not there.

    Raises StoreUnavailable.
    """
    engine = engine_of(url or sqlite_in(state_dir))
    database = Database(engine)
    try:
        await database.run(migrate)
        yield Store(
            SqlIncidents(database),
            SqlOrders(database),
            SqlProposals(database),
            SqlLedgerRows(database),
            SqlNotes(database),
            SqlTurns(database),
            SqlProcesses(database),
            SqlTallies(database),
            SqlAuditLog(database),
            SqlRuns(database),
            SqlDocuments(database),
            SqlTrustBook(database),
            SqlEvents(database),
            SqlSightings(database),
            SqlDeadLetters(database),
            SqlConnections(database),
        )
    finally:
        engine.dispose()


def sqlite_in(state_dir: Path) -> sa.URL:
    """The address of the SQLite file in this folder, which is made. Raises StoreUnavailable."""
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(f"STATE_DIR {state_dir} cannot be made: {error.strerror}. Set another.") from error
    return sa.URL.create("sqlite", database=str(state_dir / "suture.db"))
