"""Errors of the API: one shape for all, and which error of ours is which status."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from bot.logging.redaction import redact_plain
from bot.records.store import RecordMissing, StaleRecord, StoreUnavailable


class Redacted(JSONResponse):
    """An answer with whatever is secret in it replaced once more, at this door."""

    def render(self, content: object) -> bytes:
        """The answer's bytes."""
        return super().render(redact_plain(content))


class Problem(BaseModel):
    """What went wrong: a word for programs and a sentence for people."""

    error: str
    message: str


RESPONSES: dict[int | str, dict[str, object]] = {
    400: {"model": Problem, "description": "The request cannot be read"},
    401: {"model": Problem, "description": "No key, or none that opens this"},
    403: {"model": Problem, "description": "The key may only read, or the form's token is missing"},
    404: {"model": Problem, "description": "There is nothing of that id"},
    408: {"model": Problem, "description": "The body did not come in time"},
    409: {"model": Problem, "description": "It was done already"},
    413: {"model": Problem, "description": "The body is too large"},
    422: {"model": Problem, "description": "A value that is not allowed; the sentence names those that are"},
    429: {"model": Problem, "description": "Too many requests"},
    503: {"model": Problem, "description": "The store cannot be used now"},
}
"""What every route may answer beside what it is for."""
WORDS = {
    400: "unreadable", 401: "unauthorized", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
    408: "too_slow", 409: "already_done", 413: "too_large", 422: "invalid", 429: "too_many", 503: "unavailable",
}  # fmt: skip
OURS = {
    "There was an error parsing the body": "The body cannot be read: send JSON in UTF-8.",
    "Not Found": "There is no such address: /openapi.json lists all.",
    "Method Not Allowed": "This address does not take that method: /openapi.json lists those that it takes.",
}
"""What the framework says, and our sentence for it."""
CLOSE = {"Connection": "close"}
"""Nothing more is read of who sends too much, or too slowly."""
MORE: dict[int, dict[str, str]] = {401: {"WWW-Authenticate": "Bearer"}, 408: CLOSE, 413: CLOSE}


def problem(status: int, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """An error as it is answered."""
    body = Problem(error=WORDS.get(status, "error"), message=message)
    return Redacted(body.model_dump(), status, {**MORE.get(status, {}), **(headers or {})})


def add_problems(app: FastAPI) -> None:
    """Answer our errors, and the framework's, in the one shape."""

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        if first["loc"][0] == "body" and "json" not in request.headers.get("content-type", ""):
            return problem(422, "the body: send JSON, with the header Content-Type: application/json")
        if first["type"] == "json_invalid":
            return problem(422, f"the body: it is no JSON, from character {first['loc'][-1]} on")
        where = ".".join(str(part) for part in first["loc"][1:]) or "the body"
        return problem(422, f"{where[:200]}: {str(first['msg']).removeprefix('Value error, ')[:300]}")

    @app.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> JSONResponse:
        words = OURS.get(error.detail, error.detail)
        return problem(error.status_code, words, dict(error.headers or {}))

    @app.exception_handler(RecordMissing)
    async def missing(_: Request, error: RecordMissing) -> JSONResponse:
        return problem(404, str(error))

    @app.exception_handler(StaleRecord)
    async def stale(_: Request, error: StaleRecord) -> JSONResponse:
        return problem(409, str(error))

    @app.exception_handler(StoreUnavailable)
    async def unavailable(_: Request, error: StoreUnavailable) -> JSONResponse:
        return problem(503, str(error), {"Retry-After": "5"})

    @app.exception_handler(ClientDisconnect)
    async def cut_off(_: Request, error: ClientDisconnect) -> JSONResponse:
        return problem(400, "The body did not come whole.")
