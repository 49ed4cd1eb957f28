"""The API and the panel as one ASGI app; FastAPI is imported only where they are enabled."""

from pathlib import Path
from typing import Annotated

from fastapi import Body, FastAPI, Request, Security
from fastapi.responses import FileResponse, JSONResponse, Response
from fastapi.security import APIKeyHeader, HTTPBearer
from fastapi.staticfiles import StaticFiles
from starlette.types import ASGIApp

from bot import __version__
from bot.records.browser_session import LIFETIME, SessionBook, form_token_of
from bot.web.access import COOKIE, LOGOUT, NO_KEY, Access, Doorkeeper, Session, is_loopback
from bot.web.ai import ai_router
from bot.web.desk import Desk
from bot.web.events import events_router
from bot.web.feed import Feed
from bot.web.github_hook import PATH, GithubHook, HookRefused
from bot.web.incidents import incidents_router, logs_router
from bot.web.metrics import metrics_router
from bot.web.patches import orders_router, runs_router
from bot.web.problems import Redacted, add_problems, problem
from bot.web.standing import standing_router

PANEL = Path(__file__).parent / "panel"
KEYS = [Security(HTTPBearer(auto_error=False)), Security(APIKeyHeader(name="X-API-Key", auto_error=False))]
"""How a key is sent, for the document's readers; the doorkeeper looks at it before any route does."""


def build_app(desk: Desk, feed: Feed, *, only_loopback: bool) -> ASGIApp:
    """Everything that is served, behind its doorkeeper."""
    api = FastAPI(title="Suture", version=__version__, docs_url=None, redoc_url=None, redirect_slashes=False,
                  default_response_class=Redacted)  # fmt: skip
    access = Access(desk.keys, SessionBook(desk.store.documents, desk.clock), desk.admin_key)
    for router in (
        orders_router(desk),
        runs_router(desk),
        events_router(desk, feed),
        incidents_router(desk),
        logs_router(desk),
        ai_router(desk),
        standing_router(desk),
        metrics_router(desk, feed),
    ):
        api.include_router(router, dependencies=KEYS)
    add_health(api, desk)
    add_panel(api, access)
    if desk.hook:
        add_hook(api, desk.hook)
    add_problems(api)
    return Doorkeeper(api, access, only_loopback=only_loopback)


def add_health(api: FastAPI, desk: Desk) -> None:
    """The two paths that a platform asks, open to everybody."""

    def told(status: int, words: str) -> JSONResponse:
        body = {"status": words, "timestamp": desk.clock().isoformat(timespec="seconds"), "service": "suture"}
        return JSONResponse({**body, "version": desk.build}, status)

    @api.head("/healthz", include_in_schema=False)
    @api.get("/healthz", tags=["health"])
    async def healthz() -> JSONResponse:
        """The process is alive."""
        return told(200, "UP")

    @api.head("/readyz", include_in_schema=False)
    @api.get("/readyz", tags=["health"], responses={503: {"description": "Not ready; the status says why"}})
    async def readyz() -> JSONResponse:
        """It is connected, and its store answers."""
        reason = await desk.why_not_ready()
        return told(503, reason) if reason else told(200, "READY")


def add_hook(api: FastAPI, hook: GithubHook) -> None:
    """GitHub's signed deliveries."""

    @api.post(PATH, include_in_schema=False, status_code=202)
    async def take(request: Request) -> JSONResponse:
        """A hint that something happened."""
        try:
            return JSONResponse({"status": await hook.take(request.headers, await request.body())}, 202)
        except HookRefused as error:
            return problem(error.status, str(error))


def add_panel(api: FastAPI, access: Access) -> None:
    """The page, its parts, and its log-in."""
    api.mount("/static", StaticFiles(directory=PANEL), name="static")

    @api.get("/", include_in_schema=False)
    async def page() -> FileResponse:
        """The page; it holds no data."""
        return FileResponse(PANEL / "index.html", media_type="text/html; charset=utf-8")

    @api.post("/login", include_in_schema=False)
    async def login(request: Request, key: Annotated[str, Body(embed=True, max_length=500)]) -> Response:
        """A key for a session's cookie, and the token that its forms send along."""
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return problem(403, "Log in on the panel itself.")
        found = await access.holder(key)
        if found is None:
            return problem(401, NO_KEY)
        token = await access.sessions.begin(found.digest)
        answer = JSONResponse(told_of(Session(found, form_token_of(token))))
        answer.set_cookie(
            COOKIE, token, max_age=round(LIFETIME.total_seconds()), httponly=True, samesite="strict", path="/",
            secure=not is_loopback(request.headers.get("host", "")),
        )  # fmt: skip
        return answer

    @api.get("/session", include_in_schema=False)
    async def session(request: Request) -> Response:
        """Who this browser is."""
        found = await access.session_of(request)
        if found is None:
            return problem(401, "This browser has no session.")
        return JSONResponse(told_of(found))

    @api.post(LOGOUT, include_in_schema=False)
    async def logout(request: Request) -> Response:
        """The session ends."""
        await access.sessions.end(request.cookies.get(COOKIE, ""))
        answer = JSONResponse({})
        answer.delete_cookie(COOKIE, path="/")
        return answer


def told_of(session: Session) -> dict[str, str]:
    """What a browser is told of its own session."""
    return {"name": session.holder.name, "right": session.holder.right, "form_token": session.form_token}
