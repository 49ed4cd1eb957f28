"""Filters and pages of the sandbox GitHub's list answers."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from aiohttp import web

from bot.sandbox.github_gate import RestError
from bot.sandbox.github_site import GitHubSite

_ItemT = TypeVar("_ItemT")
_RANGE = re.compile(r"(?P<sign>>=|<=|>|<)?(?P<first>[^.]+(?:\.\d+)?[^.]*?)(?:\.\.(?P<last>.+))?")


def read_page(request: web.Request) -> tuple[int, int]:
    """Items per page (1..100, by default 30) and the page's number from 1."""
    return _read_count(request, "per_page", 30, 100), _read_count(request, "page", 1, 10**6)


def _read_count(request: web.Request, name: str, default: int, most: int) -> int:
    value = request.query.get(name, "")
    return min(max(int(value), 1), most) if value.isdigit() else default


def cut_page(site: GitHubSite, request: web.Request, items: Sequence[_ItemT]) -> tuple[list[_ItemT], dict[str, str]]:
    """One page of a list and its Link header."""
    size, page = read_page(request)
    last = max(-(-len(items) // size), 1)
    numbers = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
    if page >= last:
        del numbers["next"], numbers["last"]
    if page <= 1:
        del numbers["prev"], numbers["first"]
    links = [f'<{site.url}{request.rel_url.update_query(page=n)}>; rel="{rel}"' for rel, n in numbers.items()]
    return list(items[(page - 1) * size : page * size]), {"Link": ", ".join(links)} if links else {}


def read_created_filter(text: str) -> Callable[[datetime], bool]:
    """The test that a `created` filter stands for, such as `>=2025-01-31T10:00:00Z`; raises RestError."""
    match = _RANGE.fullmatch(text.strip())
    if match is None:
        raise RestError(422, f"The created filter {text!r} is not a date, a comparison or a range of dates.")
    sign, first, last = match.group("sign"), match.group("first"), match.group("last")
    if sign is None and last is None:
        start, end = _read_span(first)
        return lambda at: start <= _to_seconds(at) < end
    if last is not None:
        low = datetime.min.replace(tzinfo=UTC) if first == "*" else _read_span(first)[0]
        high = datetime.max.replace(tzinfo=UTC) if last == "*" else _read_span(last)[0]
        return lambda at: low <= _to_seconds(at) <= high
    edge = _read_span(first)[0]
    tests: dict[str, Callable[[datetime], bool]] = {
        ">=": lambda at: _to_seconds(at) >= edge,
        ">": lambda at: _to_seconds(at) > edge,
        "<=": lambda at: _to_seconds(at) <= edge,
        "<": lambda at: _to_seconds(at) < edge,
    }
    return tests[sign]


def _to_seconds(at: datetime) -> datetime:
    return at.replace(microsecond=0)


def _read_span(text: str) -> tuple[datetime, datetime]:
    try:
        at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as reason:
        raise RestError(422, f"The created filter holds {text!r}, which is no ISO 8601 time.") from reason
    start = _to_seconds(at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC))
    is_day = len(text) == len("2025-01-31")
    return start, start + (timedelta(days=1) if is_day else timedelta(seconds=1))
