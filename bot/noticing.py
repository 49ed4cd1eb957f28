"""What notices faults, put together: triage on the log and the bus, the watchdog, and how they end."""

import logging
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress

from bot.adapters import utc_now
from bot.events.bus import Bus
from bot.logging import LoggedError
from bot.records.store import StoreUnavailable
from bot.repair.noticed_orders import NoticedOrders
from bot.repair.order_events import OrderEvents
from bot.repair.repairs import Repairs
from bot.repair.signals import SIGNALS
from bot.repair.tally import Tally
from bot.repair.triage import Triage
from bot.supervision import kept_running

log = logging.getLogger(__name__)


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
