"""What every build handled and which faults it had, in SQL: counters that are added to."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from bot.records.database import Database, insert_into
from bot.records.sql_tables import faults, traffic
from bot.records.store import Fault


class SqlTallies:
    """The faults and traffic tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, faults: Sequence[Fault], handled: Mapping[tuple[str, str], int]) -> None:
        """Add to the counters."""

        def count(connection: sa.Connection) -> None:
            for fault in faults:
                add_fault(connection, fault)
            for (build, kind), number in handled.items():
                add_traffic(connection, {"build": build, "kind": kind, "handled": number})

        await self._database.run(count)

    async def faults(self, fingerprint: str) -> list[Fault]:
        """This fault in every build, and its kin."""
        kin = sa.select(faults.c.kin).where(faults.c.fingerprint == fingerprint)
        query = sa.select(faults).where(sa.or_(faults.c.fingerprint == fingerprint, faults.c.kin.in_(kin)))
        return await self._read(query)

    async def handled(self) -> dict[tuple[str, str], int]:
        """How many requests each build handled, by kind."""
        rows = await self._database.run(lambda connection: connection.execute(sa.select(traffic)).all())
        return {(row.build, row.kind): row.handled for row in rows}

    async def _read(self, query: sa.Select[tuple[object, ...]]) -> list[Fault]:
        rows = await self._database.run(lambda connection: connection.execute(query).mappings().all())
        return [Fault(**row) for row in rows]


def add_fault(connection: sa.Connection, fault: Fault) -> None:
    """Add to one fault's counter."""
    insert = insert_into(faults, connection).values(**vars(fault))
    changes = {"count": faults.c.count + fault.count, "last_seen": fault.last_seen}
    connection.execute(insert.on_conflict_do_update(index_elements=["fingerprint", "build"], set_=changes))


def add_traffic(connection: sa.Connection, row: Mapping[str, object]) -> None:
    """Add to one counter of requests."""
    insert = insert_into(traffic, connection).values(**row)
    changes = {"handled": traffic.c.handled + insert.excluded.handled}
    connection.execute(insert.on_conflict_do_update(index_elements=["build", "kind"], set_=changes))
