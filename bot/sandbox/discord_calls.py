"""A bot's REST call to the sandbox's Discord: its body read and checked, its answer and its journal line."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import orjson
from aiohttp import BodyPartReader, web

from bot.sandbox.discord_errors import INVALID_FORM, ApiError, FormErrors, too_large
from bot.sandbox.discord_records import JsonObject

MAX_FILE_BYTES = 10 * 1024 * 1024  # an unboosted guild's upload limit, from Discord's help centre
MAX_JSON_BYTES = 4 * 1024 * 1024
JOURNAL_BODY_CHARS = 4_000


@dataclass(frozen=True)
class Upload:
    """A file of a multipart body: `index` is the n of files[n]."""

    index: int
    filename: str
    content_type: str
    data: bytes


@dataclass(frozen=True)
class Call:
    """One request: the names in its path, its query, its JSON body and its files."""

    names: Mapping[str, str]
    query: Mapping[str, str]
    payload: Any = None
    uploads: tuple[Upload, ...] = ()

    def snowflake(self, name: str) -> int:
        """An id from the path, or 400/50035."""
        value = self.names[name]
        if not value.isascii() or not value.isdigit():
            errors = FormErrors()
            errors.add((name,), "NUMBER_TYPE_COERCE", f'Value "{value[:64]}" is not snowflake.')
            errors.refuse_if_any()
        return int(value)

    def number(self, name: str, default: int) -> int:
        """A number from the query."""
        value = self.query.get(name, "")
        return int(value) if value.isascii() and value.isdigit() else default

    @property
    def form(self) -> JsonObject:
        """The body as an object, or 400/50035 when it is something else."""
        if self.payload is None:
            return {}
        if not isinstance(self.payload, dict):
            raise ApiError(400, INVALID_FORM, "Invalid Form Body", {"_errors": [_not_an_object()]})
        return self.payload


@dataclass(frozen=True)
class Answer:
    """What is answered: 204 has no body."""

    body: Any = None
    status: int = 200


NO_CONTENT = Answer(status=204)


@dataclass(frozen=True)
class Route:
    """One endpoint below /api/v10; interaction and webhook tokens in the path stand for the bot's token."""

    method: str
    path: str
    handle: Callable[[Call], Answer]
    needs_token: bool = True


@dataclass(frozen=True)
class Request:
    """A journal line: what the bot sent, and how it was answered. Tokens are not kept."""

    method: str
    path: str
    body: str
    status: int
    when: datetime


REFUSALS = {
    10062: (404, "Unknown interaction"),
    40060: (400, "Interaction has already been acknowledged."),
    40333: (403, "internal network error"),
    50001: (403, "Missing Access"),
    50013: (403, "Missing Permissions"),
    50027: (401, "Invalid Webhook Token"),
}
"""Discord's error code → its HTTP status and words."""


@dataclass(frozen=True)
class Fault:
    """An answer that stands in for the real one, once; or a lost one, the call having been acted on or not."""

    method: str
    path: re.Pattern[str]
    status: int
    body: Any
    headers: Mapping[str, str]
    drop: Literal["before", "after"] | None = None

    @property
    def is_instead(self) -> bool:
        """Whether the call is not acted on."""
        return self.status != 0 and self.drop != "after"


