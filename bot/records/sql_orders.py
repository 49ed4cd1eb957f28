"""The work orders in SQL: saved by compare-and-set, and begun one at a time where a budget is counted."""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from functools import partial

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bot.records.database import Database, one_at_a_time
from bot.records.kept_bodies import readable
from bot.records.sql_tables import faults, incidents, orders
from bot.records.store import Asked, RecordMissing, StaleRecord, StoreUnavailable
from bot.records.work_order import Status, WorkOrder

BUDGET_LOCK = 7_418_802_515
"""The advisory lock under which PostgreSQL lets one run of the agent begin at a time."""
NEWEST = 500
"""How many orders a list holds at most."""


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
            attempt = f"{order.incident_id}/{order.attempt}"
            connection.execute(sa.insert(orders).values({**self._row(named), "attempt": attempt}))
            return named

        for _ in range(100):
            try:
                return await self._database.run(insert)
            except IntegrityError as error:
                if "attempt" in str(error.orig):
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
        query = sa.select(orders.c.body).order_by(orders.c.id.desc()).limit(NEWEST)
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
            "asked_at": order.asked_at,
        }


def asked_of(connection: sa.Connection, since: datetime) -> list[Asked]:
    """The orders whose proposal was asked for after that, the last one first."""
    query = sa.select(orders.c.body, incidents.c.fingerprint)
    query = query.join(incidents, incidents.c.id == orders.c.incident_id, isouter=True)
    query = query.where(orders.c.asked_at > since).order_by(orders.c.asked_at.desc())
    rows = connection.execute(query).all()
    return [Asked(order, row.fingerprint) for row in rows if (order := readable(WorkOrder, row.body))]
