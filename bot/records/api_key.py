"""Keys of the API: kept as hashes, named, of one right, ending at a time, and revocable."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict

from bot.records.document_rows import DocumentRows
from bot.records.healing_store import Documents
from bot.records.store import RecordMissing, StaleRecord

Right = Literal["admin", "read"]
NAME = "api_keys"
PREFIX = "sut_"
MOST = 200
"""Keys that may work at once, and of those that are kept which work no more."""


class ApiKey(BaseModel):
    """One key as it is kept; the key itself was shown once and is nowhere."""

    model_config = ConfigDict(frozen=True)

    name: str
    digest: str
    """sha256 of the key: it has 256 random bits, so that no slower hash is needed."""
    right: Right
    made_at: datetime
    until: datetime
    revoked_at: datetime | None = None

    def is_good(self, now: datetime) -> bool:
        """May it be used?"""
        return self.revoked_at is None and now < self.until


def digest_of(key: str) -> str:
    """What a key is known by."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


class KeyRing:
    """All keys, in the store."""

    def __init__(self, documents: Documents, clock: Callable[[], datetime]) -> None:
        self._rows = DocumentRows(documents, NAME, ApiKey)
        self._clock = clock

    async def make(self, name: str, right: Right, lifetime: timedelta) -> str:
        """A new key, to be shown once; of those that open nothing any more the oldest are forgotten.

        Raises StaleRecord when the name is taken or there are too many that work, StoreUnavailable.
        """
        key = PREFIX + secrets.token_urlsafe(32)
        now = self._clock()

        def add(keys: list[ApiKey]) -> list[ApiKey]:
            good = [one for one in keys if one.is_good(now)]
            if any(one.name == name for one in good):
                raise StaleRecord(f"There is a key {name} already: revoke it, or choose another name.")
            if len(good) >= MOST:
                raise StaleRecord(f"There are {MOST} keys that work already: revoke one first.")
            fresh = ApiKey(name=name, digest=digest_of(key), right=right, made_at=now, until=now + lifetime)
            return [*(one for one in keys if one in good or one in keys[-MOST:]), fresh]

        await self._rows.change(add)
        return key

    async def revoke(self, name: str) -> None:
        """From now on this key opens nothing. Raises RecordMissing, StoreUnavailable."""
        now = self._clock()

        def is_it(one: ApiKey) -> bool:
            return one.name == name and one.revoked_at is None

        def end(keys: list[ApiKey]) -> list[ApiKey]:
            if not any(map(is_it, keys)):
                raise RecordMissing(f"There is no key {name} that could be revoked.")
            return [one.model_copy(update={"revoked_at": now}) if is_it(one) else one for one in keys]

        await self._rows.change(end)

    async def all(self) -> list[ApiKey]:
        """Every key that was ever made, the newest last. Raises StoreUnavailable."""
        return await self._rows.all()

    async def holder(self, key: str) -> ApiKey | None:
        """Whose key it is, if it may be used now. Raises StoreUnavailable."""
        return await self.holder_of(digest_of(key))

    async def holder_of(self, digest: str) -> ApiKey | None:
        """The same by what a key is known by; all are compared, in constant time. Raises StoreUnavailable."""
        found = None
        for one in await self.all():
            if hmac.compare_digest(one.digest, digest) and one.is_good(self._clock()):
                found = one
        return found
