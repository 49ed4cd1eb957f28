"""The lights of a status: each service is really contacted, within a time, and its light is kept for a minute."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot.logging import redact

SECONDS = 4.0
"""How long one look may take."""
FRESH = 60.0
"""Seconds that a light is shown again instead of asking anew."""

Look = Callable[[], Awaitable[str]]
"""Contacts a service; returns what is good about it in a few words, or raises an error whose text says what is not."""


@dataclass(frozen=True)
class Light:
    """What one look at a service gave."""

    name: str
    is_green: bool
    words: str
    milliseconds: float

    @property
    def line(self) -> str:
        """Green or red, what was said, and how fast."""
        return f"{'🟢' if self.is_green else '🔴'} {self.words} ({self.milliseconds:.0f} ms)"


class Lights:
    """The services that a status tells of; `failures` are the errors that their looks raise."""

    def __init__(self, looks: Mapping[str, Look], failures: tuple[type[Exception], ...]) -> None:
        self._looks = dict(looks)
        self._failures = failures
        self._kept: tuple[float, list[Light]] | None = None
        self._looking = asyncio.Lock()

    async def look(self) -> tuple[list[Light], float]:
        """Every service's light and its age in seconds, at most a minute; all are asked at once."""
        async with self._looking:
            if self._kept is None or time.monotonic() - self._kept[0] > FRESH:
                lights = await asyncio.gather(*(self._one(name, look) for name, look in self._looks.items()))
                self._kept = (time.monotonic(), list(lights))
            return self._kept[1], time.monotonic() - self._kept[0]

    async def _one(self, name: str, look: Look) -> Light:
        began = time.perf_counter()
        try:
            words, is_green = await asyncio.wait_for(look(), SECONDS), True
        except TimeoutError:
            words, is_green = f"no answer within {SECONDS:.0f} s", False
        except self._failures as error:
            words, is_green = redact(str(error)), False
        return Light(name, is_green, words, (time.perf_counter() - began) * 1000)
