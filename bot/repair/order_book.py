"""The one way to save a work order: kept first, then told to whoever watches."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from bot.records.store import Asked, Orders
from bot.records.work_order import WorkOrder

Watcher = Callable[[WorkOrder], Awaitable[None]]
log = logging.getLogger(__name__)


class OrderBook:
    """Orders as they are saved, and their watchers."""

    def __init__(self, orders: Orders) -> None:
        self.orders = orders
        self._watchers: list[Watcher] = []
        self._publishers: list[Watcher] = []
        self._seen: dict[str, int] | None = None
        """The versions that the watchers know of; None before the first look."""

    def watch(self, watcher: Watcher) -> None:
        """Call `watcher` with each order after it was saved."""
        self._watchers.append(watcher)

    def publish_to(self, watcher: Watcher) -> None:
        """Call `watcher` with each order that this process saved, and with none of another one's."""
        self._publishers.append(watcher)

    def unwatch(self, watcher: Watcher) -> None:
        """Stop calling `watcher`."""
        self._watchers.remove(watcher)

    async def create(self, order: WorkOrder) -> WorkOrder:
        """Keep a new order and tell the watchers. Raises StaleRecord, StoreUnavailable."""
        return await self._told(await self.orders.create(order))

    async def save(self, order: WorkOrder) -> WorkOrder:
        """Keep a changed order and tell the watchers. Raises StaleRecord, StoreUnavailable."""
        return await self._told(await self.orders.save(order))

    async def save_permitted(
        self, order: WorkOrder, since: datetime, permit: Callable[[Sequence[Asked]], None]
    ) -> WorkOrder:
        """Keep an order whose proposal is asked for, if it may be; raises what `permit` does, and as `save`."""
        return await self._told(await self.orders.save_permitted(order, since, permit))

    async def catch_up(self) -> None:
        """Tell the watchers of what other processes saved since the last call. Raises StoreUnavailable."""
        if not self._watchers:
            return
        now = await self.orders.versions()
        if self._seen is None:
            self._seen = now
        for order_id, version in now.items():
            if self._seen.get(order_id, 0) < version:
                order = await self.orders.get(order_id)
                self._seen[order_id] = order.version  # only now: what breaks off here is told the next time
                await self._tell(order, tuple(self._watchers))
        self._seen = {order_id: version for order_id, version in self._seen.items() if order_id in now}

    async def _told(self, order: WorkOrder) -> WorkOrder:
        log.info("order %s is %s", order.id, order.status, extra={"action": "order_saved", **order.log_context()})
        if self._seen is not None:
            self._seen[order.id] = order.version
        await self._tell(order, (*self._publishers, *self._watchers))
        return order

    async def _tell(self, order: WorkOrder, watchers: tuple[Watcher, ...]) -> None:
        for watcher in watchers:
            try:
                await watcher(order)
            except Exception:  # event delivery: a watcher that fails must not stop the order
                log.exception("a watcher failed on %s", order.id, extra={"action": "watcher_failed"})
