"""`/events`: what happened lately, live, counted, and by which names."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, JsonValue
from starlette.exceptions import HTTPException

from bot.events.names import BY_NAME
from bot.web.desk import Desk
from bot.web.feed import Feed
from bot.web.problems import RESPONSES

NAMES = sorted(BY_NAME)


class EventShape(BaseModel):
    """One event."""

    id: int
    type: str
    payload: dict[str, JsonValue]
    timestamp: datetime


class Recent(BaseModel):
    """The newest events."""

    events: list[EventShape]
    count: int


class Counts(BaseModel):
    """How many of each name are kept, and who reads the stream."""

    counts: dict[str, int]
    readers: int
    evicted: int


class Names(BaseModel):
    """The names that there are."""

    types: list[str]


def events_router(desk: Desk, feed: Feed) -> APIRouter:
    """The routes, on this desk and its feed."""
    router = APIRouter(prefix="/events", tags=["events"], responses=RESPONSES)

    @router.get("/recent")
    async def recent(
        event_type: Annotated[str | None, Query(json_schema_extra={"enum": NAMES})] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Recent:
        """The newest events, newest first; of one type if it is given."""
        if event_type is not None and event_type not in BY_NAME:
            raise HTTPException(422, f"event_type: there is none of that name; use one of {', '.join(NAMES)}.")
        rows = await desk.store.events.newest([event_type] if event_type else None, limit=limit)
        shapes = [EventShape(id=row.cursor, type=row.name, payload=row.payload, timestamp=row.at) for row in rows]
        return Recent(events=shapes, count=len(shapes))

    @router.get("/stream", response_class=StreamingResponse, responses={200: {"content": {"text/event-stream": {}}}})
    async def stream(
        request: Request, last_event_id: Annotated[int | None, Header(ge=0, le=2**53)] = None
    ) -> StreamingResponse:
        """Server-sent events; with `Last-Event-ID` what was missed comes first."""
        if feed.readers >= feed.most_readers:
            raise HTTPException(429, f"{feed.most_readers} readers follow the stream already: try again later.")
        return StreamingResponse(feed.follow(last_event_id, request.state.is_welcome), media_type="text/event-stream")

    @router.get("/stats")
    async def counts() -> Counts:
        """How many of each name are kept."""
        return Counts(counts=await desk.store.events.counts(), readers=feed.readers, evicted=feed.evicted)

    @router.get("/types")
    async def types() -> Names:
        """The names of all events."""
        return Names(types=NAMES)

    return router
