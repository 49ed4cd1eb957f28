"""`/api`: ask for a fix of a file, and have an error summarised."""

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from bot.incident.fingerprint import fingerprint
from bot.incident.payload import Context, Incident, new_incident_id
from bot.incident.summary import Known
from bot.logging import redact
from bot.records.work_order import MACHINE
from bot.repair.repairs import Ask
from bot.web.desk import Desk
from bot.web.incidents import SummaryShape, shape_of
from bot.web.problems import RESPONSES

LINES = 50


def with_words(name: str) -> JsonDict:
    """The JSON Schema of an object whose field of this name says something."""
    return {"required": [name], "properties": {name: {"type": "string", "pattern": r"\S"}}}


class FixWanted(BaseModel):
    """A file, an error, or both."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [with_words("filePath"), with_words("errorLog")]})

    filePath: str | None = Field(None, max_length=1000)  # noqa: N815 - the published name
    errorLog: str | None = Field(None, max_length=20_000)  # noqa: N815 - the published name

    @model_validator(mode="after")
    def has_something(self) -> "FixWanted":
        """One of both is needed."""
        if not (self.filePath or "").strip() and not (self.errorLog or "").strip():
            raise ValueError("give filePath, errorLog, or both")
        return self


class FixAsked(BaseModel):
    """The order that was opened."""

    success: bool
    message: str
    work_order_id: str
    incident_id: str


class Snippet(BaseModel):
    """Log lines."""

    logSnippet: str = Field(min_length=1, max_length=40_000)  # noqa: N815 - the published name


def ai_router(desk: Desk) -> APIRouter:
    """The routes, on this desk."""
    router = APIRouter(prefix="/api", tags=["ai"], responses=RESPONSES)

    @router.post("/codex/suggest-fix", status_code=202)
    async def suggest_fix(told: FixWanted, request: Request) -> FixAsked:
        """Open a work order for this file and error; a person still decides in Discord."""
        summary = " ".join(part for part in (told.filePath, told.errorLog) if part)
        guild_id, channel_id = desk.home()
        ask = Ask(
            summary=redact(summary)[:2000],
            lines=LINES,
            person=MACHINE,
            guild_id=guild_id,
            channel_id=channel_id,
            context=Context(user=f"API key {request.state.caller}"),
        )
        order = await desk.repairs.open(ask)
        return FixAsked(
            success=True,
            message=f"{order.id} is {order.status}." + (f" {order.reason}" if order.reason else ""),
            work_order_id=order.id,
            incident_id=order.incident_id,
        )

    @router.post("/ai/summarize-error")
    async def summarise(told: Snippet) -> SummaryShape:
        """Why it probably happened; nothing is kept."""
        return shape_of(await desk.summariser.summarise(incident_of(desk, redact(told.logSnippet)), Known()))

    return router


def incident_of(desk: Desk, snippet: str) -> Incident:
    """A snippet as an incident that is nowhere kept."""
    lines = snippet.splitlines()
    title = next((line for line in reversed(lines) if line.strip()), "nothing")
    return Incident(
        id=new_incident_id(),
        summary=title[:2000],
        severity="medium",
        source="api",
        fingerprint=fingerprint("snippet", title),
        created_at=desk.clock(),
        stack_trace=snippet if "Traceback" in snippet else None,
        logs=tuple(lines[-200:]),
        build=desk.build,
        env="api",
        uptime_seconds=0,
    )
