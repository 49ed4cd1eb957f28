"""Blocking calls in threads of their own: few at once, and none that holds up the event loop or the end of the bot."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from types import TracebackType
from typing import Generic, TypeVar

Result = TypeVar("Result")


class Handover(Generic[Result]):
    """Hands a call's result, or whatever it raised, to those who wait for it."""

    def __init__(self, outcome: "Future[Result]") -> None:
        self._outcome = outcome

    def __enter__(self) -> "Future[Result]":
        return self._outcome

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> bool:
        if error is not None:
            self._outcome.set_exception(error)
        return True


class Threads:
    """At most `most` blocking calls at once; a further one waits, and a caller that gives up frees no thread.

    The threads are daemons: an executor's would be waited for at the end, however long a server keeps them.
    """

    def __init__(self, name: str, most: int) -> None:
        self._name = name
        self._free = asyncio.Semaphore(most)

    async def run(self, call: Callable[[], Result]) -> Result:
        """What the call returns or raises. Cancelling stops the waiting; the call itself goes on to its own end."""
        await self._free.acquire()
        loop = asyncio.get_running_loop()
        outcome: Future[Result] = Future()
        outcome.set_running_or_notify_cancel()  # from here on it cannot be cancelled, so its end is the thread's
        outcome.add_done_callback(lambda _: self._release(loop))
        threading.Thread(target=self._work, args=(call, outcome), name=self._name, daemon=True).start()
        return await asyncio.wrap_future(outcome)

    @staticmethod
    def _work(call: Callable[[], Result], outcome: "Future[Result]") -> None:
        with Handover(outcome):
            outcome.set_result(call())

    def _release(self, loop: asyncio.AbstractEventLoop) -> None:
        with suppress(RuntimeError):  # the loop may be closed already
            loop.call_soon_threadsafe(self._free.release)
