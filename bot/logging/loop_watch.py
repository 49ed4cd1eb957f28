"""Notices from a thread of its own that the event loop stands still, and says where every thread is."""

import asyncio
import logging
import sys
import threading
import time
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import FrameType
from typing import Final

THRESHOLD: Final = 10.0
"""Seconds without a sign of life after which the loop counts as blocked."""

MOST_THREADS: Final = 20
"""Threads whose stacks are logged."""

log = logging.getLogger(__name__)


class LoopWatch:
    """Watches one event loop; tells once when it is blocked, and once when it runs again."""

    def __init__(self, tell: Callable[[str], None], *, threshold: float = THRESHOLD) -> None:
        self._tell = tell
        self._threshold = threshold
        self._interval = threshold / 10
        self._beat_at = time.monotonic()
        self._blocked_at: float | None = None
        self._loop_thread = threading.get_ident()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="loop-watch", daemon=True)

    async def beat(self) -> None:
        """Give a sign of life until cancelled; the thread watches meanwhile."""
        self._loop_thread = threading.get_ident()
        self._beat_at = time.monotonic()
        self._thread.start()
        try:
            while True:
                await asyncio.sleep(self._interval)
                self._beat_at = time.monotonic()
        finally:
            self._stop.set()

    def _run(self) -> None:
        looked_at = time.monotonic()
        while not self._stop.wait(self._interval):
            now = time.monotonic()
            overslept = now - looked_at > self._threshold / 2  # the whole process stood still, not the loop alone
            looked_at = now
            silent = now - self._beat_at
            if self._blocked_at is None and silent >= self._threshold and not overslept:
                self._blocked_at = self._beat_at
                self._report(silent)
            elif self._blocked_at is not None and silent < self._threshold:
                lasted, self._blocked_at = self._beat_at - self._blocked_at, None
                sentence = f"The event loop runs again; it was blocked for about {lasted:.1f} s."
                log.warning("%s", sentence, extra={"action": "loop_unblocked"})
                self._tell(sentence)

    def _report(self, silent: float) -> None:
        frames = sys._current_frames()
        names = {thread.ident: thread.name for thread in threading.enumerate()}
        at = _place(frames.get(self._loop_thread))
        sentence = f"The event loop has been blocked for {silent:.1f} s, at {at}. Commands are not answered meanwhile."
        log.critical("%s", sentence, extra={"action": "loop_blocked"})
        first = sorted(frames.items(), key=lambda item: item[0] != self._loop_thread)
        for ident, frame in first[:MOST_THREADS]:
            if ident != threading.get_ident():
                stack = "".join(traceback.format_stack(frame))
                told = {"action": "thread_stack", "stack": stack}
                log.error("stack of thread %s", names.get(ident, ident), extra=told)
        self._tell(sentence)


def _place(frame: FrameType | None) -> str:
    if frame is None:
        return "an unknown place"
    code = frame.f_code
    return f"{code.co_filename}:{frame.f_lineno} in {code.co_name}"


@asynccontextmanager
async def watched_loop(tell: Callable[[str], None], *, threshold: float = THRESHOLD) -> AsyncIterator[None]:
    """Watch the running loop for as long as the context is open."""
    beating = asyncio.create_task(LoopWatch(tell, threshold=threshold).beat(), name="loop watch")
    try:
        yield
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
