"""Sessions of the panel: kept as hashes, so that whoever looks at it stays logged in when the bot is deployed anew."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from bot.records.document_rows import DocumentRows
from bot.records.healing_store import Documents

LIFETIME = timedelta(hours=12)
MOST = 200
"""Sessions that are kept; the oldest gives way."""


class BrowserSession(BaseModel):
    """A browser that showed a key; its cookie is nowhere but there."""

    model_config = ConfigDict(frozen=True)

    digest: str
    """sha256 of the cookie's value."""
    key_digest: str
    """What the key is known by: the session may what the key may, and ends with it."""
    until: datetime


class SessionBook:
    """All sessions, in the store."""

    def __init__(self, documents: Documents, clock: Callable[[], datetime]) -> None:
        self._rows = DocumentRows(documents, "browser_sessions", BrowserSession)
        self._clock = clock

    async def begin(self, key_digest: str) -> str:
        """A new session's cookie. Raises StoreUnavailable."""
        token, now = secrets.token_urlsafe(32), self._clock()
        fresh = BrowserSession(digest=sha256(token), key_digest=key_digest, until=now + LIFETIME)
        await self._rows.change(lambda rows: [*(row for row in rows if row.until > now), fresh][-MOST:])
        return token

    async def key_digest_of(self, token: str) -> str | None:
        """What the key is known by that a cookie stands for, while its session lasts. Raises StoreUnavailable."""
        digest, now = sha256(token), self._clock()
        rows = await self._rows.all() if token else []
        return next((row.key_digest for row in rows if row.digest == digest and now < row.until), None)

    async def end(self, token: str) -> None:
        """The session is over. Raises StoreUnavailable."""
        digest = sha256(token)
        await self._rows.change(lambda rows: [row for row in rows if row.digest != digest])


def form_token_of(token: str) -> str:
    """What a session's forms send along: it follows from the cookie, and the cookie not from it."""
    return hmac.new(token.encode(), b"form", hashlib.sha256).hexdigest()


def sha256(token: str) -> str:
    """What a cookie is known by: it has 256 random bits, so that no slower hash is needed."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
