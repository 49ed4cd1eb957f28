"""Who may speak to the chat page: a browser on this machine that knows the key in the address, and nobody else.

The page listens on loopback alone. The Host check keeps out names that were pointed at loopback (DNS rebinding), the
Origin check keeps out other pages in the same browser, and the key keeps out other users of the machine.
"""

import hmac
import os
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'none'; object-src 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # a page elsewhere never learns the key
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def read_key(directory: Path) -> str:
    """The key of this world's page: made once, readable by its user alone."""
    file = directory / "chat-key"
    if not file.exists():
        draft = directory / "chat-key.new"
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
            out.write(secrets.token_urlsafe(18))
        draft.replace(file)
    return file.read_text(encoding="utf-8").strip()


@dataclass(frozen=True)
class Gate:
    """The checks before every route, and the headers after it."""

    key: str

    @web.middleware
    async def check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let through what may pass, and put the headers on every answer."""
        refusal = self._refuse(request)
        if refusal is None:
            try:
                response = await handler(request)
            except web.HTTPException as error:
                response = web.Response(status=error.status, text=error.text or error.reason, headers=error.headers)
        else:
            response = refusal
        if not response.prepared:
            response.headers.update(HEADERS)
        return response

    def _refuse(self, request: web.Request) -> web.Response | None:
        port = request.url.port
        hosts = (f"127.0.0.1:{port}", f"localhost:{port}")
        if request.host not in hosts or not _is_ours(request, port):
            return web.Response(status=421, text="This page answers to its own address alone.\n")
        given = request.path.split("/", 2)[1]
        if not hmac.compare_digest(given.encode(), self.key.encode()):
            return web.Response(status=404, text="Nothing is here: use the whole address that the sandbox printed.\n")
        if request.method in ("GET", "HEAD"):
            return None
        if request.headers.get("Origin") != f"http://{request.host}":
            return web.Response(status=403, text="Only the chat page itself may ask for this.\n")
        if request.content_type != "application/json":
            return web.Response(status=415, text="Deeds are told as JSON.\n")
        return None


def _is_ours(request: web.Request, port: int | None) -> bool:
    """Whether the Host header names the port that the request came in by."""
    sockname = request.transport.get_extra_info("sockname") if request.transport else None
    return sockname is None or sockname[1] == port
