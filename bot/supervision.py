"""Keeps a piece of work going, whatever one of its rounds runs into."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

log = logging.getLogger(__name__)


async def supervised(name: str, run: Callable[[], Awaitable[None]], seconds: float) -> None:
    """Run it until it ends by itself; when it breaks, that is logged, and it starts again after a pause."""
    while True:
        try:
            return await run()
        except Exception:  # the supervisor: what breaks in one round must not end all rounds
            log.exception("%s broke; it starts again", name, extra={"action": "supervised_failed"})
            await asyncio.sleep(seconds)


@asynccontextmanager
async def kept_running(name: str, run: Callable[[], Awaitable[None]], seconds: float = 1.0) -> AsyncIterator[None]:
    """Keep it going for as long as the context is open."""
    task = asyncio.create_task(supervised(name, run, seconds), name=name)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
