"""A Sentry of one project on this machine: its issues page by page, their latest events, its rate limits."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.sandbox.github_faults import FaultQueue
from bot.sandbox.loopback_site import LoopbackSite
from bot.sandbox.sentry_records import SentryIssue

PERIODS = {"", "24h", "14d"}
MOST_PER_PAGE = 100


@dataclass
class SentryServer:
    """The sandbox's Sentry."""

    token: str
    organisation: str = "suture-lab"
    project: str = "suture"
    issues: list[SentryIssue] = field(default_factory=list)
    calls_per_window: int | None = None
    """So many calls are answered, then one is told to wait a second; None: no limit."""
    asked: list[str] = field(default_factory=list)
    """Path and query of every request so far."""
    faults: FaultQueue = field(default_factory=FaultQueue)
    _used: int = 0
    _site: LoopbackSite = field(default_factory=LoopbackSite)

    @property
    def url(self) -> str:
        """The server's root, for SENTRY_URL."""
        return self._site.url

    async def start(self, port: int = 0) -> None:
        """Serve on 127.0.0.1 (port 0: any that is free). Raises OSError when the port is taken."""
        app = web.Application(middlewares=[self._pass])
        app.router.add_get("/api/0/projects/{organisation}/{project}/issues/", self._list)
        app.router.add_get("/api/0/issues/{id}/events/latest/", self._show_event)
        await self._site.serve(app, port)

    async def stop(self) -> None:
        """Serve no more."""
        await self._site.close()

    @web.middleware
    async def _pass(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        if fault := self.faults.take(request.method, request.path_qs, "intake"):
            return await fault.answer(request)
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.json_response({"detail": "Invalid token"}, status=401)
        if self.calls_per_window is not None and self._used >= self.calls_per_window:
            self._used = 0
            reset = str(int(datetime.now(UTC).timestamp()) + 1)
            limits = {"X-Sentry-Rate-Limit-Remaining": "0", "X-Sentry-Rate-Limit-Reset": reset}
            return web.json_response({"detail": "You are attempting to use this endpoint too frequently."}, status=429,
                                     headers=limits)  # fmt: skip
        self._used += 1
        return await handler(request)

    async def _list(self, request: web.Request) -> web.Response:
        told, query = request.match_info, request.query
        if (told["organisation"], told["project"]) != (self.organisation, self.project):
            return web.json_response({"detail": "The requested resource does not exist"}, status=404)
        if query.get("statsPeriod", "") not in PERIODS:
            return web.json_response(
                {"detail": "Invalid stats_period. Valid choices are '', '24h', and '14d'"}, status=400
            )
        kept = self._search(query.get("query", ""))
        size = min(int(query.get("limit", "100")), MOST_PER_PAGE)
        _, offset, _ = _read_cursor(query.get("cursor", "0:0:0"))
        page = kept[offset : offset + size]
        return web.json_response(
            [issue.as_listed(self.url, self.organisation) for issue in page],
            headers={"Link": self._links(request, offset, size, len(kept))},
        )

    def _search(self, query: str) -> Sequence[SentryIssue]:
        wanted = re.search(r'environment:(?:"([^"]*)"|(\S+))', query)
        environment = (wanted[1] or wanted[2]) if wanted else None
        is_open = "is:unresolved" in query.split()
        found = [
            issue
            for issue in self.issues
            if (environment is None or environment in issue.environments) and not (is_open and issue.is_resolved)
        ]
        return sorted(found, key=lambda issue: issue.last_seen, reverse=True)

    def _links(self, request: web.Request, offset: int, size: int, count: int) -> str:
        def link(rel: str, at: int, has: bool) -> str:
            cursor = f"0:{max(at, 0)}:{int(rel == 'previous')}"
            address = f"{self.url}{request.rel_url.update_query(cursor=cursor)}"
            return f'<{address}>; rel="{rel}"; results="{str(has).lower()}"; cursor="{cursor}"'

        return ", ".join(
            (link("previous", offset - size, offset > 0), link("next", offset + size, offset + size < count))
        )

    async def _show_event(self, request: web.Request) -> web.Response:
        issue = next((each for each in self.issues if each.id == request.match_info["id"]), None)
        event = issue.as_event(request.query.get("environment")) if issue else None
        if event is None:
            return web.json_response({"detail": "No matching event"}, status=404)
        return web.json_response(event)


def _read_cursor(text: str) -> tuple[int, int, int]:
    numbers = re.fullmatch(r"(\d+):(\d+):(\d+)", text)
    return (int(numbers[1]), int(numbers[2]), int(numbers[3])) if numbers else (0, 0, 0)
