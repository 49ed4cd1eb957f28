"""Faults of the sandbox GitHub on order: the next request that matches is answered wrongly, late or not at all."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import web


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault, used once; without a status or a drop the request is only held up."""

    method: str = "GET"
    path: str
    status: int | None = None
    body: bytes | str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: Literal["before", "after"] | None = None
    hold_seconds: float = 0.0
    who: str | None = None
    acts: bool = False
    """With a status: the request is acted on all the same, and only its answer is replaced."""
    drip_seconds: float = 0.0
    """With a status: the pause after each byte of the body."""

    def matches(self, method: str, path: str, who: str) -> bool:
        """Whether this request is the one; `path` is a regular expression to be found in path and query."""
        return (
            self.method.upper() in {method.upper(), "*"}
            and re.search(self.path, path) is not None
            and self.who in {None, who}
        )

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """The wrong answer; drop by drop when it is to drip."""
        body = self.body.encode() if isinstance(self.body, str) else self.body
        status = self.status or 500
        if not self.drip_seconds:
            return web.Response(status=status, body=body, headers=self.headers)
        response = web.StreamResponse(status=status, headers=self.headers)
        response.content_length = len(body)
        try:
            await response.prepare(request)
            for byte in body:
                await response.write(bytes([byte]))
                await asyncio.sleep(self.drip_seconds)
            await response.write_eof()
        except ConnectionError:
            pass  # the client had enough
        return response


class FaultQueue:
    """The faults that still wait for their request."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, *faults: Fault) -> None:
        """Put faults in line."""
        self._waiting.extend(faults)

    def clear(self) -> None:
        """Forget the faults that no request met."""
        self._waiting.clear()

    def take(self, method: str, path: str, who: str) -> Fault | None:
        """The first fault for this request, which is then used up."""
        for fault in self._waiting:
            if fault.matches(method, path, who):
                self._waiting.remove(fault)
                return fault
        return None
