"""A process that comes to lead watches on where the one before it was: no line is lost, and none is told twice."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from bot.events.bus import Entry, open_bus
from bot.events.catalog import LogPattern
from bot.logging import RingBufferHandler
from bot.noticing import opened_watchdog
from bot.records.sql_store import open_store
from bot.settings import EmbeddedSettings
from bot.watchdog.log_tail import LogTail
from tests.factories import Clock

LINE = "404 Not Found (error code: 10062): Unknown interaction {}\n"


async def test_what_was_read_before_it_led_is_not_read_again(tmp_path: Path) -> None:
    log, state = tmp_path / "app.log", tmp_path / "state"
    log.write_text(LINE.format("old"))
    settings = EmbeddedSettings.model_validate(
        {"state_dir": state, "watchdog_log_path": tmp_path, "watchdog_logs": "app.log"}
    )
    heard: list[str] = []
    leads, handler = asyncio.Event(), RingBufferHandler()
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(tmp_path))
        bus = await stack.enter_async_context(open_bus(store.events, lambda told: told, Clock()))

        async def hear(entry: Entry) -> None:
            assert isinstance(entry.event, LogPattern)
            heard.append(entry.event.line.split()[-1])

        bus.subscribe("test", ["log_pattern.*"], hear)
        await opened_watchdog(stack, settings, handler, bus, leads)
        before = LogTail(tmp_path, settings.watched_logs, state / "watchdog.json")
        before.read()
        with log.open("a") as file:
            file.write(LINE.format("read by the one before"))
        before.read()
        with log.open("a") as file:
            file.write(LINE.format("new"))

        leads.set()
        for _ in range(500):
            if heard:
                break
            await asyncio.sleep(0.01)
    handler.close()

    assert heard == ["new"]
