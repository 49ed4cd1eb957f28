"""The sandbox Google's service account: its key file, made here, and the tokens it is granted for it."""

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
EMAIL = "ledger@suture-lab.iam.gserviceaccount.test"
AUDIENCE = "https://oauth2.googleapis.com/token"
"""For whom google-auth signs an assertion, whatever the key file's token_uri is."""
LIFETIME = timedelta(hours=1)


class GrantRefused(Exception):
    """The assertion is not one of the service account's; holds OAuth's error code and description."""

    def __init__(self, description: str, code: str = "invalid_grant") -> None:
        super().__init__(description)
        self.code = code
        self.description = description


class ServiceAccount:
    """One service account, whose key lies in a file and outlives a restart; its tokens do not."""

    def __init__(self, file: Path) -> None:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import rsa

        if not file.exists():
            key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            file.write_bytes(
                key.private_bytes(
                    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
                )
            )
            file.chmod(0o600)
        self._private = file.read_bytes()
        loaded = serialization.load_pem_private_key(self._private, password=None)
        self._public = loaded.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.revoked = False
        self._tokens: dict[str, datetime] = {}

    def key_file(self, token_uri: str) -> str:
        """The JSON text that Google would let download, for GOOGLE_SERVICE_ACCOUNT_JSON."""
        return json.dumps({
            "type": "service_account",
            "project_id": "suture-lab",
            "private_key_id": "1",
            "private_key": self._private.decode(),
            "client_email": EMAIL,
            "client_id": "1",
            "token_uri": token_uri,
        })  # fmt: skip

    def grant(self, form: Mapping[str, str]) -> dict[str, object]:
        """A token for a signed assertion, as OAuth's JWT grant gives it. Raises GrantRefused."""
        from google.auth import jwt
        from google.auth.exceptions import GoogleAuthError

        if form.get("grant_type") != GRANT_TYPE:
            raise GrantRefused("Invalid grant_type", "unsupported_grant_type")
        try:
            claims = jwt.decode(form.get("assertion", ""), certs=self._public, audience=AUDIENCE)  # type: ignore[no-untyped-call] # - google-auth has no types
        except (GoogleAuthError, ValueError):
            raise GrantRefused("Invalid JWT Signature.") from None
        if self.revoked or claims.get("iss") != EMAIL:
            raise GrantRefused("Invalid grant: account not found")
        token = "lab." + secrets.token_urlsafe(24)
        self._tokens[token] = datetime.now(UTC) + LIFETIME
        return {"access_token": token, "expires_in": int(LIFETIME.total_seconds()), "token_type": "Bearer"}

    def knows(self, authorization: str) -> bool:
        """Is this header one of its tokens, not yet expired?"""
        until = self._tokens.get(authorization.removeprefix("Bearer "))
        return authorization.startswith("Bearer ") and until is not None and until > datetime.now(UTC)

    def expire_tokens(self) -> None:
        """Let every token end now."""
        self._tokens.clear()
