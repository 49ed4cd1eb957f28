"""What was healed without code, in SQL: runs, the guard's document, and the changes of trust."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bot.records.database import Database
from bot.records.healing_store import TrustChange
from bot.records.kept_bodies import readable
from bot.records.playbook_run import PlaybookRun, RunStatus
from bot.records.sql_tables import documents, runs, trust
from bot.records.store import RecordMissing, StaleRecord


class SqlRuns:
    """The playbook_runs table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, run: PlaybookRun) -> PlaybookRun:
        """Keep a new run."""
        first = run.evolve(version=1)
        insert = sa.insert(runs).values(id=run.id, **self._row(first))
        try:
            await self._database.run(lambda connection: connection.execute(insert))
        except IntegrityError as error:
            raise StaleRecord(f"There is a run {run.id} already.") from error
        return first

    async def get(self, run_id: str) -> PlaybookRun:
        """The run of this id."""
        query = sa.select(runs.c.body).where(runs.c.id == run_id)
        body = await self._database.run(lambda connection: connection.scalar(query))
        if body is None:
            raise RecordMissing(f"There is no run {run_id}.")
        return PlaybookRun.model_validate_json(body)

    async def save(self, run: PlaybookRun) -> PlaybookRun:
        """Keep the run, compare-and-set on its version."""
        saved = run.evolve(version=run.version + 1)
        unchanged = sa.update(runs).where(runs.c.id == run.id, runs.c.version == run.version)
        update = unchanged.values(self._row(saved))
        if await self._database.run(lambda connection: connection.execute(update).rowcount) != 1:
            raise StaleRecord(f"{run.id} changed since it was read (version {run.version}).")
        return saved

    async def newest(self, statuses: Sequence[RunStatus] = (), limit: int = 50) -> list[PlaybookRun]:
        """The newest runs, newest first."""
        query = sa.select(runs.c.body).order_by(runs.c.number.desc()).limit(limit)
        if statuses:
            query = query.where(runs.c.status.in_(statuses))
        return await self._read(query)

    async def following(self, run_id: str | None, statuses: Sequence[RunStatus], limit: int) -> list[PlaybookRun]:
        """The runs after that one, oldest first."""
        query = sa.select(runs.c.body).where(runs.c.status.in_(statuses)).order_by(runs.c.number).limit(limit)
        if run_id is not None:
            query = query.where(runs.c.number > sa.select(runs.c.number).where(runs.c.id == run_id).scalar_subquery())
        return await self._read(query)

    async def of_fault(self, fingerprint: str, statuses: Sequence[RunStatus]) -> list[PlaybookRun]:
        """Found by the words in their bodies, which may stand elsewhere in one, too."""
        words = runs.c.body.contains(fingerprint, autoescape=True)
        found = await self._read(sa.select(runs.c.body).where(runs.c.status.in_(statuses), words))
        return [run for run in found if run.fingerprint == fingerprint]

    async def _read(self, query: sa.Executable) -> list[PlaybookRun]:
        bodies = await self._database.run(lambda connection: connection.scalars(query).all())
        return [run for body in bodies if (run := readable(PlaybookRun, body))]

    @staticmethod
    def _row(run: PlaybookRun) -> dict[str, object]:
        return {"status": run.status, "version": run.version, "body": run.model_dump_json()}


class SqlDocuments:
    """The documents table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, name: str) -> tuple[str, int]:
        """The document and its version."""
        query = sa.select(documents.c.body, documents.c.version).where(documents.c.name == name)
        row = await self._database.run(lambda connection: connection.execute(query).one_or_none())
        return (row.body, row.version) if row else ("", 0)

    async def replace(self, name: str, body: str, version: int) -> None:
        """Keep the document if this is still its version."""
        update = sa.update(documents).where(documents.c.name == name, documents.c.version == version)

        def change(connection: sa.Connection) -> bool:
            if version == 0:
                connection.execute(sa.insert(documents).values(name=name, version=1, body=body))
                return True
            return connection.execute(update.values(version=version + 1, body=body)).rowcount == 1

        try:
            changed = await self._database.run(change)
        except IntegrityError:
            changed = False
        if not changed:
            raise StaleRecord(f"The document {name} changed since it was read (version {version}).")


class SqlTrustBook:
    """The trust table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, change: TrustChange) -> bool:
        """Keep the change, once per subject and run."""
        try:
            await self._database.run(lambda connection: connection.execute(sa.insert(trust).values(**vars(change))))
        except IntegrityError:
            return False
        return True

    async def newest(self, subject: str | None = None, limit: int = 200) -> list[TrustChange]:
        """The newest changes, newest first."""
        columns = (trust.c.subject, trust.c.at, trust.c.before, trust.c.after, trust.c.run_id)
        query = sa.select(*columns).order_by(trust.c.number.desc()).limit(limit)
        if subject:
            query = query.where(trust.c.subject == subject)
        rows = await self._database.run(lambda connection: connection.execute(query).mappings().all())
        return [TrustChange(**row) for row in rows]
