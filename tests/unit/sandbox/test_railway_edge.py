"""The local Railway's edge: whoever looks at the service keeps one address, whichever deployment is live."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from bot.sandbox.railway_edge import RailwayEdge


@asynccontextmanager
async def a_bot_that_says(word: bytes):
    def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(word)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def an_edge(live: list[int]):
    edge = RailwayEdge(lambda: live[-1])
    await edge.start()
    try:
        yield int(edge.url.rpartition(":")[2])
    finally:
        await edge.stop()


async def told_at(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        return await asyncio.wait_for(reader.read(), 5)
    finally:
        writer.close()


async def test_the_address_stays_when_another_deployment_is_live() -> None:
    async with a_bot_that_says(b"old") as old, a_bot_that_says(b"new") as new, an_edge(live := [old]) as port:
        before = await told_at(port)
        live.append(new)
        after = await told_at(port)

    assert (before, after) == (b"old", b"new")


async def test_nobody_live_is_an_end_and_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    async with an_edge([0]) as port:
        assert await told_at(port) == b""

    assert caplog.records == []
