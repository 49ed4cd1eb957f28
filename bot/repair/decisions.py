"""Every decision is written into the audit before it is acted on: no audit write, no act."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from bot.incident.confirmation import ConfirmationRefused
from bot.records.audit import Action, AuditLog, Decision, Entry
from bot.repair.rules import RepairRefused


@dataclass(frozen=True)
class Decisions:
    """The audit, as those who decide write into it."""

    log: AuditLog
    clock: Callable[[], datetime]

    async def write(self, action: Action, person: int | str, subject: str, **details: object) -> Entry:
        """Write a decision down. Raises StoreUnavailable: then it must not be acted on."""
        told = {name: str(value)[:300] for name, value in details.items() if value is not None}
        return await self.log.append(
            Decision(at=self.clock(), actor=str(person), action=action, subject=subject[:100], details=told)
        )

    @asynccontextmanager
    async def deciding(self, action: Action, person: int, subject: str, **details: object) -> AsyncIterator[None]:
        """Write a decision down, then let it be acted on; when somebody else was faster, that is written too.

        Raises StoreUnavailable.
        """
        entry = await self.write(action, person, subject, **details)
        try:
            yield
        except (RepairRefused, ConfirmationRefused) as error:
            await self.write("refused", person, subject, not_done=entry.seq, why=error)
            raise
