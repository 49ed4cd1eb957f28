"""A line between a browser and the bot that can be cut and mended again, at the same address."""

import asyncio
from contextlib import suppress
from types import TracebackType
from urllib.parse import urlsplit


class Relay:
    """Passes bytes on both ways, and remembers how each request began."""

    def __init__(self, target: str) -> None:
        self._target = urlsplit(target)
        self._port = 0
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.Task[None]] = set()
        self.requests: list[bytes] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Take connections, on the port that it had before."""
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Cut every line, and take none."""
        assert self._server is not None
        self._server.close()
        for line in self._lines:
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, away = await asyncio.open_connection(self._target.hostname, self._target.port)
        ways = [asyncio.create_task(self._pass_on(reader, away, self.requests)),
                asyncio.create_task(self._pass_on(there, writer, []))]  # fmt: skip
        self._lines.update(ways)
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        for end in (writer, away):
            end.transport.abort()

    async def _pass_on(self, source: asyncio.StreamReader, to: asyncio.StreamWriter, seen: list[bytes]) -> None:
        with suppress(ConnectionError):
            while part := await source.read(65536):
                seen.append(part)
                to.write(part)
                await to.drain()

    async def __aenter__(self) -> "Relay":
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
