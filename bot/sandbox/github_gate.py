"""The door of the sandbox GitHub: faults on order, tokens, limits, entity tags and the journal, once for all routes."""

import asyncio
import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.sandbox.github_faults import Fault
from bot.sandbox.github_records import Entry
from bot.sandbox.github_site import GitHubSite
from bot.sandbox.github_tokens import Grant

NOBODY = Grant("nobody", "", {"metadata": "none"})
GRANT = web.RequestKey("grant", Grant)
NOTE = web.RequestKey("note", str)
IS_WRITE = web.RequestKey("is_write", bool)

_JOB_LIMIT = 1000
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


class RestError(Exception):
    """An answer that refuses; the message is GitHub's."""

    def __init__(self, status: int, message: str, errors: list[object] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors


def answer(data: object, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """A JSON answer as GitHub sends it."""
    body = json.dumps(data, ensure_ascii=False).encode()
    return web.Response(body=body, status=status, headers=headers, content_type="application/json", charset="utf-8")


def require(request: web.Request, permission: str, level: str) -> Grant:
    """Whoever sent the request, if that token may; raises RestError."""
    grant = request[GRANT]
    if not grant.may(permission, level):
        kind = "integration" if grant.is_job else "personal access token"
        raise RestError(403, f"Resource not accessible by {kind}")
    return grant


@dataclass
class _Budget:
    limit: int
    window: int
    used: int = 0


@dataclass
class Gate:
    """The middleware that every request passes."""

    site: GitHubSite
    _budgets: dict[str, _Budget] = field(default_factory=dict)

    def as_middleware(self) -> Middleware:
        """The function that aiohttp calls."""

        @web.middleware
        async def pass_gate(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._pass(request, handler)

        return pass_gate

    async def _pass(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        authorization = request.headers.get("Authorization", "")
        grant = self.site.tokens.find(authorization) or NOBODY
        request[GRANT], request[NOTE] = grant, ""
        request[IS_WRITE] = request.method not in _READS
        fault = self.site.faults.take(request.method, request.path_qs, grant.who)
        if fault and (early := await self._disturb(request, fault)):
            return early
        status = 500
        try:
            response = await self._serve(request, handler, bool(authorization))
            status = response.status
        except web.HTTPException as refusal:
            status = refusal.status
            raise
        finally:
            self._write_entry(request, status)
        if fault and fault.drop == "after":
            _hang_up(request)
        if fault and fault.acts:
            return await fault.answer(request)
        return response

    async def _disturb(self, request: web.Request, fault: Fault) -> web.StreamResponse | None:
        if fault.hold_seconds:
            await request.read()  # what was sent is here, even when the client has gone by the time we act on it
            await asyncio.sleep(fault.hold_seconds)
        if fault.acts or (fault.drop != "before" and fault.status is None):
            return None
        request[IS_WRITE], request[NOTE] = False, "fault: not acted on"
        self._write_entry(request, fault.status or 500)
        if fault.drop == "before":
            _hang_up(request)
            return web.Response(status=500)
        return await fault.answer(request)

    async def _serve(self, request: web.Request, handler: Handler, has_token: bool) -> web.StreamResponse:
        if not request.path.startswith("/api/"):
            return await handler(request)
        try:
            self._admit(request, has_token)
            response = await handler(request)
        except RestError as refusal:
            response = _show_refusal(refusal)
        except web.HTTPNotFound:
            response = _show_refusal(RestError(404, "Not Found"))
        except web.HTTPMethodNotAllowed:
            response = _show_refusal(RestError(405, "Method Not Allowed"))
        return self._finish(request, response)

    def _admit(self, request: web.Request, has_token: bool) -> None:
        if request[GRANT] is NOBODY:
            raise RestError(401, "Bad credentials" if has_token else "Requires authentication")
        budget = self._find_budget(request[GRANT])
        if budget.used >= budget.limit:
            raise RestError(403, "API rate limit exceeded for this token.")

    def _find_budget(self, grant: Grant) -> _Budget:
        window = int(self.site.clock().timestamp()) // 3600
        budget = self._budgets.get(grant.who)
        if budget is None or budget.window != window:
            budget = _Budget(_JOB_LIMIT if grant.is_job else self.site.requests_per_hour, window)
            self._budgets[grant.who] = budget
        return budget

    def _finish(self, request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
        if request.method == "GET" and response.status == 200 and isinstance(response, web.Response):
            body = response.body if isinstance(response.body, bytes) else b""
            response = _tag(request, response, hashlib.sha256(body).hexdigest())
        budget = self._find_budget(request[GRANT])
        if response.status != 304 and budget.used < budget.limit:
            budget.used += 1
        response.headers["X-RateLimit-Limit"] = str(budget.limit)
        response.headers["X-RateLimit-Remaining"] = str(budget.limit - budget.used)
        response.headers["X-RateLimit-Used"] = str(budget.used)
        response.headers["X-RateLimit-Reset"] = str((budget.window + 1) * 3600)
        response.headers["X-RateLimit-Resource"] = "core"
        response.headers["X-GitHub-Media-Type"] = "github.v3; format=json"
        response.headers["X-GitHub-Request-Id"] = uuid.uuid4().hex.upper()[:20]
        return response

    def _write_entry(self, request: web.Request, status: int) -> None:
        entry = Entry(
            at=self.site.clock(),
            who=request[GRANT].who,
            method=request.method,
            path=request.path_qs,
            status=status,
            is_write=request[IS_WRITE],
            note=request[NOTE],
        )
        if _is_recorded(request.path):
            self.site.journal.add(entry)


def _is_recorded(path: str) -> bool:
    return path.startswith(("/api/", "/_artifacts/")) or path.endswith(
        ("/info/refs", "/git-upload-pack", "/git-receive-pack")
    )


def _hang_up(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


def _show_refusal(refusal: RestError) -> web.Response:
    shape: dict[str, object] = {"message": refusal.message}
    if refusal.errors is not None:
        shape["errors"] = refusal.errors
    return answer(
        shape | {"documentation_url": "https://docs.github.com/rest", "status": str(refusal.status)}, refusal.status
    )


def _tag(request: web.Request, response: web.Response, digest: str) -> web.StreamResponse:
    tag = f'W/"{digest}"'
    wanted = {value.strip() for value in request.headers.get("If-None-Match", "").split(",")}
    if tag in wanted or f'"{digest}"' in wanted:
        response = web.Response(status=304)
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "private, max-age=60, s-maxage=60"
    response.headers["Vary"] = "Accept, Authorization, Cookie, X-GitHub-OTP"
    return response
