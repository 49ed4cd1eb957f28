"""Sentry's web API, as much of it as the intake reads; GlitchTip answers the same calls.

Facts (docs.sentry.io/api): pages are linked by the `Link` header, whose `cursor` is passed back, at most 100 issues
a page; `statsPeriod` takes only its listed values; a rate limit tells its end in `X-Sentry-Rate-Limit-Reset`.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import quote

from bot.apis.http import Answer, Answered, Http, open_http

PAGE = 100
MAX_PAGES = 1_000
PERIOD = "14d"
TURNS = 4
"""How often a call that is told to wait is sent."""
PATIENCE = 120.0
"""Seconds that we wait for a rate limit to end; a longer one is told to the caller."""
LINK = re.compile(r"<[^>]*>((?:\s*;\s*\w+=\"[^\"]*\")+)")
FIELD = re.compile(r"(\w+)=\"([^\"]*)\"")

Pause = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Project:
    """Which errors are asked for."""

    organisation: str
    name: str
    environment: str


def next_cursor(header: str) -> str | None:
    """The cursor of the next page out of a Link header; None when there is none, or nothing on it."""
    for link in LINK.finditer(header[:8_000]):
        fields: dict[str, str] = dict(FIELD.findall(link[1]))
        if fields.get("rel") == "next" and fields.get("results") != "false" and fields.get("cursor"):
            return fields["cursor"]
    return None


def searched(environment: str) -> str:
    """The search: open issues of one environment."""
    name = environment.replace("\\", "").replace('"', "")
    return f'is:unresolved environment:"{name}"' if re.search(r"[^\w.-]", name) else f"is:unresolved environment:{name}"


class Sentry:
    """One project's errors, by one token."""

    def __init__(self, http: Http, project: Project, pause: Pause = asyncio.sleep) -> None:
        self._http = http
        self._project = project
        self._pause = pause

    async def issues(self, limit: int) -> AsyncIterator[object]:
        """At most `limit` open issues of the environment, as they come, unchecked. Raises ApiError."""
        project = self._project
        path = f"api/0/projects/{quote(project.organisation, safe='')}/{quote(project.name, safe='')}/issues/"
        params = {
            "query": searched(project.environment),
            "environment": project.environment,
            "statsPeriod": PERIOD,
            "limit": str(min(limit, PAGE)),
        }
        seen: set[str] = set()
        for _ in range(MAX_PAGES):
            answer = await self._asked(path, params)
            if not isinstance(answer.json, list):
                raise Answered(answer.status, "its answer is not a list of issues: is SENTRY_URL Sentry's address?")
            for issue in answer.json[:limit]:
                yield issue
            limit -= len(answer.json)
            cursor = next_cursor(answer.headers.get("link", ""))
            if limit <= 0 or cursor is None or cursor in seen:
                return
            seen.add(cursor)
            params |= {"cursor": cursor}

    async def latest_event(self, issue_id: str) -> Mapping[str, object] | None:
        """The newest event of an issue in the environment, or None when it keeps none. Raises ApiError."""
        path = f"api/0/issues/{quote(issue_id, safe='')}/events/latest/"
        try:
            answer = await self._asked(path, {"environment": self._project.environment})
        except Answered as error:
            if error.status == 404:
                return None
            raise
        if not isinstance(answer.json, dict):
            raise Answered(answer.status, "its answer is not an event")
        return answer.json

    async def _asked(self, path: str, params: Mapping[str, str]) -> Answer:
        """A read that waits while it is asked to, as long as that is bearable."""
        for turn in range(1, TURNS + 1):
            try:
                return await self._http.get(path, params=params)
            except Answered as error:
                wait = error.retry_after
                if error.status != 429 or wait is None or wait > PATIENCE or turn == TURNS:
                    raise
                await self._pause(wait)
        raise AssertionError("the last turn returns or raises")


@asynccontextmanager
async def open_sentry(
    url: str, token: str, project: Project, *, pause: Pause = asyncio.sleep, seconds: float = 15.0
) -> AsyncIterator[Sentry]:
    """Sentry for one project; the token goes to this origin only."""
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json", "User-Agent": "suture-intake"}
    async with open_http(url.rstrip("/") + "/", "Sentry", headers, seconds) as http:
        yield Sentry(http, project, pause)
