"""Addresses that are asked on a schedule: told when one answers too late several times in a row, and when no more."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from bot.events.catalog import EndpointRecovered, EndpointSlow
from bot.events.event import Event

SERVER_ERROR = 500


@dataclass(frozen=True)
class Answer:
    """How an address answered."""

    milliseconds: float
    status: int | None = None
    error: str = ""
    """Why it did not answer at all."""


Ask = Callable[[str], Awaitable[Answer]]


@dataclass
class LatencyWatch:
    """Asks each address once per round."""

    addresses: Sequence[str]
    ask: Ask
    limit: float = 500.0
    """Milliseconds."""
    checks: int = 3
    failed: dict[str, int] = field(default_factory=dict)

    async def round(self) -> list[Event]:
        """Ask all of them once, and say what that changes."""
        events: list[Event] = []
        for address in self.addresses:
            event = self.judge(address, await self.ask(address))
            events += [event] if event else []
        return events

    def judge(self, address: str, answer: Answer) -> Event | None:
        """What one answer changes."""
        why = answer.error or (f"it answered {answer.status}" if (answer.status or 0) >= SERVER_ERROR else "")
        before = self.failed.get(address, 0)
        took = {"probe": address, "milliseconds": answer.milliseconds, "limit": self.limit}
        if not why and answer.milliseconds <= self.limit:
            self.failed[address] = 0
            return EndpointRecovered.model_validate(took) if before >= self.checks else None
        self.failed[address] = before + 1
        if before + 1 != self.checks:
            return None
        return EndpointSlow.model_validate(took | {"failures": self.checks, "error": why})
