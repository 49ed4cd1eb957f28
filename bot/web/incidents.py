"""`/incidents` and `/logs`: what went wrong, its lines, its summary, and the log as the bot holds it now."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from bot.events.event import Severity, Source
from bot.incident.payload import Incident
from bot.incident.summary import Summary
from bot.logging import UnknownLevel
from bot.records.incident_state import IncidentState, state_of
from bot.records.sighting import Place, Sighting, Wanted
from bot.records.work_order import Status
from bot.repair.known_faults import known_of
from bot.web.desk import Desk
from bot.web.problems import RESPONSES
from bot.web.shapes import Reached, reached_by
from bot.web.summaries import Summaries

Level = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
CURSOR = r"^[0-9]{1,17}_[0-9a-z]{1,16}$"
"""Microseconds since 1970 and a fingerprint."""


class IncidentRow(BaseModel):
    """One fault, as often as it was seen."""

    incident_id: str
    fingerprint: str
    title: str
    severity: Severity
    sources: list[str]
    count: int
    first_seen: datetime
    last_seen: datetime


class Incidents(BaseModel):
    """Faults, the last seen first."""

    incidents: list[IncidentRow]
    count: int
    next_cursor: str | None


class OrderMark(BaseModel):
    """An order of an incident."""

    work_order_id: str
    state: Status
    since: datetime
    history: list[Reached]


class IncidentShape(BaseModel):
    """One incident as a whole."""

    incident: Incident
    state: IncidentState
    seen: IncidentRow | None = Field(description="how often its fault was seen; null where nobody counted")
    orders: list[OrderMark]


class CauseShape(BaseModel):
    """A claim and the numbers of the lines that show it, counted from 1."""

    claim: str
    lines: list[int]


class SummaryShape(BaseModel):
    """Why it probably happened."""

    summary: str
    causes: list[CauseShape]
    files: list[str]
    facts: list[str]
    model: str | None
    note: str


class Lines(BaseModel):
    """Log lines, oldest first."""

    lines: list[str]
    count: int


def incidents_router(desk: Desk) -> APIRouter:
    """The routes, on this desk."""
    router = APIRouter(tags=["incidents"], responses=RESPONSES)

    async def made(incident: Incident) -> Summary:
        return await desk.summariser.summarise(incident, await known_of(desk.store, incident))

    summaries = Summaries(made, desk.clock)

    @router.get("/incidents")
    async def list_incidents(
        severity: Severity | None = None,
        source: Source | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: Annotated[str | None, Query(pattern=CURSOR, description="`next_cursor` of the page before")] = None,
    ) -> Incidents:
        """Faults, the last seen first; one that is seen again meanwhile is on the first page then."""
        wanted = Wanted(severity=severity, source=source, before=place_of(cursor) if cursor else None)
        seen = await desk.store.sightings.newest(limit + 1, wanted)
        rows = [row_of(one) for one in seen[:limit]]
        return Incidents(
            incidents=rows, count=len(rows), next_cursor=cursor_of(seen[limit - 1]) if len(seen) > limit else None
        )

    @router.get("/incidents/{incident_id}")
    async def show_incident(incident_id: str) -> IncidentShape:
        """One incident, with its log lines and its orders."""
        incident = await desk.store.incidents.get(incident_id)
        orders = await desk.store.orders.newest(incident_id=incident_id)
        marks = [
            OrderMark(
                work_order_id=order.id,
                state=order.status,
                since=order.history[-1][1] if order.history else order.created_at,
                history=reached_by(order),
            )
            for order in orders
        ]
        seen = await desk.store.sightings.get(incident.fingerprint)
        return IncidentShape(
            incident=incident, state=state_of(orders), seen=row_of(seen) if seen else None, orders=marks
        )

    @router.get("/incidents/{incident_id}/summary")
    async def summarise(incident_id: str) -> SummaryShape:
        """Why it probably happened; each claim cites the lines that show it."""
        incident = await desk.store.incidents.get(incident_id)
        return shape_of(await summaries.of(incident))

    return router


def logs_router(desk: Desk) -> APIRouter:
    """The route of the log, on this desk."""
    router = APIRouter(tags=["incidents"], responses=RESPONSES)

    @router.get("/logs")
    async def logs(
        lines: Annotated[int, Query(ge=1, le=2000)] = 200,
        level: Level | None = None,
        contains: Annotated[str | None, Query(max_length=200)] = None,
    ) -> Lines:
        """The log as the bot holds it now, with the filters of `/debug_logs`."""
        try:
            found = await desk.handler.find(lines, level, contains)
        except UnknownLevel as error:
            raise HTTPException(422, str(error)) from error
        return Lines(lines=found, count=len(found))

    return router


def row_of(seen: Sighting) -> IncidentRow:
    """A fault as the list shows it."""
    return IncidentRow(
        incident_id=seen.incident_id,
        fingerprint=seen.fingerprint,
        title=seen.title,
        severity=seen.severity,
        sources=sorted(seen.sources),
        count=seen.count,
        first_seen=seen.first_seen,
        last_seen=seen.last_seen,
    )


def cursor_of(seen: Sighting) -> str:
    """What leads to the faults that were seen before this one."""
    return f"{(seen.last_seen - EPOCH) // MICROSECOND}_{seen.fingerprint}"


def place_of(cursor: str) -> Place:
    """Where a cursor stands."""
    microseconds, _, fingerprint = cursor.partition("_")
    return EPOCH + int(microseconds) * MICROSECOND, fingerprint


def shape_of(summary: Summary) -> SummaryShape:
    """A summary as the API shows it."""
    return SummaryShape(
        summary=summary.as_text(),
        causes=[CauseShape(claim=cause.claim, lines=list(cause.lines)) for cause in summary.causes],
        files=list(summary.suspects),
        facts=list(summary.facts),
        model=summary.model,
        note=summary.note,
    )
