"""One request over the line: bounded, to where it may go, with httpx's many failures told as the three that matter."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx

from bot.apis.http import Answer, Answered, Forbidden, OutcomeUnknown, Unreachable
from bot.apis.origins import AddressRefused, OneOrigin, OpenInternet
from bot.logging import redact

MAX_BODY = 20 * 1024 * 1024
NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)


class Wire:
    """The connections to one service."""

    def __init__(self, client: httpx.AsyncClient, service: str, longest: float) -> None:
        self._client = client
        self._service = service
        self._longest = longest

    async def exchange(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer to one request, whatever its status, its body not yet parsed.

        Raises Unreachable, OutcomeUnknown, and Answered when it is too large.
        """
        asked = self._client.stream(method, path, content=content, params=params, headers=dict(headers or {}))
        try:
            async with asyncio.timeout(self._longest), asked as response:
                body = await body_of(response)
        except AddressRefused as error:
            raise Forbidden(f"{self._service} is not asked there: {error}.") from error
        except NEVER_SENT as error:
            raise Unreachable(f"{self._service} could not be reached: {words_of(error)}.") from error
        except (httpx.HTTPError, TimeoutError) as error:
            raise OutcomeUnknown(f"{self._service} did not answer: {words_of(error)}.") from error
        return Answer(response.status_code, response.headers, body, str(response.url))


async def body_of(response: httpx.Response) -> bytes:
    """The whole body. Raises Answered when it is too large."""
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


@asynccontextmanager
async def open_wire(
    base_url: str, service: str, headers: Mapping[str, str], seconds: float, *, near: str
) -> AsyncIterator[Wire]:
    """Connections to one origin, or without a `base_url` to public addresses and to the origin `near`."""
    line = httpx.AsyncHTTPTransport(trust_env=False)
    async with httpx.AsyncClient(
        base_url=base_url,
        headers=headers,
        timeout=httpx.Timeout(seconds, connect=min(seconds, 5.0)),
        follow_redirects=False,
        trust_env=False,
        transport=OneOrigin(line, base_url) if base_url else OpenInternet(line, near),
    ) as client:
        yield Wire(client, service, 2 * seconds)
