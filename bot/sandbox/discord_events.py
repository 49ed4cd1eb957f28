"""What happens in the sandbox's Discord, as a stream for the terminal prompt, the chat page and waiting tests."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Self, TypeVar

EventKind = Literal[
    "message_created",
    "message_edited",
    "message_deleted",
    "interaction_opened",
    "interaction_answered",
    "modal_opened",
    "typing",
    "bot_connected",
    "bot_disconnected",
]
T = TypeVar("T")
LOOK_EVERY_S = 0.05  # an injected clock may jump without an event


@dataclass(frozen=True, kw_only=True)
class WorldEvent:
    """One thing that happened; ids that do not apply are None."""

    kind: EventKind
    at: datetime
    channel_id: int | None = None
    message_id: int | None = None
    interaction_id: int | None = None
    only_for: int | None = None  # whose eyes an ephemeral message is for
    detail: str = ""


class Subscription:
    """An endless async iterator of events from now on; close it, or use it as a context manager."""

    def __init__(self, events: "Events") -> None:
        self._events = events
        self.queue: asyncio.Queue[WorldEvent] = asyncio.Queue()

    def close(self) -> None:
        """Hear nothing more."""
        self._events.forget(self)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> WorldEvent:
        return await self.queue.get()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Events:
    """Tells subscribers and wakes whoever waits for something."""

    def __init__(self) -> None:
        self._subscriptions: list[Subscription] = []
        self._changed: asyncio.Event | None = None

    def subscribe(self) -> Subscription:
        """Hear every event from now on."""
        subscription = Subscription(self)
        self._subscriptions.append(subscription)
        return subscription

    def forget(self, subscription: Subscription) -> None:
        """Stop telling a subscriber."""
        if subscription in self._subscriptions:
            self._subscriptions.remove(subscription)

    def publish(self, event: WorldEvent) -> None:
        """Tell everybody."""
        for subscription in self._subscriptions:
            subscription.queue.put_nowait(event)
        self.wake()

    def wake(self) -> None:
        """Let waiters look again."""
        if self._changed is not None:
            self._changed.set()
            self._changed = None

    async def wait_for(self, look: Callable[[], T | None], what: str, timeout: float = 10.0) -> T:  # noqa: ASYNC109 - part of the hands' interface
        """Look after every change until there is something; TimeoutError says `what` did not come."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while (found := look()) is None:
            left = deadline - loop.time()
            if left <= 0:
                raise TimeoutError(f"{what} did not come within {timeout:g} seconds.")
            await self._wait_for_change(min(left, LOOK_EVERY_S))
        return found

    async def _wait_for_change(self, seconds: float) -> None:
        if self._changed is None:
            self._changed = asyncio.Event()
        try:
            await asyncio.wait_for(self._changed.wait(), seconds)
        except TimeoutError:
            return
