"""`/healthz` (the process lives), `/readyz` (it is connected, its store answers), GitHub's hook; nothing else."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from bot.web.github_hook import PATH, GithubHook
from bot.web.room import AT_ONCE, most_connections

if TYPE_CHECKING:
    from aiohttp.web import RequestHandler, Server

Why = Callable[[], Awaitable[str | None]]
"""Why the bot is not ready, in a few words; None when it is."""


class CannotListen(Exception):
    """The port cannot be had; the sentence names it."""


@asynccontextmanager
async def open_health(
    port: int, why_not_ready: Why, version: str, hook: GithubHook | None = None
) -> AsyncIterator[None]:
    """Answer these paths on this port, to every interface, for the platform is outside. Raises CannotListen."""
    from aiohttp import web

    def told(status: int, words: str) -> web.Response:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        body = {"status": words, "timestamp": now, "service": "suture", "version": version}
        return web.json_response(body, status=status)

    async def healthz(_: web.Request) -> web.Response:
        return told(200, "UP")

    async def readyz(_: web.Request) -> web.Response:
        reason = await why_not_ready()
        return told(503, reason) if reason else told(200, "READY")

    app = web.Application(client_max_size=1024)
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz)])
    if hook is not None:
        app.router.add_post(PATH, hook.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    server = cast("Server", runner.server)  # there is one from now on
    try:
        listens = await listening(server, port)
        try:
            yield
        finally:
            listens.close()
            server.pre_shutdown()
    finally:
        await runner.cleanup()


async def listening(server: "Server", port: int) -> asyncio.Server:
    """Take connections; beyond so many the oldest gives way to who comes. Raises CannotListen."""

    def take() -> "RequestHandler":
        lines = [each.transport for each in server.connections if each.transport]
        open_now = [line for line in lines if not line.is_closing()]
        for oldest in open_now[: max(0, len(open_now) + 1 - most_connections())]:
            oldest.abort()
        return server()

    try:
        return await asyncio.get_running_loop().create_server(take, None, port, backlog=AT_ONCE)
    except OSError as error:
        raise CannotListen(f"PORT {port} cannot be listened on: {error.strerror}.") from error
