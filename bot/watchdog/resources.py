"""CPU, memory, disk and the event loop's lag: told when one stays above its limit, and when it is below again."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.events.catalog import ResourceHigh, ResourceNormal
from bot.events.event import Event, Resource

TICK = 0.25
"""Seconds between two looks at the loop's lag."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Above what, for how many samples in a row, and how long until it is told again."""

    cpu: float = 0.9
    memory: float = 0.9
    disk: float = 0.95
    loop: float = 1.0
    """Shares from 0 to 1; of the loop, seconds."""
    checks: int = 3
    cooldown: float = 300.0
    """Seconds."""

    def of(self, resource: Resource) -> float:
        """The limit of one of them."""
        return {"cpu": self.cpu, "memory": self.memory, "disk": self.disk, "loop": self.loop}[resource]


@dataclass
class State:
    """How one resource has been."""

    above: int = 0
    told_at: float | None = None


@dataclass
class ResourceWatch:
    """Judges samples: one too high is nothing, so many in a row are told; a dip begins anew."""

    limits: Limits
    monotonic: Callable[[], float] = time.monotonic
    states: dict[Resource, State] = field(default_factory=dict)

    def judge(self, samples: Mapping[Resource, float]) -> list[Event]:
        """What one round of samples says."""
        events: list[Event] = []
        for resource, value in samples.items():
            state, limit = self.states.setdefault(resource, State()), self.limits.of(resource)
            if value <= limit:
                if state.told_at is not None:
                    events.append(ResourceNormal(resource=resource, value=value, limit=limit))
                self.states[resource] = State()
                continue
            state.above += 1
            if state.above >= self.limits.checks and self._is_due(state):
                state.told_at = self.monotonic()
                events.append(ResourceHigh(resource=resource, value=value, limit=limit, samples=state.above))
        return events

    def _is_due(self, state: State) -> bool:
        return state.told_at is None or self.monotonic() - state.told_at >= self.limits.cooldown


class LoopLag:
    """How late the event loop was at worst since the last question."""

    def __init__(self) -> None:
        self._worst = 0.0

    async def run(self) -> None:
        """Look at it until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + TICK
            await asyncio.sleep(TICK)
            self._worst = max(self._worst, loop.time() - due)

    def take(self) -> float:
        """The worst lag, in seconds; it begins anew."""
        worst, self._worst = self._worst, 0.0
        return worst


def sampled(folder: Path) -> dict[Resource, float]:
    """The machine's CPU since the last call, its memory, and the disk of this folder, as shares from 0 to 1."""
    import psutil

    samples: dict[Resource, float] = {
        "cpu": psutil.cpu_percent(None) / 100,
        "memory": psutil.virtual_memory().percent / 100,
    }
    if folder.exists():
        samples["disk"] = psutil.disk_usage(str(folder)).percent / 100
    return samples
