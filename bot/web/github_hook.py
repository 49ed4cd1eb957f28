"""GitHub's webhooks: a signed hint that something happened, so that the bot looks now; what it does, it reads itself.

Facts: docs.github.com/webhooks. A delivery that is lost costs nothing but time, for every order is polled all the same.
"""

import hashlib
import hmac
import json
import logging
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bot.incident.payload import INCIDENT_ID

if TYPE_CHECKING:
    from aiohttp.web import Request, Response

PATH = "/hooks/github"
MAX_BODY = 1024 * 1024
"""Bytes of a delivery; those that we hear of are far smaller."""
REMEMBERED = 2000
"""How many deliveries are known again."""
EVENTS = frozenset({"pull_request", "pull_request_review", "workflow_run", "check_run", "check_suite"})
NAMED = re.compile(rf"(?<![a-z0-9])({INCIDENT_ID.pattern})(?![a-z0-9])")
Hear = Callable[[str], Awaitable[None]]

log = logging.getLogger(__name__)


class HookRefused(Exception):
    """A delivery that is not taken: its status, and why in a few words."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


class GithubHook:
    """Checks deliveries, and has `hear` told the incidents that they are about."""

    def __init__(self, secret: str, hear: Hear) -> None:
        self._secret = secret.encode()
        self._hear = hear
        self._known: OrderedDict[str, None] = OrderedDict()
        self._complained = False

    async def take(self, headers: Mapping[str, str], body: bytes) -> str:
        """Hear a delivery; what became of it. Raises HookRefused; the same delivery is heard once."""
        self._check(headers.get("X-Hub-Signature-256", ""), body)
        delivery = headers.get("X-GitHub-Delivery", "")
        if not re.fullmatch(r"[\w-]{8,64}", delivery):
            raise HookRefused(400, "no delivery id")
        if delivery in self._known:
            return "known"
        event = headers.get("X-GitHub-Event", "")
        about = named_in(body) if event in EVENTS else []
        self._remember(delivery)
        for incident_id in about:
            await self._hear(incident_id)
        return "heard" if about else "ignored"

    def _check(self, signature: str, body: bytes) -> None:
        if len(body) > MAX_BODY:
            raise HookRefused(413, "too large")
        expected = "sha256=" + hmac.new(self._secret, body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(signature.encode("utf-8", "replace"), expected.encode()):
            raise HookRefused(401, "the signature is not of GITHUB_WEBHOOK_SECRET")

    def _remember(self, delivery: str) -> None:
        self._known[delivery] = None
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    async def answer(self, request: "Request") -> "Response":
        """The route."""
        from aiohttp import web

        try:
            if (request.content_length or 0) > MAX_BODY:
                raise HookRefused(413, "too large")
            told = await self.take(request.headers, await bounded(request))
        except HookRefused as error:
            self._complain(error)
            return web.json_response({"status": str(error)}, status=error.status)
        self._complained = False
        return web.json_response({"status": told}, status=202)

    def _complain(self, error: HookRefused) -> None:
        """Say it once until a delivery is taken: anybody can send what is refused, and could fill the log with it."""
        if not self._complained:
            log.warning("a webhook was refused: %s", error, extra={"action": "webhook_refused"})
        self._complained = True


def hook_of(secret: SecretStr | None, hear: Hear) -> GithubHook | None:
    """The hook, where there is a secret."""
    return GithubHook(secret.get_secret_value(), hear) if secret else None


async def bounded(request: "Request") -> bytes:
    """The body, read no further than one byte more than is taken."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.content.iter_chunked(64 * 1024):
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_BODY:
            break
    return b"".join(chunks)


def named_in(body: bytes) -> list[str]:
    """The incidents that a delivery's branches and titles name. Raises HookRefused."""
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise HookRefused(400, "not JSON") from error
    found = [incident for text in texts_of(payload) for incident in NAMED.findall(text)]
    return list(dict.fromkeys(found))


def texts_of(payload: object) -> Iterator[str]:
    """Where a delivery names what it is about: the branch of a pull request or a run, and a run's title."""
    if not isinstance(payload, dict):
        return
    for name in ("pull_request", "workflow_run", "check_suite"):
        part = payload.get(name)
        if isinstance(part, dict):
            head = part.get("head")
            yield from (str(part.get(key) or "") for key in ("head_branch", "display_title"))
            yield str(head.get("ref") or "") if isinstance(head, dict) else ""
    run = payload.get("check_run")
    yield from texts_of(run) if isinstance(run, dict) else ()