@dataclass
class Faults:
    """Queued disturbances of the REST interface."""

    queued: list[Fault] = field(default_factory=list)

    def answer_next(
        self, method: str, path: str, status: int, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> None:
        """Answer the next METHOD whose path (from /api on) matches the regex with this; the call has no effect."""
        self.queued.append(Fault(method.upper(), re.compile(path), status, body, headers or {}))

    def refuse_next(self, method: str, path: str, code: int, times: int = 1) -> None:
        """Refuse the next METHOD with one of Discord's own error codes."""
        status, message = REFUSALS[code]
        for _ in range(times):
            self.answer_next(method, path, status, {"message": message, "code": code})

    def limit_next(self, method: str, path: str, seconds: float, *, everywhere: bool = False) -> None:
        """Answer 429 as Discord does, for this route or for all of them."""
        headers = {"Via": "1.1 google", "Retry-After": f"{seconds:g}", "X-RateLimit-Scope": "user"}
        if everywhere:
            headers |= {"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global"}
        body = {"message": "You are being rate limited.", "retry_after": seconds, "global": everywhere}
        self.answer_next(method, path, 429, body, headers)

    def drop_next(self, method: str, path: str, *, acted: bool = False) -> None:
        """Cut the line instead of answering, before or after the call was acted on."""
        self.queued.append(Fault(method.upper(), re.compile(path), 500, None, {}, "after" if acted else "before"))

    def take(self, method: str, path: str) -> Fault | None:
        """The first queued fault for this request (`*`: any method); it is used up."""
        for fault in self.queued:
            if fault.method in (method, "*") and fault.path.search(path):
                self.queued.remove(fault)
                return fault
        return None


async def read_call(request: web.Request) -> Call:
    """Read the whole request; refuses broken JSON with 50109 and too large a body with 413/40005."""
    payload: Any = None
    uploads: tuple[Upload, ...] = ()
    if request.content_type == "multipart/form-data":
        payload, uploads = await _read_multipart(request)
    elif request.can_read_body:
        payload = _decode_json(await _read_at_most(request.content.iter_chunked(65_536), MAX_JSON_BYTES))
    return Call(dict(request.match_info), dict(request.query), payload, uploads)


def describe_body(call: Call | None) -> str:
    """The body for the journal, shortened; files by name and size."""
    if call is None or (call.payload is None and not call.uploads):
        return ""
    files = [f"{upload.filename} ({len(upload.data)} bytes)" for upload in call.uploads]
    text = orjson.dumps(call.payload).decode()[:JOURNAL_BODY_CHARS]
    return f"{text} with files {', '.join(files)}" if files else text


def reply_json(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """A JSON answer with exactly the Content-Type that the client reads."""
    if status == 204:
        return web.Response(status=204, headers=headers)
    return web.Response(
        body=orjson.dumps(body), status=status, headers={**(headers or {}), "Content-Type": "application/json"}
    )


def reply_fault(fault: Fault) -> web.Response:
    """The answer of a queued fault: JSON for objects and lists, HTML for text."""
    if isinstance(fault.body, str):
        headers = {"Content-Type": "text/html", **fault.headers}
        return web.Response(body=fault.body.encode(), status=fault.status, headers=headers)
    return reply_json(fault.body, fault.status, fault.headers)


async def _read_multipart(request: web.Request) -> tuple[Any, tuple[Upload, ...]]:
    payload: Any = None
    uploads: list[Upload] = []
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader):
            continue
        limit = MAX_JSON_BYTES if part.name == "payload_json" else MAX_FILE_BYTES
        data = await _read_at_most(part, limit)
        if part.name == "payload_json":
            payload = _decode_json(data)
        elif found := re.fullmatch(r"files\[(\d+)\]", part.name or ""):
            content_type = part.headers.get("Content-Type", "application/octet-stream")
            uploads.append(Upload(int(found[1]), part.filename or "file", content_type, data))
    return payload, tuple(uploads)


async def _read_at_most(chunks: Any, limit: int) -> bytes:
    data = bytearray()
    async for chunk in chunks:
        if len(data) <= limit:
            data += chunk  # what is above the limit is read and thrown away, so that the client hears the answer
    if len(data) > limit:
        raise too_large()
    return bytes(data)


def _decode_json(data: bytes) -> Any:
    if not data:
        return None
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        raise ApiError(400, 50109, "The request body contains invalid JSON.") from None


def _not_an_object() -> JsonObject:
    return {"code": "DICT_TYPE_CONVERT", "message": "Only dictionaries may be used in a DictType"}
