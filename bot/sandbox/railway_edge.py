"""The local Railway's edge: one address for the service, whichever deployment is live behind it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

CHUNK = 64 * 1024


class RailwayEdge:
    """Passes each connection on to the port of the bot that is live as it comes."""

    def __init__(self, live_port: Callable[[], int]) -> None:
        self._live_port = live_port
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.Task[None]] = set()
        self.url = ""

    async def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; port 0 takes a free one. OSError when it is taken; then try another."""
        self._server = await asyncio.start_server(self._take, "127.0.0.1", port)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        """Close the port and every connection."""
        if self._server is not None:
            self._server.close()
        for line in self._lines:
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = asyncio.create_task(self._carry(reader, writer), name="railway edge")
        self._lines.add(line)
        line.add_done_callback(self._lines.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until either side has ended."""
        try:
            there, away = await asyncio.open_connection("127.0.0.1", self._live_port())
        except OSError:
            writer.close()  # nobody is live: whoever came may try again
            return
        ways = {asyncio.create_task(pass_on(reader, away)), asyncio.create_task(pass_on(there, writer))}
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            writer.close()
            away.close()


async def pass_on(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    """Bytes as they come, until there are no more."""
    with suppress(ConnectionError):
        while part := await source.read(CHUNK):
            to.write(part)
            await to.drain()
