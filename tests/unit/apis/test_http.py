"""Calls to one origin, against real servers on loopback that answer, lie, hang, drip, cut off and redirect."""

import asyncio
import gzip
import json
import socket
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from tenacity import AsyncRetrying, RetryCallState

from bot.apis import http
from bot.apis.http import TRIES, Answered, Http, OutcomeUnknown, Unreachable, open_http, retry_after
from bot.apis.wire import MAX_BODY

Reply = web.StreamResponse | Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Scripted:
    """A server that answers from a queue; its last answer is repeated."""

    answers: deque[Reply] = field(default_factory=deque)
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((request.method, str(request.rel_url), dict(request.headers), await request.read()))
        reply = self.answers.popleft() if len(self.answers) > 1 else self.answers[0]
        if isinstance(reply, web.Response):
            return web.Response(status=reply.status, body=reply.body, headers=reply.headers)
        assert not isinstance(reply, web.StreamResponse)
        return await reply(request)


@pytest.fixture
async def server() -> AsyncIterator[Scripted]:
    scripted = Scripted()
    app = web.Application(client_max_size=1 << 25)
    app.router.add_route("*", "/{path:.*}", scripted.answer)
    async with TestServer(app) as running:
        scripted.url = str(running.make_url("/api/"))
        yield scripted


@pytest.fixture
async def door(server: Scripted) -> AsyncIterator[Http]:
    async with open_http(server.url, "The service", {"Authorization": "token " + "t" * 20}, seconds=5) as opened:
        yield opened


