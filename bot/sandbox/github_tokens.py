"""Who may do what at the sandbox GitHub: the bot's token, one token per running job, and links that sign themselves."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

LINK_SECONDS = 60

_LEVELS = {"none": 0, "read": 1, "write": 2, "admin": 3}

BOT_PERMISSIONS: Mapping[str, str] = {"contents": "write", "actions": "read", "pull_requests": "read"}


@dataclass(frozen=True)
class Grant:
    """What the holder of one token is called and may do; permission names use underscores."""

    who: str
    login: str
    permissions: Mapping[str, str]
    is_job: bool = False

    def may(self, permission: str, level: str) -> bool:
        """Whether the permission reaches the level; metadata can always be read."""
        held = self.permissions.get(permission, "read" if permission == "metadata" else "none")
        return _LEVELS[held] >= _LEVELS[level]


@dataclass
class TokenRegistry:
    """The tokens that are valid now; job tokens live in memory only and end with their job."""

    _grants: dict[str, Grant] = field(default_factory=dict)
    _link_key: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def add(self, token: str, grant: Grant) -> None:
        """Make a known token valid."""
        self._grants[token] = grant

    def issue(self, who: str, permissions: Mapping[str, str]) -> str:
        """A new token of a job, valid until it is revoked."""
        token = "ghs_" + secrets.token_hex(18)
        self._grants[token] = Grant(who, "github-actions[bot]", permissions, is_job=True)
        return token

    def revoke(self, token: str) -> None:
        """End a token."""
        self._grants.pop(token, None)

    def find(self, authorization: str) -> Grant | None:
        """Whom an Authorization header speaks for: `token X`, `Bearer X` or Basic with X as password."""
        scheme, _, value = authorization.strip().partition(" ")
        value = value.strip()
        if scheme.lower() in {"token", "bearer"}:
            return self._grants.get(value)
        if scheme.lower() == "basic":
            try:
                decoded = base64.b64decode(value, validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                return None
            user, _, password = decoded.partition(":")
            return self._grants.get(password) or self._grants.get(user)
        return None

    def sign_link(self, artifact_id: int, expires: int) -> str:
        """The signature of a link to an artifact's bytes that ends at a Unix time."""
        return hmac.new(self._link_key, f"{artifact_id}:{expires}".encode(), hashlib.sha256).hexdigest()

    def is_link_good(self, artifact_id: int, expires: int, signature: str) -> bool:
        """Whether a signature is ours."""
        return hmac.compare_digest(self.sign_link(artifact_id, expires), signature)
