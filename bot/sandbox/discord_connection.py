"""discord.py in this process, pointed at a sandbox's Discord."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import discord
import discord.gateway
import discord.http
import yarl

from bot.sandbox.discord_server import DiscordServer


@contextmanager
def redirect_discord(server: DiscordServer) -> Iterator[None]:
    """Let every discord.py client made inside talk to this server; the real addresses come back afterwards."""
    route, websocket = discord.http.Route, discord.gateway.DiscordWebSocket
    before = route.BASE, websocket.DEFAULT_GATEWAY
    route.BASE, websocket.DEFAULT_GATEWAY = server.api_url, yarl.URL(server.gateway_url)
    try:
        yield
    finally:
        route.BASE, websocket.DEFAULT_GATEWAY = before


@asynccontextmanager
async def connect(server: DiscordServer, client: discord.Client, token: str) -> AsyncIterator[None]:
    """Log in and run a client against the server until the block ends; what ends it before it is ready is raised."""
    with redirect_discord(server):
        try:
            await client.login(token)
            running = asyncio.create_task(client.connect())
            ready = asyncio.create_task(client.wait_until_ready())
            await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                ready.cancel()
                running.result()
            yield
            await client.close()
            await running
        finally:
            await client.close()
