"""Which process is alive, which one leads, and who takes which order on: in SQL, one statement for each decision."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.records.database import Database, insert_into, put
from bot.records.kept_bodies import readable
from bot.records.sql_tables import leases, orders, processes
from bot.records.store import ALIVE_SECONDS, Process
from bot.records.work_order import WAITING_OUTSIDE, WorkOrder

LEADER = "leader"
ALIVE = timedelta(seconds=ALIVE_SECONDS)
LONGEST = timedelta(days=1)
"""Nothing is due later than that: a time further ahead was told by a wrong clock."""
KEPT = timedelta(days=8)
"""How long an ended process is remembered: longer than the traffic of its build is waited for."""


def is_fresh(column: sa.Column[datetime], now: datetime) -> sa.ColumnElement[bool]:
    """Was this sign of life given a moment ago? (One from the future was given by a wrong clock.)"""
    return sa.and_(column > now - ALIVE, column < now + ALIVE)


class SqlTurns:
    """The columns of the work orders table that say who is at an order."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, holder: str, now: datetime, limit: int) -> list[WorkOrder]:
        """Take due orders; what another process is just taking is passed over, not waited for."""
        alive = sa.select(processes.c.id).where(processes.c.left_at.is_(None), is_fresh(processes.c.seen_at, now))
        due = (
            sa.select(orders.c.id)
            .where(
                orders.c.status.in_(WAITING_OUTSIDE),
                sa.or_(orders.c.due_at.is_(None), orders.c.due_at <= now, orders.c.due_at > now + LONGEST),
                sa.or_(orders.c.holder.is_(None), orders.c.holder == holder, orders.c.holder.not_in(alive)),
            )
            .order_by(orders.c.due_at.asc().nulls_first(), orders.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        take = sa.update(orders).where(orders.c.id.in_(due)).values(holder=holder).returning(orders.c.id, orders.c.body)
        rows = await self._database.run(lambda connection: connection.execute(take).all())
        return [order for row in sorted(rows) if (order := readable(WorkOrder, row.body))]

    async def hasten(self, incident_id: str, now: datetime) -> None:
        """Somebody said that there is something new."""
        waiting = sa.and_(orders.c.incident_id == incident_id, orders.c.status.in_(WAITING_OUTSIDE))
        hurry = sa.update(orders).where(waiting, orders.c.due_at > now).values(due_at=now)
        await self._database.run(lambda connection: connection.execute(hurry))

    async def release(self, holder: str, due: Mapping[str, datetime]) -> None:
        """Give orders back."""

        def give_back(connection: sa.Connection) -> None:
            for order_id, at in due.items():
                held = sa.update(orders).where(orders.c.id == order_id, orders.c.holder == holder)
                connection.execute(held.values(holder=None, due_at=at))

        await self._database.run(give_back)


class SqlProcesses:
    """The processes and leases tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def beat(self, process: Process) -> bool:
        """A sign of life; the lease is taken, kept, or left to whoever has it, in one statement."""

        def sign(connection: sa.Connection) -> bool:
            put(processes, [vars(process)], connection)
            insert = insert_into(leases, connection).values(name=LEADER, holder=process.id, seen_at=process.seen_at)
            free = sa.or_(
                leases.c.holder.is_(None), leases.c.holder == process.id, ~is_fresh(leases.c.seen_at, process.seen_at)
            )
            take = insert.on_conflict_do_update(
                index_elements=["name"], set_={"holder": process.id, "seen_at": process.seen_at}, where=free
            )
            return connection.execute(take.returning(leases.c.holder)).scalar() == process.id

        return await self._database.run(sign)

    async def leave(self, process_id: str, at: datetime) -> None:
        """The process ends in order; those that ended long ago are forgotten."""

        def go(connection: sa.Connection) -> None:
            connection.execute(sa.update(processes).where(processes.c.id == process_id).values(left_at=at))
            connection.execute(sa.update(leases).where(leases.c.holder == process_id).values(holder=None))
            connection.execute(sa.update(orders).where(orders.c.holder == process_id).values(holder=None))
            connection.execute(sa.delete(processes).where(processes.c.seen_at < at - KEPT))

        await self._database.run(go)

    async def newest(self) -> list[Process]:
        """The 200 that were seen last."""
        query = sa.select(processes).order_by(processes.c.seen_at.desc()).limit(200)
        rows = await self._database.run(lambda connection: connection.execute(query).mappings().all())
        return [Process(**row) for row in rows]
