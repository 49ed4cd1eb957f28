"""How this process is asked to end: by a signal, or because who started it is gone."""

import asyncio
import os
import signal
import threading
from contextlib import suppress


def stop_on_signals(stop: asyncio.Event) -> None:
    """SIGTERM and SIGINT end the bot in order (where the platform has them)."""
    loop = asyncio.get_running_loop()
    for name in ("SIGTERM", "SIGINT"):
        with suppress(NotImplementedError):
            loop.add_signal_handler(getattr(signal, name), stop.set)


def stop_with_parent(stop: asyncio.Event) -> None:
    """End when standard input closes: the sandbox that started this process is gone."""
    loop = asyncio.get_running_loop()

    def wait_for_end() -> None:
        while os.read(0, 4096):
            pass
        with suppress(RuntimeError):  # the loop may be closed already
            loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=wait_for_end, name="parent", daemon=True).start()
