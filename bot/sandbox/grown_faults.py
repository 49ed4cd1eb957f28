"""Two planted faults that grow: a cache that fills this process's memory, and an endpoint that answers too late."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import psutil
from aiohttp import web

from bot.apis.timed_get import timed_get
from bot.events.event import Event
from bot.healing.host_parts import Cache, TimeLimit
from bot.sandbox.bench import Bench
from bot.sandbox.loopback_site import LoopbackSite
from bot.watchdog.latency import Answer, LatencyWatch
from bot.watchdog.resources import Limits, ResourceWatch

PAGE = 1024 * 1024
"""Bytes of one entry: so large that the memory goes back to the machine when it is let go."""
PER_LOOK = 8
"""Entries that are added between two looks."""
ROOM = 64
"""Entries that fit below the limit."""
LOOK = 0.1
"""Seconds between two looks of the watchdog."""
CACHE = "planted"
BACKEND_SECONDS = 0.55
"""What the endpoint's backend needs."""
PATIENCE_SECONDS, MOST_PATIENCE = 0.5, 4.0
"""What the endpoint gives it at first: too little, so it asks again and again."""
TRIES = 3
SLOW_MS = 1200.0


def share() -> float:
    """The share of this machine's memory that this process holds."""
    return float(psutil.Process().memory_info().rss / psutil.virtual_memory().total)


@asynccontextmanager
async def watched(bench: Bench, look: Callable[[], Awaitable[list[Event]]]) -> AsyncIterator[None]:
    """What is looked at is published, look after look, until the block ends."""

    async def watch() -> None:
        while True:
            events = await look()
            if events:
                await bench.client.face.bus.publish(*events)
            await asyncio.sleep(LOOK)

    watching = asyncio.create_task(watch(), name="a planted fault grows")
    try:
        yield
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


@dataclass
class Leak:
    """A cache that grows until somebody clears it; then nobody fills it any more."""

    pages: list[bytes] = field(default_factory=list)
    was_cleared: bool = False

    def grow(self) -> None:
        """A few entries more."""
        if not self.was_cleared:
            self.pages.extend(b"x" * PAGE for _ in range(PER_LOOK))

    def clear(self) -> None:
        """Let everything go."""
        self.was_cleared = True
        self.pages.clear()


@asynccontextmanager
async def leak(bench: Bench) -> AsyncIterator[None]:
    """A cache that never lets go fills the memory, which the watchdog measures."""
    hoard, parts = Leak(), bench.client.face.healing.parts
    parts.add(Cache(name=CACHE, size=hoard.pages.__len__, clear=hoard.clear))
    room = ROOM * PAGE / psutil.virtual_memory().total
    watch = ResourceWatch(Limits(memory=share() + room))

    async def look() -> list[Event]:
        hoard.grow()
        return watch.judge({"memory": share()})

    async with watched(bench, look):
        yield
    del parts.caches[CACHE]


async def is_empty(bench: Bench) -> str:
    """The cache is empty."""
    size = bench.client.face.healing.parts.caches[CACHE].size()
    return f"{size} entries are left" if size else ""


@dataclass
class Shop:
    """An endpoint that asks a backend, and asks it anew when that takes longer than it is given."""

    seconds: float = PATIENCE_SECONDS
    site: LoopbackSite = field(default_factory=LoopbackSite)

    async def start(self) -> None:
        """Serve on a free port of loopback."""
        app = web.Application()
        app.router.add_get("/", self.answer)
        await self.site.serve(app, 0)

    async def answer(self, request: web.Request) -> web.Response:
        """What the backend says, or 503 when it never says anything in time."""
        for _ in range(TRIES):
            with suppress(TimeoutError):
                async with asyncio.timeout(self.seconds):
                    await asyncio.sleep(BACKEND_SECONDS)
                return web.Response(text="served")
        return web.Response(status=503, text="the backend takes too long")

    def give(self, seconds: float) -> None:
        """Give the backend so long."""
        self.seconds = seconds


async def asked(address: str) -> Answer:
    """How an address answers."""
    timed = await timed_get(address)
    return Answer(timed.milliseconds, timed.status, timed.error)


@asynccontextmanager
async def slow_endpoint(bench: Bench) -> AsyncIterator[None]:
    """An endpoint answers too late, and not with what was asked for: it gives its backend too little time."""
    shop, parts = Shop(), bench.client.face.healing.parts
    await shop.start()
    limit = TimeLimit(pipeline=shop.site.url, read=lambda: shop.seconds, write=shop.give, most=MOST_PATIENCE)
    parts.add(limit)
    watch = LatencyWatch([shop.site.url], asked, SLOW_MS)
    try:
        async with watched(bench, watch.round):
            yield
    finally:
        del parts.limits[shop.site.url]
        await shop.site.close()


async def answers_in_time(bench: Bench) -> str:
    """The endpoint serves, and in time."""
    address = next(name for name in bench.client.face.healing.parts.limits if name.startswith("http://127.0.0.1"))
    answer = await asked(address)
    is_good = answer.status == web.HTTPOk.status_code and answer.milliseconds <= SLOW_MS
    return "" if is_good else f"it answers {answer.status} in {answer.milliseconds:.0f} ms"
