"""How often each fault was seen, and whose incident it is, in SQL: one row per fingerprint, added to."""

from collections.abc import Collection, Iterable, Sequence

import sqlalchemy as sa

from bot.incident.payload import Incident
from bot.records.database import Database, insert_into
from bot.records.sighting import EVERY, Sighting, Wanted, graver
from bot.records.sql_tables import incidents, sightings


class SqlSightings:
    """The sightings table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, seen: Sequence[Sighting], first: Iterable[Incident] = ()) -> list[Sighting]:
        """Add to the counters; a fault that was not known gets its incident of `first`, in the same transaction."""
        bodies = {incident.id: incident for incident in first}

        def write(connection: sa.Connection) -> list[Sighting]:
            kept = [added(connection, each) for each in seen]
            for each in kept:
                if incident := bodies.get(each.incident_id):
                    keep_incident(connection, incident)
            return kept

        return await self._database.run(write)

    async def get(self, fingerprint: str) -> Sighting | None:
        """What is known of this fault; None when it was never seen."""
        found = await self._read(sa.select(sightings).where(sightings.c.fingerprint == fingerprint))
        return found[0] if found else None

    async def known(self, fingerprints: Collection[str]) -> frozenset[str]:
        """Those of them that were seen before."""
        query = sa.select(sightings.c.fingerprint).where(sightings.c.fingerprint.in_(fingerprints))
        return frozenset(await self._database.run(lambda connection: connection.scalars(query).all()))

    async def newest(self, limit: int = 100, wanted: Wanted = EVERY) -> list[Sighting]:
        """The faults that were seen last, newest first."""
        place = (sightings.c.last_seen, sightings.c.fingerprint)
        query = sa.select(sightings).order_by(*(column.desc() for column in place)).limit(limit)
        if wanted.severity:
            query = query.where(sightings.c.severity == wanted.severity)
        if wanted.source:
            query = query.where(("," + sightings.c.sources + ",").contains(f",{wanted.source},", autoescape=True))
        if wanted.before:
            query = query.where(sa.tuple_(*place) < sa.tuple_(*wanted.before, types=[each.type for each in place]))
        return await self._read(query)

    async def _read(self, query: sa.Select[tuple[object, ...]]) -> list[Sighting]:
        rows = await self._database.run(lambda connection: connection.execute(query).mappings().all())
        return [sighting_of(row) for row in rows]


def sighting_of(row: sa.RowMapping) -> Sighting:
    """The record of a row."""
    return Sighting(**{**row, "sources": frozenset(row["sources"].split(","))})


def added(connection: sa.Connection, seen: Sighting) -> Sighting:
    """The row after this was added to it; the first statement takes the row's lock."""
    insert = insert_into(sightings, connection).values(**{**vars(seen), "sources": ",".join(sorted(seen.sources))})
    changes = {"count": sightings.c.count + seen.count, "last_seen": seen.last_seen}
    connection.execute(insert.on_conflict_do_update(index_elements=["fingerprint"], set_=changes))
    own = sightings.c.fingerprint == seen.fingerprint
    kept = sighting_of(connection.execute(sa.select(sightings).where(own)).mappings().one())
    severity, sources = graver(kept.severity, seen.severity), kept.sources | seen.sources
    if (severity, sources) != (kept.severity, kept.sources):
        grown = {"severity": severity, "sources": ",".join(sorted(sources))}
        connection.execute(sa.update(sightings).where(own).values(**grown))
    return Sighting(**{**vars(kept), "severity": severity, "sources": sources})


def keep_incident(connection: sa.Connection, incident: Incident) -> None:
    """Keep the incident unless there is one of its id."""
    row = {"id": incident.id, "fingerprint": incident.fingerprint, "body": incident.model_dump_json()}
    connection.execute(insert_into(incidents, connection).values(**row).on_conflict_do_nothing())
