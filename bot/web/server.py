"""Serves the API on the bot's own event loop, for as long as a context is open."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.setting_groups.web import LOOPBACK
from bot.web.desk import Desk
from bot.web.health import CannotListen
from bot.web.room import AT_ONCE, most_connections

LEAVE_SECONDS = 2


@asynccontextmanager
async def open_web(desk: Desk, host: str, port: int) -> AsyncIterator[str]:
    """The address at which it is served. Raises CannotListen."""
    import uvicorn

    from bot.web.api import build_app
    from bot.web.feed import Feed
    from bot.web.quiet_server import PatientProtocol, QuietServer, is_fault

    for name in ("uvicorn.access", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.ERROR)  # who sends nonsense could fill the log with warnings
        logging.getLogger(name).addFilter(is_fault)
    listening = listening_socket(host, port)
    feed = Feed(desk.store, desk.bus, most_readers=most_connections() // 2)
    config = uvicorn.Config(
        build_app(desk, feed, only_loopback=host in LOOPBACK),
        log_config=None, access_log=False, lifespan="off", server_header=False, ws="none", proxy_headers=False,
        http=PatientProtocol, timeout_graceful_shutdown=LEAVE_SECONDS, timeout_keep_alive=15, backlog=AT_ONCE,
    )  # fmt: skip
    server = QuietServer(config)
    reading = asyncio.create_task(feed.run(), name="event stream")
    serving = asyncio.create_task(server.serve(sockets=[listening]), name="web")
    try:
        await asyncio.wait({serving, asyncio.create_task(server.listens.wait())}, return_when=asyncio.FIRST_COMPLETED)
        name = f"[{host}]" if ":" in host else host
        yield f"http://{name}:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        reading.cancel()
        feed.leave()
        await asyncio.wait({serving}, timeout=2 * LEAVE_SECONDS)
        listening.close()


def listening_socket(host: str, port: int) -> socket.socket:
    """A bound socket. Raises CannotListen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends at once only on sockets that name TCP; else an answer waits 40 ms for the receiver's own word.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise CannotListen(f"WEB_HOST {host}, PORT {port} cannot be listened on: {error.strerror}.") from error
    return bound