@pytest.fixture
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries without their pauses."""
    monkeypatch.setattr(http, "wait_as_asked", lambda state: 0.0)


@asynccontextmanager
async def raw_server(reply: bytes, *, drip: float | None = None) -> AsyncIterator[str]:
    """A server that reads a request, writes these bytes (one by one when dripping), and then cuts the line."""
    writers: list[asyncio.StreamWriter] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        try:
            await reader.read(65536)
            if drip is None:
                writer.write(reply)
                await writer.drain()
            else:
                for byte in reply * 1000:
                    writer.write(bytes([byte]))
                    await writer.drain()
                    await asyncio.sleep(drip)
        except OSError:
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        listening.close()
        for writer in writers:
            writer.close()
        await listening.wait_closed()


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


async def test_an_answer_is_read_whole_with_its_json(server: Scripted, door: Http) -> None:
    server.answers.append(web.json_response({"a": ["ä"]}, headers={"ETag": "x"}))

    answer = await door.get("things", params={"q": "a b"}, accept="application/x+json")

    assert (answer.status, answer.json, answer.headers["etag"]) == (200, {"a": ["ä"]}, "x")
    method, path, headers, _ = server.requests[0]
    assert (method, path, headers["Accept"]) == ("GET", "/api/things?q=a+b", "application/x+json")


async def test_a_write_is_sent_once_whatever_comes_back(server: Scripted, door: Http) -> None:
    server.answers.append(web.Response(status=503, headers={"Retry-After": "0"}))

    with pytest.raises(Answered) as failed:
        await door.send("POST", "things", content=b"body")

    assert failed.value.may_pass
    assert [(method, body) for method, _, _, body in server.requests] == [("POST", b"body")]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 429])
async def test_a_read_is_tried_again_when_the_service_may_recover(server: Scripted, door: Http, status: int) -> None:
    server.answers.append(web.Response(status=status, headers={"Retry-After": "0"}))
    server.answers.append(web.json_response({"ok": True}))

    assert (await door.get("things")).json == {"ok": True}
    assert len(server.requests) == 2


async def test_a_read_is_tried_four_times_and_no_more(server: Scripted, door: Http) -> None:
    server.answers.append(web.Response(status=500, headers={"Retry-After": "0"}))

    with pytest.raises(Answered):
        await door.get("things")

    assert len(server.requests) == TRIES == 4


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422])
async def test_a_read_that_can_never_work_is_not_repeated(server: Scripted, door: Http, status: int) -> None:
    server.answers.append(web.json_response({"message": "no"}, status=status, headers={"X-RateLimit-Remaining": "7"}))

    with pytest.raises(Answered, match=f"answered {status}: no") as failed:
        await door.get("things")

    assert not failed.value.may_pass
    assert len(server.requests) == 1


async def test_a_wait_longer_than_the_call_is_left_to_the_caller(server: Scripted, door: Http) -> None:
    server.answers.append(web.Response(status=429, headers={"Retry-After": "3600"}))

    with pytest.raises(Answered) as failed:
        await door.get("things")

    assert failed.value.retry_after == 3600
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "message", "headers"),
    [
        (403, "You have exceeded a secondary rate limit. Please wait.", {}),
        (403, "API rate limit exceeded for user", {}),
        (429, "slow down", {}),
        (403, "slow down", {"Retry-After": "60"}),
    ],
)
async def test_a_rate_limit_passes_and_waits_a_minute_when_it_does_not_say(
    server: Scripted, door: Http, status: int, message: str, headers: dict[str, str]
) -> None:
    server.answers.append(web.json_response({"message": message}, status=status, headers=headers))

    with pytest.raises(Answered) as failed:
        await door.get("things")

    assert (failed.value.may_pass, failed.value.retry_after) == (True, 60)
    assert len(server.requests) == 1


async def test_a_spent_limit_waits_until_it_is_reset(server: Scripted, door: Http) -> None:
    reset = int((datetime.now(UTC) + timedelta(seconds=500)).timestamp())
    limits = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset)}
    server.answers.append(web.Response(status=403, headers=limits))

    with pytest.raises(Answered) as failed:
        await door.get("things")

    assert failed.value.may_pass
    assert 400 < (failed.value.retry_after or 0) <= 500


async def test_a_wrong_request_is_no_rate_limit_even_with_the_last_unit_spent(server: Scripted, door: Http) -> None:
    limits = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "99999999999"}
    server.answers.append(web.Response(status=404, headers=limits))

    with pytest.raises(Answered) as failed:
        await door.get("things")

    assert not failed.value.may_pass


NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": format_datetime(NOW + timedelta(seconds=90), usegmt=True)}, 90.0),
        ({"retry-after": format_datetime(NOW - timedelta(days=1), usegmt=True)}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "\u00b2"}, None),
        ({"retry-after": "1.5"}, None),
        ({"retry-after": "Mon, 05 Jan 2026 12:01:00 -0000"}, None),
        ({"retry-after": "Mon, 05 Jan 99999 12:01:00 GMT"}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW.timestamp()) + 30)}, 30.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"}, 0.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "\u00b2"}, None),
        ({"x-ratelimit-remaining": "1", "x-ratelimit-reset": "99999999999"}, None),
        ({}, None),
    ],
)
def test_the_wait_that_a_service_asks_for_is_read(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, NOW) == seconds


async def test_a_closed_port_is_unreachable_and_safe_to_repeat(no_waits: None) -> None:
    async with open_http(f"http://127.0.0.1:{free_port()}/", "The service", seconds=5) as door:
        with pytest.raises(Unreachable, match="The service could not be reached"):
            await door.get("things")
        with pytest.raises(Unreachable):
            await door.send("POST", "things", content=b"x")


async def test_a_server_that_speaks_no_tls_is_unreachable(no_waits: None) -> None:
    async with raw_server(b"HTTP/1.1 200 OK\r\n\r\n") as url:
        secure = url.replace("http://", "https://")
        async with open_http(secure, "The service", seconds=5) as door:
            with pytest.raises(Unreachable):
                await door.send("POST", "things", content=b"x")


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 204",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nnogzp",
    ],
    ids=["cut off", "garbage", "half a status", "half a body", "no gzip"],
)
async def test_a_write_whose_answer_was_lost_has_an_unknown_outcome(reply: bytes, no_waits: None) -> None:
    async with raw_server(reply) as url, open_http(url, "The service", seconds=5) as door:
        with pytest.raises(OutcomeUnknown, match="The service did not answer"):
            await door.send("POST", "things", content=b"x")
        with pytest.raises(Unreachable):  # a read may simply be repeated
            await door.get("things")


async def test_a_write_that_is_not_answered_in_time_has_an_unknown_outcome(server: Scripted) -> None:
    hold = asyncio.Event()

    async def hang(request: web.Request) -> web.StreamResponse:
        await hold.wait()
        return web.Response()

    server.answers.append(hang)
    async with open_http(server.url, "The service", seconds=0.2) as door:
        with pytest.raises(OutcomeUnknown):
            await door.send("POST", "things", content=b"x")
    hold.set()

    assert len(server.requests) == 1


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", b""], ids=["body", "head"])
async def test_an_answer_that_drips_for_ever_is_given_up(head: bytes, no_waits: None) -> None:
    async with raw_server(head or b"H", drip=0.02) as url, open_http(url, "The service", seconds=0.15) as door:
        async with asyncio.timeout(20):
            with pytest.raises(OutcomeUnknown):
                await door.send("POST", "things", content=b"x")
            with pytest.raises(Unreachable):
                await door.get("things")


async def test_a_redirect_is_an_answer_and_the_token_goes_nowhere_else(server: Scripted, door: Http) -> None:
    server.answers.append(web.Response(status=302, headers={"Location": "http://127.0.0.1:1/elsewhere"}))

    answer = await door.get("things")

    assert (answer.status, answer.headers["location"]) == (302, "http://127.0.0.1:1/elsewhere")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "body", [b"{", b"[" * 200_000, b"\xff\xfe", b"NaN nonsense"], ids=["cut", "deep", "bytes", "no json"]
)
async def test_what_claims_to_be_json_and_is_not_is_an_error(server: Scripted, door: Http, body: bytes) -> None:
    server.answers.append(web.Response(body=body, headers={"Content-Type": "application/json"}))

    with pytest.raises(Answered, match="not the JSON it claims to be"):
        await door.get("things")


async def test_a_page_where_json_was_expected_has_no_json(server: Scripted, door: Http) -> None:
    server.answers.append(web.Response(text="<html>", content_type="text/html"))

    answer = await door.get("things")

    assert (answer.json, answer.body) == (None, b"<html>")


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip bomb"])
async def test_a_huge_answer_is_not_read_to_its_end(server: Scripted, door: Http, packed: bool) -> None:
    body = b"0" * (MAX_BODY + 1)
    headers = {"Content-Encoding": "gzip"} if packed else {}
    server.answers.append(web.Response(body=gzip.compress(body) if packed else body, headers=headers))

    with pytest.raises(Answered, match="larger than 20 MiB"):
        await door.get("things")


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"message": "bad token " + "ghp_" + "a1B2" * 9}).encode(),
        json.dumps({"error": ["ghp_" + "a1B2" * 9]}).encode(),
        ("<html>" + "ghp_" + "a1B2" * 9).encode(),
        b"x" * 250 + ("ghp_" + "a1B2" * 9).encode(),
    ],
)
async def test_an_error_is_told_short_in_one_line_and_without_secrets(
    server: Scripted, door: Http, body: bytes
) -> None:
    server.answers.append(web.Response(status=422, body=body + b"\n\n" if body[:1] != b"{" else body))

    with pytest.raises(Answered) as failed:
        await door.get("things")

    assert "a1B2a1B2" not in str(failed.value)
    assert len(str(failed.value)) < 350
    assert "\n" not in str(failed.value)


@pytest.mark.parametrize(
    "body",
    [b"[" * 200_000, b'{"message": "' + b"token=x " * 400_000 + b'"}', b"\xff" * 1000, b""],
    ids=["deep", "long", "bytes", "empty"],
)
async def test_any_error_body_is_survived(server: Scripted, door: Http, body: bytes) -> None:
    server.answers.append(web.Response(status=422, body=body, headers={"Content-Type": "application/json"}))

    with pytest.raises(Answered, match="answered 422"):
        await door.get("things")


@pytest.mark.parametrize("address", ["http://[::1", "ftp://x/", "//", "/relative", "http://" + "a" * 300 + "/"])
async def test_an_address_that_is_none_is_unreachable(address: str, no_waits: None) -> None:
    async with open_http("", "The store", seconds=5) as door:
        with pytest.raises(Unreachable):
            await door.get(address)


async def test_the_machines_proxy_settings_are_not_used(
    server: Scripted, door: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    server.answers.append(web.json_response({}))

    async with open_http(server.url, "The service", seconds=5) as fresh:
        assert (await fresh.get("things")).status == 200


def test_the_pauses_between_tries_are_short_unless_the_service_says_otherwise() -> None:
    def state(attempt: int, error: Exception) -> RetryCallState:
        made = RetryCallState(AsyncRetrying(), None, (), {})
        made.attempt_number = attempt
        made.set_exception((type(error), error, None))
        return made

    waits = [http.wait_as_asked(state(attempt, Unreachable("x"))) for attempt in (1, 2, 3, 99)]

    assert all(0 <= wait <= 5 for wait in waits)
    assert http.wait_as_asked(state(1, Answered(429, "x", 4.0))) == 4.0
