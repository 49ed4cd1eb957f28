"""Who may: a key in a header, or the panel's session cookie; admin keys may act, read keys may look."""

import asyncio
import hmac
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.records.api_key import KeyRing, Right, digest_of
from bot.records.browser_session import SessionBook, form_token_of
from bot.records.store import StoreUnavailable
from bot.setting_groups.web import LOOPBACK
from bot.web.github_hook import MAX_BODY as HOOK_BODY
from bot.web.github_hook import PATH
from bot.web.problems import problem

COOKIE = "suture_session"
CSRF = "X-Suture-Form"
HEALTH = "/healthz"
OPEN = frozenset({HEALTH, "/readyz", "/", "/login", "/openapi.json", PATH})
"""Paths that hold nothing but words and scripts, so that they need no key."""
LOGOUT = "/logout"
NO_KEY = "The key opens nothing: it is wrong, has ended, or was revoked."
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
MAX_BODY = 64 * 1024
TOO_LARGE = f"The body is larger than {MAX_BODY // 1024} KiB ({HOOK_BODY // 1024} KiB of a delivery)."
BODY_SECONDS = 20.0
"""In which a part of a body has to come after the one before."""
BURST, PER_SECOND = 200.0, 50.0
LOGINS, LOGIN_SECONDS = 5.0, 60.0
MOST_CALLERS = 10_000
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass
class Bucket:
    """So many requests at once, and so many more each second."""

    left: float
    at: float

    def take(self, most: float, per_second: float) -> bool:
        """Take one, if there is one."""
        now = time.monotonic()
        self.left = min(most, self.left + (now - self.at) * per_second)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


@dataclass(frozen=True)
class Holder:
    """Who asks, and with which right."""

    name: str
    right: Right
    digest: str
    """What the key is known by."""


@dataclass(frozen=True)
class Session:
    """A browser that showed a key."""

    holder: Holder
    form_token: str


@dataclass
class Access:
    """The keys, the sessions, and how often who asks."""

    keys: KeyRing
    sessions: SessionBook
    admin_key: str | None
    buckets: "OrderedDict[tuple[str, str], Bucket]" = field(default_factory=OrderedDict)

    async def holder(self, key: str) -> Holder | None:
        """Whose key it is; None when it opens nothing. Raises StoreUnavailable."""
        return await self._holder_of(digest_of(key))

    async def _holder_of(self, digest: str) -> Holder | None:
        if self.admin_key and hmac.compare_digest(digest, digest_of(self.admin_key)):
            return Holder("WEB_ADMIN_KEY", "admin", digest)
        kept = await self.keys.holder_of(digest)
        return Holder(kept.name, kept.right, kept.digest) if kept else None

    async def session_of(self, request: Request) -> Session | None:
        """The session that a request's cookie names, while it and its key last. Raises StoreUnavailable."""
        token = request.cookies.get(COOKIE, "")
        digest = await self.sessions.key_digest_of(token)
        holder = await self._holder_of(digest) if digest else None
        return Session(holder, form_token_of(token)) if holder else None

    def may_ask(self, request: Request) -> bool:
        """Is this address within its pace, which is slower for attempts to log in?

        The health check has none: behind a proxy all callers have one address, and one of them would starve it.
        """
        if path_of(request) == HEALTH:
            return True
        caller = request.client.host if request.client else ""
        login = path_of(request) == "/login"
        most, pace = (LOGINS, LOGINS / LOGIN_SECONDS) if login else (BURST, PER_SECOND)
        bucket = self.buckets.setdefault((caller, "login" if login else ""), Bucket(most, time.monotonic()))
        while len(self.buckets) > MOST_CALLERS:
            self.buckets.popitem(last=False)
        return bucket.take(most, pace)


class Doorkeeper:
    """ASGI: nobody passes without a key, a body of bounded size and a pace; every answer has its headers."""

    def __init__(self, app: ASGIApp, access: Access, *, only_loopback: bool) -> None:
        self._app = app
        self._access = access
        self._only_loopback = only_loopback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        body = Body(receive, most_of(path_of(request)))

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                body.is_answered = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = await self._refusal(request)
        if refusal is not None:
            await problem(*refusal)(scope, receive, dressed)
            return
        await self._app(scope, body.take, dressed)

    async def _refusal(self, request: Request) -> tuple[int, str] | None:
        if self._only_loopback and not is_loopback(request.headers.get("host", "")):
            return 403, "This address serves loopback alone: open it as 127.0.0.1 or localhost."
        if not self._access.may_ask(request):
            return 429, "Too many requests: wait a moment."
        length = request.headers.get("content-length", "0")
        path = path_of(request)
        most = most_of(path)
        if not length.isdecimal() or len(length) > 12 or int(length) > most:
            return 413, TOO_LARGE
        if path in OPEN or path.startswith("/static/"):
            return None
        try:
            return await self._unauthorised(request)
        except StoreUnavailable as error:
            return 503, str(error)

    async def _unauthorised(self, request: Request) -> tuple[int, str] | None:
        key = key_of(request)
        acts = request.method not in SAFE
        if key is not None:
            holder = await self._access.holder(key)
            if holder is None:
                return 401, NO_KEY
        else:
            session = await self._access.session_of(request)
            if session is None:
                return 401, "A key is needed: `Authorization: Bearer <key>`. `python -m bot keys make` makes one."
            token = request.headers.get(CSRF, "")
            if acts and not hmac.compare_digest(token.encode(), session.form_token.encode()):
                return 403, f"The form's token is missing: send it as {CSRF}."
            holder = session.holder
        if acts and holder.right != "admin" and path_of(request) != LOGOUT:
            return 403, f"The key {holder.name} may only read."
        request.state.caller = holder.name
        request.state.is_welcome = partial(self._is_welcome, request)
        return None

    async def _is_welcome(self, request: Request) -> bool:
        """May what was begun still go on?"""
        try:
            return await self._unauthorised(request) is None
        except StoreUnavailable:
            return False


def path_of(request: Request) -> str:
    """The path as it is routed by, which no header has a word in."""
    return str(request.scope["path"])


def key_of(request: Request) -> str | None:
    """The key in a request's headers."""
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and value.strip():
        return value.strip()
    return request.headers.get("x-api-key")


def is_loopback(host: str) -> bool:
    """Does a Host header name this machine?"""
    try:
        return urlsplit(f"//{host}").hostname in LOOPBACK
    except ValueError:
        return False


def most_of(path: str) -> int:
    """How many bytes a body may have there."""
    return HOOK_BODY if path == PATH else MAX_BODY


class Body:
    """A request's body, cut off where it grows too large or stays away."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive = receive
        self._left = most
        self._more = True
        self.is_answered = False

    async def take(self) -> Message:
        """The next message. Raises HTTPException (408, 413) as long as it can still be answered."""
        try:
            async with asyncio.timeout(BODY_SECONDS if self._more else None):
                message = await self._receive()
        except TimeoutError:
            return self._cut(408, "The body did not come in time.")
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            self._more = message.get("more_body", False)
            if self._left < 0:
                return self._cut(413, TOO_LARGE)
        return message

    def _cut(self, status: int, words: str) -> Message:
        if self.is_answered:
            return {"type": "http.disconnect"}
        raise HTTPException(status, words)
