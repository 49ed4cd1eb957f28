"""The API among people who mean it ill: what opens, stays open, is shown, and is said of them in the log."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.events.catalog import IngestionCompleted
from bot.records.event_log import RecordedEvent
from bot.records.playbook_run import PlaybookRun
from bot.records.sighting import Sighting
from bot.records.store import StoreUnavailable
from bot.web import access, feed
from bot.web.access import COOKIE, CSRF
from bot.web.quiet_server import is_fault
from tests.factories import NOW, an_incident, an_order
from tests.unit.web.web_lab import KEY, WebLab, open_web_lab

ODD = ("x", "%00", "a%00b", "..%2f..", "%ff%fe", "%ED%A0%80", "%F0%9F%98%80", "'%22;--", "<b>", "x" * 3000, "%0d%0aX:1",
       "-1", "9" * 30, "1e9", "NaN", "[]", "%25")  # fmt: skip
BODIES = (
    *(b"", b"{}", b"[", b"[" * 5000, b'{"a":' * 2000, b"null", b"\xff"),
    b'{"description":"\\ud800","error_type":"x"}',
    b'{"description":"\\u0000","error_type":"\\u0000"}',
    b'{"logSnippet":"Traceback \\ud800: x"}',
    b'{"logSnippet":"\\u0000\\n"}',
    b'{"filePath":"\\u0000"}',
    b'{"tests_passed":true,"files_changed":1e400}',
)
LAST = "the last file"
SPELLINGS = ("//patches/runs", "/patches/runs/", "/static/../patches/runs", "/static/%2e%2e/patches/runs",
             "/static/..%2faccess.py", "/static//etc/passwd", "/healthz/../patches/runs", "/%2fhealthz", "/docs",
             "/redoc", "/static/%00", "/patches/runs;x", "/openapi.json/")  # fmt: skip


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[WebLab]:
    async with open_web_lab(tmp_path) as lab:
        yield lab


async def always() -> bool:
    """Welcome."""
    return True


async def said_to(web: WebLab, request: str) -> bytes:
    """What is answered to these very bytes; empty when the connection is just closed."""
    host, port = web.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request.encode())
    async with asyncio.timeout(20):
        answer = await reader.read()
    writer.close()
    return answer


def odd_requests(path: str, method: str, operation: dict[str, Any]) -> Iterator[tuple[str, bytes | None]]:
    """A route asked in strange ways: an address and a body each."""
    before, _, rest = path.partition("{")
    for value in ODD if rest else ():
        yield f"{before}{value}{rest.partition('}')[2]}", b"{}" if method == "post" else None
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "query":
            yield from ((f"{path}?{parameter['name']}={value}", None) for value in ODD[::3])
    for body in BODIES if method == "post" else ():
        yield path.replace("{work_order_id}", "wo_1"), body


async def test_no_odd_value_is_an_error_of_ours_and_every_status_is_a_documented_one(
    web: WebLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "BURST", 1e9)
    paths = (await web.admin.get("/openapi.json")).json()["paths"]
    undocumented: dict[tuple[str, bytes | None], int] = {}

    for path, methods in paths.items():
        for method, operation in methods.items():
            for where, body in odd_requests(path, method, operation):
                kind = {"Content-Type": "application/json"}
                answer = await web.admin.request(method, where, content=body, headers=kind)
                if str(answer.status_code) not in operation["responses"]:
                    undocumented[where, body] = answer.status_code

    assert undocumented == {}


async def test_no_host_header_and_no_spelling_of_a_path_leads_around_the_door(web: WebLab) -> None:
    answered = {}

    for host in ("127.0.0.1/healthz?", "127.0.0.1/static/", "127.0.0.1/healthz#", "localhost:1/login?"):
        answer = await said_to(web, f"GET /patches/runs HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
        answered[host] = answer.split(b" ", 2)[1]
    for path in SPELLINGS:
        for method in ("GET", "HEAD", "OPTIONS", "POST", "TRACE"):
            answer = await said_to(web, f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            answered[f"{method} {path}"] = answer.split(b" ", 2)[1]

    assert {what: status for what, status in answered.items() if status not in (b"401", b"403", b"404", b"405")} == {}


async def test_a_revoked_key_ends_its_sessions_and_its_streams(web: WebLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "BEAT_SECONDS", 0.05)
    key = await web.keys.make("wall", "read", timedelta(days=1))
    async with httpx.AsyncClient(base_url=web.url, timeout=20) as browser:
        await browser.post("/login", json={"key": key})
        before = (await browser.get("/patches/runs")).status_code
        async with browser.stream("GET", "/events/stream") as by_cookie:
            lines = by_cookie.aiter_lines()
            await anext(lines)
            await web.keys.revoke("wall")
            rest = [line async for line in lines]
        after = (await browser.get("/patches/runs")).status_code

    assert (before, after) == (200, 401)
    assert set(rest) <= {""} | {line for line in rest if line.startswith(("id:", "event:", "data:"))}


async def test_who_may_only_read_may_log_out(web: WebLab) -> None:
    key = await web.keys.make("wall", "read", timedelta(days=1))
    async with httpx.AsyncClient(base_url=web.url) as browser:
        entered = await browser.post("/login", json={"key": key})
        cookie = browser.cookies[COOKIE]
        bare = await browser.post("/logout")
        left = await browser.post("/logout", headers={CSRF: entered.json()["form_token"]})
        browser.cookies.set(COOKIE, cookie)
        after = await browser.get("/session")

    assert (bare.status_code, left.status_code, after.status_code) == (403, 200, 401)


async def test_what_a_record_holds_is_redacted_once_more_in_each_answer(web: WebLab) -> None:
    secret = "ghp_" + "a1B2" * 9
    store = web.lab.client.face.store
    incident = an_incident(summary=f"lost {secret}", logs=(f"ERROR {secret}",), stack_trace=f"Traceback\nE: {secret}")
    await store.incidents.add(incident)
    await store.orders.create(an_order(summary=f"lost {secret}", reason=f"told {secret}"))
    run = PlaybookRun(id="run_1", playbook="p", fingerprint="f" * 16, error_type="x", summary=secret, started_at=NOW,
                      facts={"trace": f"in {secret}"}, reason=f"for {secret}")  # fmt: skip
    await store.runs.create(run)
    seen = Sighting(fingerprint="a" * 16, incident_id=incident.id, title=secret, severity="high",
                    sources=frozenset({"log"}), count=1, first_seen=NOW, last_seen=NOW)  # fmt: skip
    await store.sightings.add([seen], [])

    paths = ("/patches/work-orders", "/patches/runs", "/patches/runs/run_1", "/incidents", f"/incidents/{incident.id}",
             f"/incidents/{incident.id}/summary", "/events/recent", "/logs", f"/patches/runs/{secret}")  # fmt: skip
    answers = [(await web.admin.get(path)).text for path in paths]

    assert [secret in answer for answer in answers] == [False] * len(paths)
    assert sum("[redacted:github-token]" in answer for answer in answers) >= 6


async def test_a_body_that_grows_or_stays_away_is_cut_off_and_is_no_fault(
    web: WebLab, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(access, "BODY_SECONDS", 0.05)
    head = "POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    chunk = f"{70_000:x}\r\n{'x' * 70_000}\r\n"

    grown = await said_to(web, f"{head}Transfer-Encoding: chunked\r\n\r\n{chunk}0\r\n\r\n")
    away = await said_to(web, f"{head}Content-Length: 100\r\n\r\n{{")
    nonsense = await said_to(web, "\x00nonsense\r\n\r\n")

    assert [answer.split(b" ", 2)[1] for answer in (grown, away, nonsense)] == [b"413", b"408", b"400"]
    assert [record for record in caplog.records if "uvicorn" in record.name] == []


async def test_a_reader_that_takes_nothing_is_let_go_counted_and_no_fault_and_others_get_everything(
    web: WebLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "MOST_QUEUED", 50)
    monkeypatch.setattr(feed, "PAGE", 10)
    bus, began = web.lab.client.face.bus, asyncio.Event()
    stream = feed.Feed(web.lab.client.face.store, bus)
    got: list[str] = []

    async def take_the_first_alone() -> None:
        async for _ in stream.follow(None, always):
            began.set()
            await asyncio.Event().wait()

    async def take_all() -> None:
        async for text in stream.follow(None, always):
            got.append(text)
            if LAST in text:
                return

    reading, taking = asyncio.create_task(stream.run()), asyncio.create_task(take_the_first_alone())
    others = [asyncio.create_task(take_all()) for _ in range(3)]
    await began.wait()
    sent = 0
    while not stream.evicted:
        await bus.publish(*(IngestionCompleted(file_path=f"file {sent + number}.") for number in range(10)))
        sent += 10
    await bus.publish(IngestionCompleted(file_path=LAST))
    async with asyncio.timeout(20):
        await asyncio.gather(*others)
    reading.cancel()

    with pytest.raises(asyncio.CancelledError) as cut:
        await taking
    assert stream.evicted == 1
    assert [sum(f"file {number}." in text for text in got) for number in range(sent)] == [3] * sent
    record = logging.makeLogRecord({"msg": "Exception", "exc_info": (type(cut.value), cut.value, None)})
    assert not is_fault(record)
    assert is_fault(logging.makeLogRecord({"msg": "Exception", "exc_info": (ValueError, ValueError(), None)}))


async def test_leaving_ends_the_streams_in_order(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with open_web_lab(tmp_path) as web:
        host, port = web.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"GET /events/stream HTTP/1.1\r\nHost: {host}\r\nX-API-Key: {KEY}\r\n\r\n".encode())
        await reader.readuntil(b"retry: 2000")

    assert (await reader.read()).endswith(b"0\r\n\r\n")
    writer.close()
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_an_id_from_ahead_of_the_log_keeps_no_event_back(web: WebLab) -> None:
    bus = web.lab.client.face.bus
    stream = feed.Feed(web.lab.client.face.store, bus)
    reading = asyncio.create_task(stream.run())
    texts = stream.follow(10**9, always)
    await anext(texts)
    told = asyncio.ensure_future(anext(texts))
    await asyncio.sleep(0.05)

    await bus.publish(IngestionCompleted(file_path=LAST))

    async with asyncio.timeout(20):
        assert LAST in await told
    reading.cancel()


async def test_a_stream_that_began_while_the_store_was_away_tells_nothing_old(
    web: WebLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "LOOK_SECONDS", 0.01)
    bus, log = web.lab.client.face.bus, web.lab.client.face.store.events
    await bus.publish(IngestionCompleted(file_path="old"))
    newest, away = log.newest, [StoreUnavailable("locked")] * 2

    async def sometimes(*, limit: int) -> list[RecordedEvent]:
        if away:
            raise away.pop()
        return await newest(limit=limit)

    monkeypatch.setattr(log, "newest", sometimes)
    stream = feed.Feed(web.lab.client.face.store, bus)
    reading, texts = asyncio.create_task(stream.run()), stream.follow(None, always)
    await anext(texts)
    told = asyncio.ensure_future(anext(texts))
    async with asyncio.timeout(20):
        while away:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        await bus.publish(IngestionCompleted(file_path=LAST))
        assert LAST in await told
    reading.cancel()


async def test_many_missed_events_come_without_a_gap(web: WebLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "PAGE", 3)
    bus = web.lab.client.face.bus
    await bus.publish(IngestionCompleted(file_path="before"))
    first = (await web.lab.client.face.store.events.newest(limit=1))[0].cursor
    await bus.publish(*(IngestionCompleted(file_path=str(number)) for number in range(10)))

    seen: list[str] = []
    async with web.admin.stream("GET", "/events/stream", headers={"Last-Event-ID": str(first)}) as stream:
        async with asyncio.timeout(20):
            async for line in stream.aiter_lines():
                if line.startswith("data:") and "ingestion.completed" in line:
                    seen.append(json.loads(line.removeprefix("data: "))["payload"]["file_path"])
                if len(seen) == 10:
                    break

    assert seen == [str(number) for number in range(10)]
