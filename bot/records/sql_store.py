"""The store in SQL: each record a JSON document beside the columns it is found by."""

import json
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bot.incident.payload import Incident
from bot.records.database import Database, engine_of, one_at_a_time, put
from bot.records.kept_bodies import readable
from bot.records.migrations import migrate
from bot.records.proposal import Proposal
from bot.records.sql_audit import SqlAuditLog
from bot.records.sql_dead_letters import SqlConnections, SqlDeadLetters
from bot.records.sql_events import SqlEvents
from bot.records.sql_healing import SqlDocuments, SqlRuns, SqlTrustBook
from bot.records.sql_sightings import SqlSightings
from bot.records.sql_tables import faults, incidents, ledger_rows, notes, orders, proposals
from bot.records.sql_tallies import SqlTallies
from bot.records.sql_turns import SqlProcesses, SqlTurns
from bot.records.store import Asked, LedgerRow, Outline, RecordMissing, StaleRecord, Store, StoreUnavailable
from bot.records.work_order import Status, WorkOrder

BUDGET_LOCK = 7_418_802_515
"""The advisory lock under which PostgreSQL lets one run of the agent begin at a time."""


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


class SqlOrders:
    """The work orders table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, order: WorkOrder) -> WorkOrder:
        """Keep a new order under the next id of its day; when two come at once, the later one counts again."""
        prefix = f"wo_{order.created_at.astimezone(UTC):%Y%m%d}_"
        of_day = sa.select(sa.func.count()).where(orders.c.id.startswith(prefix, autoescape=True))

        def insert(connection: sa.Connection) -> WorkOrder:
            number = (connection.scalar(of_day) or 0) + 1
            named = order.evolve(id=f"{prefix}{number:04}", version=1)
            connection.execute(sa.insert(orders).values(self._row(named)))
            return named

        for _ in range(100):
            try:
                return await self._database.run(insert)
            except IntegrityError as error:
                if "later_attempt" in str(error.orig):
                    raise StaleRecord(f"{order.incident_id} has an attempt {order.attempt} already.") from error
        raise StoreUnavailable(f"No free number for a work order of the day {prefix}: try again.")

    async def get(self, order_id: str) -> WorkOrder:
        """The order of this id."""
        query = sa.select(orders.c.body).where(orders.c.id == order_id)
        body = await self._database.run(lambda connection: connection.scalar(query))
        if body is None:
            raise RecordMissing(f"There is no work order {order_id}.")
        return WorkOrder.model_validate_json(body)

    async def save(self, order: WorkOrder) -> WorkOrder:
        """Keep the order, compare-and-set on its version."""
        return await self._database.run(partial(self._save, order))

    async def save_permitted(
        self, order: WorkOrder, since: datetime, permit: Callable[[Sequence[Asked]], None]
    ) -> WorkOrder:
        """Keep the order, then look at all that were asked for; what `permit` raises takes it back."""

        def save(connection: sa.Connection) -> WorkOrder:
            one_at_a_time(connection, BUDGET_LOCK)
            saved = self._save(order, connection)  # first: SQLite's only lock is that of who writes
            permit(asked_of(connection, since))
            return saved

        return await self._database.run(save)

    def _save(self, order: WorkOrder, connection: sa.Connection) -> WorkOrder:
        saved = order.evolve(version=order.version + 1)
        unchanged = sa.update(orders).where(orders.c.id == order.id, orders.c.version == order.version)
        if connection.execute(unchanged.values(self._row(saved))).rowcount != 1:
            raise StaleRecord(f"{order.id} changed since it was read (version {order.version}).")
        return saved

    async def newest(
        self, *, incident_id: str | None = None, fingerprint: str | None = None, statuses: Collection[Status] = ()
    ) -> list[WorkOrder]:
        """At most 500 orders, newest first."""
        query = sa.select(orders.c.body).order_by(orders.c.id.desc()).limit(500)
        if incident_id:
            query = query.where(orders.c.incident_id == incident_id)
        if statuses:
            query = query.where(orders.c.status.in_(statuses))
        if fingerprint:
            query = query.join(incidents, incidents.c.id == orders.c.incident_id)
            query = query.where(incidents.c.fingerprint == fingerprint)
        return await self._read(query)

    async def asked_since(self, since: datetime) -> list[Asked]:
        """However many; those that were saved last before there was this column are not among them."""
        return await self._database.run(lambda connection: asked_of(connection, since))

    async def in_doubt(self, since: datetime) -> list[WorkOrder]:
        """The verified orders whose fault was counted since then."""
        seen = sa.select(faults.c.fingerprint).where(faults.c.last_seen > since)
        query = sa.select(orders.c.body).join(incidents, incidents.c.id == orders.c.incident_id)
        return await self._read(query.where(orders.c.status == "verified", incidents.c.fingerprint.in_(seen)))

    async def _read(self, query: sa.Executable) -> list[WorkOrder]:
        bodies = await self._database.run(lambda connection: connection.scalars(query).all())
        return [order for body in bodies if (order := readable(WorkOrder, body))]

    async def versions(self) -> dict[str, int]:
        """The versions of the newest 2,000 orders."""
        query = sa.select(orders.c.id, orders.c.version).order_by(orders.c.id.desc()).limit(2000)
        rows = await self._database.run(lambda connection: connection.execute(query).all())
        return {row.id: row.version for row in rows}

    @staticmethod
    def _row(order: WorkOrder) -> dict[str, object]:
        return {
            "id": order.id,
            "incident_id": order.incident_id,
            "status": order.status,
            "version": order.version,
            "body": order.model_dump_json(),
            "due_at": order.retry_at,
            "later_attempt": later_attempt(order),
            "asked_at": order.asked_at,
        }


def asked_of(connection: sa.Connection, since: datetime) -> list[Asked]:
    """The orders whose proposal was asked for after that, the last one first."""
    query = sa.select(orders.c.body, incidents.c.fingerprint)
    query = query.join(incidents, incidents.c.id == orders.c.incident_id, isouter=True)
    query = query.where(orders.c.asked_at > since).order_by(orders.c.asked_at.desc())
    rows = connection.execute(query).all()
    return [Asked(order, row.fingerprint) for row in rows if (order := readable(WorkOrder, row.body))]


def later_attempt(order: WorkOrder) -> str | None:
    """By what a second attempt of an incident is told from another second one; a first has its own incident."""
    return f"{order.incident_id}/{order.attempt}" if order.attempt > 1 else None


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
