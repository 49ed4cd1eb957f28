"""Calls to one origin: bounded in time and size, retried where that is safe, with errors that say what happened."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, wait_random_exponential

from bot.apis.origins import AddressRefused, OneOrigin, OpenInternet
from bot.logging import redact

TRIES = 4
LONGEST_WAIT = 10.0
"""Seconds to wait for a retry inside one call; a server that asks for more is told to the caller."""
LIMITED_WAIT = 60.0
"""Seconds to wait after a rate limit that does not say how long: what GitHub asks for at least."""
LONGEST_ASKED = 86_400.0
"""A service that asks for a longer wait is not believed."""
MAX_BODY = 20 * 1024 * 1024
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
    headers: httpx.Headers
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


def wait_as_asked(state: RetryCallState) -> float:
    """Wait as long as the service asked, else exponentially with jitter."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, Answered) and error.retry_after is not None:
        return error.retry_after
    return wait_random_exponential(multiplier=0.3, max=5)(state)


NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)


class Http:
    """One origin, its headers, and one way to call it."""

    def __init__(self, client: httpx.AsyncClient, service: str, longest: float) -> None:
        self._client = client
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
        try:
            async with (
                asyncio.timeout(self._longest),
                self._client.stream(
                    method, path, content=content, params=params, headers=dict(headers or {})
                ) as response,
            ):
                body = await self._body(response)
        except AddressRefused as error:
            raise Forbidden(f"{self._service} is not asked there: {error}.") from error
        except NEVER_SENT as error:
            raise Unreachable(f"{self._service} could not be reached: {words_of(error)}.") from error
        except (httpx.HTTPError, TimeoutError) as error:
            raise OutcomeUnknown(f"{self._service} did not answer: {words_of(error)}.") from error
        if response.status_code >= 400:
            message = message_of(body)
            raise Answered(response.status_code, message, wait_of(response.status_code, response.headers, message))
        return Answer(response.status_code, response.headers, body, str(response.url), parsed(response, body))

    async def _body(self, response: httpx.Response) -> bytes:
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.aiter_bytes():
            size += len(chunk)
            if size > MAX_BODY:
                raise Answered(response.status_code, f"its answer is larger than {MAX_BODY >> 20} MiB")
            chunks.append(chunk)
        return b"".join(chunks)


def words_of(error: Exception) -> str:
    """What went wrong on the line, for people; the error's own words, redacted, where they say more."""
    told = redact(" ".join(str(error).split()))[:200]
    if isinstance(error, httpx.ConnectTimeout):
        return "it did not take the connection in time"
    if isinstance(error, httpx.ConnectError):
        kind = "no secure connection (TLS)" if "ssl" in told.casefold() else "no connection"
        return f"{kind}, {told}" if told else kind
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return "its whole answer did not come in time"
    if isinstance(error, httpx.ReadError | httpx.WriteError | httpx.RemoteProtocolError):
        return "the line was cut before its whole answer was here"
    return f"{type(error).__name__} {told}".strip()


def parsed(response: httpx.Response, body: bytes) -> object:
    """The body as JSON when it says that it is; None else. Raises Answered when it is not what it says."""
    if "json" not in response.headers.get("content-type", ""):
        return None
    try:
        return httpx.Response(200, content=body).json() if body else None
    except (ValueError, RecursionError) as error:
        raise Answered(response.status_code, "its answer is not the JSON it claims to be") from error


def message_of(body: bytes) -> str:
    """The service's own words in an error body: short, one line, redacted; of a web page only its title."""
    try:
        value = httpx.Response(200, content=body).json()
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
    timeout = httpx.Timeout(seconds, connect=min(seconds, 5.0))
    wire = httpx.AsyncHTTPTransport(trust_env=False)
    async with httpx.AsyncClient(
        base_url=base_url,
        headers=dict(headers or {}),
        timeout=timeout,
        follow_redirects=False,
        trust_env=False,
        transport=OneOrigin(wire, base_url) if base_url else OpenInternet(wire, near),
    ) as client:
        yield Http(client, service, 2 * seconds)
