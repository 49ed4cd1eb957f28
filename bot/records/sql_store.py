"""The store in SQL: each record a JSON document beside the columns it is found by."""

import asyncio
import json
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError, IntegrityError

from bot.incident.payload import Incident
from bot.records.proposal import Proposal
from bot.records.store import LedgerRow, RecordMissing, StaleRecord, Store, StoreUnavailable
from bot.records.work_order import WAITING_OUTSIDE, WorkOrder

Result = TypeVar("Result")
log = logging.getLogger(__name__)

schema = sa.MetaData()
incidents = sa.Table(
    "incidents",
    schema,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("fingerprint", sa.String(16), index=True),
    sa.Column("body", sa.Text, nullable=False),
)
orders = sa.Table(
    "work_orders",
    schema,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("incident_id", sa.String(40), index=True),
    sa.Column("status", sa.String(40), index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)
proposals = sa.Table(
    "proposals",
    schema,
    sa.Column("order_id", sa.String(40), primary_key=True),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("diff", sa.LargeBinary, nullable=False),
)
ledger_rows = sa.Table(
    "ledger_rows",
    schema,
    sa.Column("message_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.DateTime(timezone=True), index=True),
    sa.Column("user_id", sa.BigInteger, nullable=False),
    sa.Column("item", sa.Text, nullable=False),
    sa.Column("amount", sa.String(40), nullable=False),
    sa.Column("currency", sa.String(8), nullable=False),
)
notes = sa.Table(
    "notes",
    schema,
    sa.Column("name", sa.String(100), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)


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
            cause = getattr(error, "orig", None) or error
            raise StoreUnavailable(f"The store {self.engine.url.database} cannot be used now: {cause}.") from error


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

    async def get(self, incident_id: str) -> Incident:
        """The incident of this id."""
        query = sa.select(incidents.c.body).where(incidents.c.id == incident_id)
        body = await self._database.run(lambda connection: connection.scalar(query))
        if body is None:
            raise RecordMissing(f"There is no incident {incident_id}.")
        return Incident.model_validate_json(body)


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
            except IntegrityError:
                continue
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
        saved = order.evolve(version=order.version + 1)
        unchanged = sa.update(orders).where(orders.c.id == order.id, orders.c.version == order.version)
        update = unchanged.values(self._row(saved))
        changed = await self._database.run(lambda connection: connection.execute(update).rowcount)
        if changed != 1:
            raise StaleRecord(f"{order.id} changed since it was read (version {order.version}).")
        return saved

    async def newest(self, *, waiting: bool = False, incident_id: str | None = None) -> list[WorkOrder]:
        """At most 500 orders, newest first."""
        query = sa.select(orders.c.body).order_by(orders.c.id.desc()).limit(500)
        if waiting:
            query = query.where(orders.c.status.in_(WAITING_OUTSIDE))
        if incident_id:
            query = query.where(orders.c.incident_id == incident_id)
        bodies = await self._database.run(lambda connection: connection.scalars(query).all())
        return [order for body in bodies if (order := readable(body))]

    @staticmethod
    def _row(order: WorkOrder) -> dict[str, object]:
        return {
            "id": order.id,
            "incident_id": order.incident_id,
            "status": order.status,
            "version": order.version,
            "body": order.model_dump_json(),
        }


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

        def replace(connection: sa.Connection) -> None:
            connection.execute(sa.delete(proposals).where(proposals.c.order_id == proposal.order_id))
            connection.execute(sa.insert(proposals).values(row))

        await self._database.run(replace)

    async def get(self, order_id: str) -> Proposal:
        """The proposal of this order."""
        query = sa.select(proposals.c.body, proposals.c.diff).where(proposals.c.order_id == order_id)
        row = await self._database.run(lambda connection: connection.execute(query).one_or_none())
        if row is None:
            raise RecordMissing(f"There is no proposal for {order_id}.")
        return Proposal.model_validate({**json.loads(row.body), "diff": row.diff})


class SqlLedgerRows:
    """The ledger's rows, one per message."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, row: LedgerRow) -> bool:
        """Keep the row; False when this message's row is there already."""
        values = {**vars(row), "at": row.at.astimezone(UTC), "amount": str(row.amount)}
        try:
            await self._database.run(lambda connection: connection.execute(sa.insert(ledger_rows).values(values)))
        except IntegrityError:
            return False
        return True

    async def newest(self, limit: int = 10) -> list[LedgerRow]:
        """The newest rows, newest first."""
        query = sa.select(ledger_rows).order_by(ledger_rows.c.message_id.desc()).limit(limit)
        found = await self._database.run(lambda connection: connection.execute(query).mappings().all())
        return [LedgerRow(**{**row, "at": aware(row["at"]), "amount": Decimal(row["amount"])}) for row in found]


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

        def replace(connection: sa.Connection) -> None:
            connection.execute(sa.delete(notes).where(notes.c.name.in_(facts)))
            connection.execute(sa.insert(notes), rows)

        await self._database.run(replace)


def readable(body: str) -> WorkOrder | None:
    """An order as it was kept, or None (and a log line) when this version cannot read it: others must go on."""
    try:
        return WorkOrder.model_validate_json(body)
    except ValidationError as error:
        words = error.errors()[0]["msg"]
        log.warning(
            "a stored work order cannot be read: %s (%s)", body[:80], words, extra={"action": "order_unreadable"}
        )
        return None


def aware(at: datetime) -> datetime:
    """SQLite gives times back without their zone; they were UTC."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)


@asynccontextmanager
async def open_store(state_dir: Path) -> AsyncIterator[Store]:
    """The store in a SQLite file of `state_dir`, made when it is not there. Raises StoreUnavailable."""
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(f"STATE_DIR {state_dir} cannot be made: {error.strerror}. Set another.") from error
    engine = sa.create_engine(f"sqlite:///{state_dir / 'suture.db'}", connect_args={"timeout": 30})
    sa.event.listen(engine, "connect", write_ahead)
    database = Database(engine)
    try:
        await database.run(schema.create_all)
        yield Store(
            SqlIncidents(database),
            SqlOrders(database),
            SqlProposals(database),
            SqlLedgerRows(database),
            SqlNotes(database),
        )
    finally:
        engine.dispose()


def write_ahead(connection: sqlite3.Connection, _: object) -> None:
    """Readers and the writer do not wait for each other; what is committed outlives a kill."""
    connection.execute("PRAGMA journal_mode=WAL")
