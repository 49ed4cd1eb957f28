"""Every decision is written into the audit before it is acted on: no audit write, no act."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.records.audit import Action, AuditLog, Decision


@dataclass(frozen=True)
class Decisions:
    """The audit, as those who decide write into it."""

    log: AuditLog
    clock: Callable[[], datetime]

    async def write(self, action: Action, person: int | str, subject: str, **details: object) -> None:
        """Write a decision down. Raises StoreUnavailable: then it must not be acted on."""
        told = {name: str(value)[:300] for name, value in details.items() if value is not None}
        await self.log.append(
            Decision(at=self.clock(), actor=str(person), action=action, subject=subject[:100], details=told)
        )
