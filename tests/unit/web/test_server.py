"""How the API is served: at once, and whoever else holds connections open."""

import asyncio
import socket

from bot.web.server import listening_socket


async def test_small_answers_wait_for_no_acknowledgement() -> None:
    at_once: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def look(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = writer.get_extra_info("socket")
        at_once.set_result(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    listening = listening_socket("127.0.0.1", 0)
    async with await asyncio.start_server(look, sock=listening):
        _, writer = await asyncio.open_connection(*listening.getsockname())

        assert await at_once
        writer.close()
