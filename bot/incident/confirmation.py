"""Confirm tokens: shown once, kept as a hash in memory only, valid for one diff, once, for ten minutes."""

import base64
import hashlib
import logging
import math
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hmac import compare_digest

TOKEN_LIFE = timedelta(minutes=10)
WRONG_TRIES = 5
LOCK = timedelta(minutes=15)
PREFIX = "sut-"

log = logging.getLogger(__name__)


class ConfirmationRefused(Exception):
    """The token was not accepted; the sentence says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Binding:
    """What exactly a token approves."""

    order_id: str
    incident_id: str
    diff_sha256: str
    base_sha: str
    guild_id: int
    action: str = "publish"
    barred: int | None = None
    """Who may not use it: with two-person approval, the one who asked for the patch."""


@dataclass(frozen=True)
class Issued:
    """A fresh token and when it ends; the token is shown to one admin and kept nowhere."""

    token: str
    expires_at: datetime


@dataclass(frozen=True)
class Pending:
    """A token that waits: the hash of its secret, what it approves, and its end on the monotonic clock."""

    digest: bytes
    binding: Binding
    ends: float


def digest_of(token: str) -> bytes:
    """The sha256 of a token as people type it."""
    return hashlib.sha256(token.strip().encode("utf-8", "replace")).digest()


class Confirmations:
    """The open tokens of this process. A restart ends them all."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._pending: list[Pending] = []
        self._used: dict[bytes, float] = {}
        self._wrong: dict[int, tuple[int, float]] = {}
        """Per person: how many wrong tokens, and when the last one came."""

    def issue(self, binding: Binding) -> Issued:
        """A new token of 128 random bits for this binding."""
        secret = base64.b32encode(secrets.token_bytes(16)).decode("ascii").rstrip("=").lower()
        token = PREFIX + secret
        self._drop_expired()
        self._pending.append(Pending(digest_of(token), binding, self._monotonic() + TOKEN_LIFE.total_seconds()))
        return Issued(token, datetime.now(UTC) + TOKEN_LIFE)

    def redeem(self, token: str, *, person: int, guild_id: int | None) -> Binding:
        """What the token approves; the token is used up. Raises ConfirmationRefused."""
        self._refuse_locked(person)
        self._drop_expired()
        digest = digest_of(token)
        if digest in self._used:
            raise ConfirmationRefused("That token was used already: the incident's card shows what came of it.")
        found = [each for each in self._pending if compare_digest(each.digest, digest)]
        if not found or found[0].binding.guild_id != guild_id:
            self._count_wrong(person)
            raise ConfirmationRefused(
                "That token is not valid: it expired, the bot restarted, or it never was one. "
                "Press Review on the incident's card for a fresh one."
            )
        self._pending.remove(found[0])
        self._used[digest] = found[0].ends
        self._wrong.pop(person, None)
        return found[0].binding

    def waits_for(self, order_id: str) -> bool:
        """Is there an open token of this order?"""
        return any(each.binding.order_id == order_id for each in self._pending)

    def withdraw(self, order_id: str) -> None:
        """End every open token of this order."""
        self._pending = [each for each in self._pending if each.binding.order_id != order_id]

    def _drop_expired(self) -> None:
        now = self._monotonic()
        self._pending = [each for each in self._pending if each.ends > now]
        self._used = {digest: ends for digest, ends in self._used.items() if ends > now}

    def _refuse_locked(self, person: int) -> None:
        tries, last = self._wrong.get(person, (0, 0.0))
        left = last + LOCK.total_seconds() - self._monotonic()
        if left <= 0:
            self._wrong.pop(person, None)
        elif tries >= WRONG_TRIES:
            minutes = math.ceil(left / 60)
            raise ConfirmationRefused(
                f"Too many wrong tokens: confirming is locked for you for {minutes} more minute(s)."
            )

    def _count_wrong(self, person: int) -> None:
        tries = self._wrong.get(person, (0, 0.0))[0] + 1
        self._wrong[person] = (tries, self._monotonic())
        if tries == WRONG_TRIES:
            log.warning("%s wrong tokens: %s may not confirm", tries, person, extra={"action": "confirming_locked"})
