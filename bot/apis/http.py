"""Calls to one origin: bounded in time and size, retried where that is safe, with errors that say what happened."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from bot.logging import redact

if TYPE_CHECKING:  # both are imported by the first who calls: a bot that calls nobody has no use for them
    from tenacity import RetryCallState

    from bot.apis.wire import Wire

TRIES = 4
LONGEST_WAIT = 10.0
"""Seconds to wait for a retry inside one call; a server that asks for more is told to the caller."""
LIMITED_WAIT = 60.0
"""Seconds to wait after a rate limit that does not say how long: what GitHub asks for at least."""
LONGEST_ASKED = 86_400.0
"""A service that asks for a longer wait is not believed."""
MAX_ERROR_CHARS = 2000


class ApiError(Exception):
    """A call to an outside service did not give what was asked; the sentence says what happened, redacted."""


@dataclass(eq=False)
class Unreachable(ApiError):
    """The request never arrived: no name, no connection, no TLS. It is safe to send again."""

    message: str

    def __str__(self) -> str:
        return self.message


@dataclass(eq=False)
class Forbidden(Unreachable):
    """The request was for an address that no call may go to: nothing was sent, and nothing ever will be."""


@dataclass(eq=False)
class OutcomeUnknown(ApiError):
    """The request was sent and the answer got lost. It may have taken effect: look before sending again."""

    message: str

    def __str__(self) -> str:
        return self.message


@dataclass(eq=False)
class Answered(ApiError):
    """The service answered with an error status."""

    status: int
    message: str
    retry_after: float | None = None

    @property
    def may_pass(self) -> bool:
        """Is it the kind of answer that goes away by itself (rate limits, server errors)?"""
        return self.status >= 500 or self.status in (408, 429) or self.retry_after is not None

    def __str__(self) -> str:
        return f"answered {self.status}: {self.message}" if self.message else f"answered {self.status}"


@dataclass(frozen=True)
class Answer:
    """A response, read whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str = ""
    json: object = field(default=None, repr=False)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that the service asks us to wait, by Retry-After or a spent rate limit; None when it does not say."""
    value = headers.get("retry-after", "")
    prefix = "x-sentry-rate-limit" if "x-sentry-rate-limit-reset" in headers else "x-ratelimit"
    reset = headers.get(f"{prefix}-reset", "")
    try:
        if value.isdecimal():
            seconds = float(value)
        elif value:
            seconds = (parsedate_to_datetime(value) - now).total_seconds()
        elif headers.get(f"{prefix}-remaining") == "0" and reset.isdecimal():
            seconds = float(reset) - now.timestamp()
        else:
            return None
    except (TypeError, ValueError):
        return None
    return min(max(seconds, 0.0), LONGEST_ASKED)


def wait_of(status: int, headers: Mapping[str, str], message: str) -> float | None:
    """How long an error asks us to wait; None when it is not one that passes by waiting, or does not say."""
    if status not in (403, 408, 429) and status < 500:
        return None
    asked = retry_after(headers, datetime.now(UTC))
    limited = status == 429 or (status == 403 and "rate limit" in message.casefold())
    return LIMITED_WAIT if asked is None and limited else asked


def is_worth_retrying(error: BaseException) -> bool:
    """Would the same call, sent again in a moment, probably work and certainly do no harm?"""
    if isinstance(error, Answered):
        return error.may_pass and (error.retry_after or 0) <= LONGEST_WAIT
    return isinstance(error, Unreachable) and not isinstance(error, Forbidden)


def wait_as_asked(state: "RetryCallState") -> float:
    """Wait as long as the service asked, else exponentially with jitter."""
    from tenacity import wait_random_exponential

    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, Answered) and error.retry_after is not None:
        return error.retry_after
    return wait_random_exponential(multiplier=0.3, max=5)(state)


class Http:
    """One origin, its headers, and one way to call it."""

    def __init__(self, wire: "Wire", service: str, longest: float) -> None:
        self._wire = wire
        self._service = service
        self._longest = longest

    async def get(
        self, path: str, *, params: Mapping[str, str] | None = None, accept: str | None = None, tag: str | None = None
    ) -> Answer:
        """A read: tried up to four times, since reading twice does no harm. With the `tag` of an earlier answer
        a service may answer 304 and no body. Raises ApiError."""
        headers = ({"Accept": accept} if accept else {}) | ({"If-None-Match": tag} if tag else {})
        try:
            async with asyncio.timeout(self._longest):
                return await self._read(path, params, headers)
        except TimeoutError as error:
            raise Unreachable(f"{self._service} did not answer within {self._longest:.0f} s.") from error

    async def _read(self, path: str, params: Mapping[str, str] | None, headers: Mapping[str, str]) -> Answer:
        from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt

        retrying = AsyncRetrying(
            stop=stop_after_attempt(TRIES),
            wait=wait_as_asked,
            retry=retry_if_exception(is_worth_retrying),
            reraise=True,
        )
        async for attempt in retrying:
            with attempt:
                return await self._read_once(path, params, headers)
        raise AssertionError("tenacity always returns or raises")

    async def _read_once(self, path: str, params: Mapping[str, str] | None, headers: Mapping[str, str]) -> Answer:
        try:
            return await self.send("GET", path, params=params, headers=headers)
        except OutcomeUnknown as error:
            raise Unreachable(error.message) from error

    async def send(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request, sent once. Raises Unreachable, OutcomeUnknown, Answered (3xx is an answer, not followed)."""
        answer = await self._wire.exchange(method, path, content=content, params=params, headers=headers)
        if answer.status >= 400:
            message = message_of(answer.body)
            raise Answered(answer.status, message, wait_of(answer.status, answer.headers, message))
        return replace(answer, json=parsed(answer))


def parsed(answer: Answer) -> object:
    """The body as JSON when it says that it is; None else. Raises Answered when it is not what it says."""
    if "json" not in answer.headers.get("content-type", ""):
        return None
    try:
        return json.loads(answer.body) if answer.body else None
    except (ValueError, RecursionError) as error:
        raise Answered(answer.status, "its answer is not the JSON it claims to be") from error


def message_of(body: bytes) -> str:
    """The service's own words in an error body: short, one line, redacted; of a web page only its title."""
    try:
        value = json.loads(body)
        text = str(value.get("message", value)) if isinstance(value, dict) else str(value)
    except (ValueError, RecursionError):
        text = body[: 4 * MAX_ERROR_CHARS].decode("utf-8", "replace")
        if text.lstrip()[:1] == "<":
            title = re.search(r"<title>([^<]*)", text, re.IGNORECASE)
            text = f"a web page, “{title[1].strip()}”" if title else "a web page"
    return redact(" ".join(text[:MAX_ERROR_CHARS].split()))[:300]


@asynccontextmanager
async def open_http(
    base_url: str, service: str, headers: Mapping[str, str] | None = None, seconds: float = 15.0, *, near: str = ""
) -> AsyncIterator[Http]:
    """The door to one origin, `service` being its name in sentences. Redirects are never followed by themselves.

    Without a `base_url` it takes whole addresses, for those that come out of data: they may lead to public addresses
    only, or to the origin `near`. `seconds` limits each silence of the service; a whole call with its retries takes at
    most twice as long.
    """
    from bot.apis.wire import open_wire

    async with open_wire(base_url, service, dict(headers or {}), seconds, near=near) as wire:
        yield Http(wire, service, 2 * seconds)
