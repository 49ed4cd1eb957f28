"""The model's tokens of the day, in the store: never more than the cap, however many processes ask."""

import json
from collections.abc import Callable
from datetime import datetime

from bot.records.healing_store import Documents
from bot.records.store import StaleRecord, StoreUnavailable

NAME = "model_tokens"
TRIES = 10


class DailyPurse:
    """So many tokens a day, by UTC."""

    def __init__(self, documents: Documents, cap: int, clock: Callable[[], datetime]) -> None:
        self._documents = documents
        self._cap = cap
        self._clock = clock

    async def take(self, tokens: int) -> bool:
        """Take so many of today's; False when there are not enough left, or the store cannot say."""
        for _ in range(TRIES):
            try:
                body, version = await self._documents.read(NAME)
                spent = self._spent(body)
                if spent + tokens > self._cap:
                    return False
                kept = json.dumps({"day": self._today(), "spent": spent + tokens})
                await self._documents.replace(NAME, kept, version)
            except StaleRecord:
                continue
            except StoreUnavailable:
                return False
            return True
        return False

    async def spent(self) -> int:
        """How many are spent today. Raises StoreUnavailable."""
        return self._spent((await self._documents.read(NAME))[0])

    def _spent(self, body: str) -> int:
        kept = json.loads(body) if body else {}
        return int(kept["spent"]) if kept.get("day") == self._today() else 0

    def _today(self) -> str:
        return self._clock().date().isoformat()
