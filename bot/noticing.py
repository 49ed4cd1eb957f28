"""What notices faults, put together: triage on the log and the bus, the watchdog, and how they end."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from bot.adapters import utc_now
from bot.events.bus import Bus
from bot.logging import LoggedError, RingBufferHandler
from bot.logging.line_writer import LineWriter
from bot.records.store import StoreUnavailable
from bot.repair.noticed_orders import NoticedOrders
from bot.repair.order_events import OrderEvents
from bot.repair.repairs import Repairs
from bot.repair.signals import SIGNALS
from bot.repair.tally import Tally
from bot.repair.triage import Triage
from bot.supervision import kept_running
from bot.watchdog.latency import Answer, LatencyWatch
from bot.watchdog.log_tail import LogTail
from bot.watchdog.own_log import OwnLog
from bot.watchdog.patterns import SHIPPED
from bot.watchdog.resources import Limits, ResourceWatch
from bot.watchdog.watchdog import PatternFile, Publish, Watchdog

if TYPE_CHECKING:
    from bot.settings import Settings

log = logging.getLogger(__name__)


def limits_of(settings: "Settings") -> Limits:
    """Above what a resource is told."""
    cpu, memory, checks = settings.watchdog_cpu_threshold, settings.watchdog_memory_threshold, 0
    if settings.watchdog_dev_mode:
        cpu, memory, checks = max(cpu, 0.98), max(memory, 0.98), 5
    return Limits(
        cpu=cpu,
        memory=memory,
        disk=settings.watchdog_disk_threshold,
        loop=settings.watchdog_loop_lag_ms / 1000,
        checks=max(settings.watchdog_cpu_checks, checks),
        cooldown=settings.watchdog_cooldown / 1000,
    )


def watchdog_of(settings: "Settings", publish: Publish, patterns: PatternFile, memory: Path) -> Watchdog:
    """The watchdog as the settings want it; `memory` is where it keeps how far it read each log."""
    return Watchdog(
        publish=publish,
        patterns=patterns,
        tail=LogTail(settings.watchdog_log_path, settings.watched_logs, memory),
        matcher=patterns.matchers[0],
        resources=ResourceWatch(limits_of(settings)),
        latency=LatencyWatch(settings.watchdog_probes, asked, settings.watchdog_probe_ms),
        disk=settings.state_dir,
        check=settings.watchdog_check_interval / 1000,
    )


async def asked(address: str) -> Answer:
    """How an address answers."""
    from bot.apis.timed_get import timed_get  # with httpx, which only probes need

    timed = await timed_get(address)
    return Answer(timed.milliseconds, timed.status, timed.error)


async def opened_watchdog(
    stack: AsyncExitStack, settings: "Settings", handler: RingBufferHandler, bus: Bus, leads: asyncio.Event
) -> None:
    """The watchdog in the bot: on its own log in every process, on all else in the one that leads.

    Raises PatternsRefused.
    """
    if not settings.watchdog_enabled:
        return
    file = PatternFile.opened(settings.watchdog_patterns or SHIPPED)
    queue = LineWriter(OwnLog(file.own, bus.publish_soon), name="watchdog", delay=0.2)
    stack.callback(queue.close)
    stack.callback(setattr, handler, "watched", None)
    handler.watched = queue

    async def watch() -> None:
        await leads.wait()  # only then it is known how far the process that led before has read
        await watchdog_of(settings, bus.publish, file, settings.state_dir / "watchdog.json").run()

    await stack.enter_async_context(kept_running("the watchdog", watch))


async def opened_triage(
    stack: AsyncExitStack, repairs: Repairs, tally: Tally, bus: Bus, *, auto_propose: bool
) -> Triage:
    """Triage of every ERROR line and every watcher's event, with the orders that come of it."""
    orders = NoticedOrders(repairs, utc_now, auto_propose=auto_propose)
    triage = Triage(repairs.store, repairs.capture, bus, orders)
    stack.push_async_callback(write_down, triage)
    await stack.enter_async_context(kept_running("triage", triage.run))
    handler = repairs.capture.handler
    stack.callback(setattr, handler, "on_error", tally.failed)
    handler.on_error = both(tally.failed, triage.saw)
    heard = bus.subscribe("triage", SIGNALS, triage.hear, capacity=10_000)
    stack.callback(bus.unsubscribe, heard)
    repairs.book.publish_to(OrderEvents(bus, repairs.store.incidents).tell)
    return triage


def both(one: Callable[[LoggedError], None], other: Callable[[LoggedError], None]) -> Callable[[LoggedError], None]:
    """Tells two of each error."""

    def tell(error: LoggedError) -> None:
        one(error)
        other(error)

    return tell


async def write_down(triage: Triage) -> None:
    """At the end: what was noticed and not yet written. A store that is away has the log instead."""
    with suppress(StoreUnavailable):
        await triage.flush()
