"""What the bus delivers becomes alerts in every channel, and what a storm brings costs no more than a single fault."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.events.bus import Bus, open_bus
from bot.events.catalog import IncidentOpened, IncidentUpdated
from bot.notify import sending
from bot.notify.notifier import never_quiet
from bot.notify.sending import Addresses, open_notifier
from bot.records.sql_store import open_store
from tests.factories import Clock

FAULT, INCIDENT = "f" * 16, "inc_0123456789ab"
OPENED = IncidentOpened(incident_id=INCIDENT, fingerprint=FAULT, severity="high", title="it broke", source="log")


@dataclass
class Wall:
    """Both webhooks, and who is asked for evidence."""

    posts: dict[str, list[str]] = field(default_factory=dict)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[str] = field(default_factory=list)
    breaks: list[Exception] = field(default_factory=list)
    clock: Clock = field(default_factory=Clock)

    async def take(self, request: web.Request) -> web.StreamResponse:
        """One post."""
        self.posts.setdefault(request.path, []).append(str(await request.json()))
        self.came.set()
        return web.Response(status=204)

    async def evidence(self, incident_id: str) -> tuple[str, str]:
        """What is found out."""
        self.asked.append(incident_id)
        if self.breaks:
            raise self.breaks.pop()
        return "the last line", "the summary"

    async def has(self, number: int) -> None:
        """Wait for so many posts."""
        async with asyncio.timeout(10):
            while sum(map(len, self.posts.values())) < number:
                await self.came.wait()
                self.came.clear()


@asynccontextmanager
async def a_wall(folder: Path) -> AsyncIterator[tuple[Wall, Bus]]:
    wall, app = Wall(), web.Application()
    app.router.add_post("/{path:.*}", wall.take)
    async with (
        TestServer(app) as server,
        open_store(folder) as store,
        open_bus(store.events, lambda value: value, wall.clock) as bus,
    ):
        urls: dict[str, Any] = {name: str(server.make_url(f"/{name}")) for name in ("discord", "slack")}
        addresses = Addresses(**urls, heal_log=folder / "self-heal.log")
        async with open_notifier(addresses, bus, wall.clock, never_quiet, wall.evidence):
            yield wall, bus


async def test_a_storm_of_one_fault_asks_for_its_evidence_once(tmp_path: Path) -> None:
    async with a_wall(tmp_path) as (wall, bus):
        await bus.publish(OPENED)
        for count in range(2, 300):
            again = IncidentUpdated(incident_id=INCIDENT, fingerprint=FAULT, severity="high", count=count)
            await bus.publish(again)
        await bus.settle()
        await wall.has(2)

        assert wall.asked == [INCIDENT]
        assert {name: len(posts) for name, posts in wall.posts.items()} == {"/discord": 1, "/slack": 1}
        assert all("the last line" in post and "the summary" in post for (post,) in wall.posts.values())


async def test_what_breaks_while_an_alert_is_sent_silences_none_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "RESTART_SECONDS", 0.01)
    async with a_wall(tmp_path) as (wall, bus):
        wall.breaks.append(ZeroDivisionError())
        await bus.publish(OPENED)
        await bus.settle()
        await wall.has(1)  # the other channel asked once more

        wall.clock.forward(60)
        await bus.publish(OPENED.model_copy(update={"fingerprint": "a" * 16, "incident_id": "inc_ba9876543210"}))
        await wall.has(4)

        assert {name: len(posts) for name, posts in wall.posts.items()} == {"/discord": 2, "/slack": 2}
