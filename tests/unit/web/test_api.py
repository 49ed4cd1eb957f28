"""The API over a real socket: what it shows, what it believes, and whom it lets in."""

import asyncio
import json
import logging
import re
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from bot.events.catalog import IngestionCompleted
from bot.records import sql_orders
from bot.records.healing_store import TrustChange
from bot.records.playbook_run import PlaybookRun
from bot.records.sighting import Sighting
from bot.records.work_order import advance
from bot.serving import desk_of
from bot.web.access import COOKIE, CSRF
from bot.web.server import listening_socket, open_web
from bot.web.shapes import ORDER_WORDS, stats_of
from tests.factories import NOW, an_incident, an_order, awaiting_approval
from tests.unit.web.web_lab import KEY, WebLab, always_ready, open_web_lab, settings_with_key

JSON = "application/json"
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[WebLab]:
    async with open_web_lab(tmp_path) as lab:
        yield lab


async def keep_an_order(web: WebLab) -> str:
    return (await awaiting_approval(web.lab.client.face.store)).id


async def test_the_four_published_workflows_run_as_written(web: WebLab) -> None:
    plain = await web.admin.post(
        "/patches/trigger", json={"description": "Database connection lost", "error_type": "database_connection"}
    )
    escalating = await web.admin.post(
        "/patches/trigger", json={"description": "Pipeline validation timeout", "error_type": "pipeline_timeout"}
    )
    listed = (await web.admin.get("/patches/work-orders")).json()

    assert plain.status_code == 200
    assert (plain.json()["success"], plain.json()["escalated_to_coding"]) == (True, False)
    told = escalating.json()
    assert (told["success"], told["escalated_to_coding"]) == (True, True)
    answer = await web.admin.post(
        f"/patches/work-orders/{told['work_order_id']}/complete", json={"tests_passed": True, "files_changed": 2}
    )
    assert answer.status_code == 200
    assert answer.json()["self_healing_resumed"] is False
    assert listed["count"] == len(listed["work_orders"]) == listed["stats"]["total_work_orders"] == 1
    runs = (await web.admin.get("/patches/runs")).json()
    assert runs["count"] == 2
    run = (await web.admin.get(f"/patches/runs/{plain.json()['run_id']}")).json()
    assert run["playbook_id"] == "database_reconnect"
    assert run["steps_completed"]


async def test_orders_are_shown_in_the_published_shape_and_words(web: WebLab) -> None:
    order_id = await keep_an_order(web)

    store = web.lab.client.face.store
    order = await store.orders.get(order_id)
    await store.notes.write({f"card:{order.incident_id}": "31/41/59"})
    shown = (await web.admin.get(f"/patches/work-orders/{order_id}")).json()
    diff = await web.admin.get(shown["patch_result"]["diff_url"])

    assert shown["type"] == "self_healing_patch"
    assert (shown["status"], shown["state"]) == ("testing", "awaiting_approval")
    assert re.fullmatch(r"https://discord\.com/channels/\d+/\d+/\d+", shown["card"])  # ours, or the bot's own by now
    assert diff.content.startswith(b"diff --git")
    assert diff.headers["content-type"].startswith("text/x-diff")
    assert (await web.admin.get("/patches/work-orders/wo_20990101_0001")).json()["error"] == "not_found"
    wrong = await web.admin.get("/patches/work-orders?status=done")
    assert wrong.status_code == 422
    assert all(word in wrong.json()["message"] for word in set(ORDER_WORDS.values()))


async def test_orders_of_a_status_are_found_behind_any_number_of_newer_ones(
    web: WebLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_orders, "NEWEST", 2)
    waiting = await awaiting_approval(web.lab.client.face.store)
    for attempt in (2, 3):
        await web.lab.client.face.store.orders.create(an_order(attempt=attempt, status="failed"))

    found = (await web.admin.get("/patches/work-orders?status=testing")).json()["work_orders"]

    assert [one["work_order_id"] for one in found] == [waiting.id]


async def test_complete_is_believed_only_as_far_as_it_is_confirmed(web: WebLab) -> None:
    order_id = await keep_an_order(web)
    path = f"/patches/work-orders/{order_id}/complete"
    store = web.lab.client.face.store

    failed = (await web.admin.post(path, json={"tests_passed": False, "files_changed": 1.0})).json()
    unconfirmed = (await web.admin.post(path, json={"tests_passed": True, "files_changed": 1})).json()
    order = await store.orders.get(order_id)
    for status in ("publishing", "pr_open", "merged", "verifying", "verified"):
        order = await store.orders.save(advance(order, status, NOW))
    confirmed = (await web.admin.post(path, json={"tests_passed": True, "files_changed": 1})).json()
    again = await web.admin.post(path, json={"tests_passed": True, "files_changed": 1})

    assert [one["success"] for one in (failed, unconfirmed, confirmed)] == [False, False, True]
    assert again.status_code == 409
    assert (await web.admin.post("/patches/work-orders/wo_1/complete", json={"tests_passed": True})).status_code == 404


async def test_lists_are_paged_by_a_cursor_without_gaps(web: WebLab) -> None:
    store = web.lab.client.face.store
    for number in range(7):
        await store.runs.create(
            PlaybookRun(id=f"run_{number}", playbook="memory_cleanup", fingerprint="f" * 16, error_type="memory",
                        summary="grows", started_at=NOW)
        )  # fmt: skip

    seen, cursor = [], None
    while True:
        page = (
            await web.admin.get("/patches/runs", params={"limit": 3} | ({"cursor": cursor} if cursor else {}))
        ).json()
        seen += [run["run_id"] for run in page["runs"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert seen == [f"run_{number}" for number in range(6, -1, -1)]
    assert (await web.admin.get("/patches/runs?cursor=%C3%A9")).status_code == 422


def test_the_figures_follow_their_formulas_and_divide_by_nothing() -> None:
    def a_run(number: int, *statuses: str, order: str | None = None) -> PlaybookRun:
        run = PlaybookRun(id=f"run_{number}", playbook="p", fingerprint="f" * 16, error_type="", summary="",
                          started_at=NOW, work_order_id=order)  # fmt: skip
        for status in statuses:
            run = run.step_to(status, NOW)  # type: ignore[arg-type]  # the statuses stand here as words
        return run

    runs = [
        a_run(1, "running", "watching", "verified"),
        a_run(2, "running", "undoing", "undone"),
        a_run(3, "running", "awaiting_patch", order="wo_1"),
        a_run(4, "running", "awaiting_patch", "patch_applied", "verified", order="wo_2"),
    ]
    order = an_order().evolve(history=(("dispatched", NOW), ("awaiting_approval", NOW + timedelta(minutes=6))))

    stats = stats_of(runs, [order])

    assert (stats.escalation_rate, stats.auto_fix_rate, stats.average_patch_time_minutes) == (50.0, 33.3, 6.0)
    assert stats_of([], []).model_dump() == {
        "total_playbook_runs": 0,
        "work_orders": {"total_work_orders": 0, "queued": 0, "in_progress": 0, "completed": 0, "failed": 0},
        "escalation_rate": 0.0, "auto_fix_rate": 0.0, "average_patch_time_minutes": 0.0,
    }  # fmt: skip


async def test_the_stream_brings_what_was_missed_and_what_comes(web: WebLab) -> None:
    bus = web.lab.client.face.bus
    await bus.publish(IngestionCompleted(file_path="one"))
    first = (await web.admin.get("/events/recent?event_type=ingestion.completed")).json()["events"][0]
    await bus.publish(IngestionCompleted(file_path=HOSTILE))

    async with web.admin.stream("GET", "/events/stream", headers={"Last-Event-ID": str(first["id"])}) as stream:
        found: list[str] = []
        async with asyncio.timeout(20):
            async for line in stream.aiter_lines():
                if line.startswith("data:"):
                    event = json.loads(line.removeprefix("data: "))
                    found += [event["payload"]["file_path"]] if event["type"] == "ingestion.completed" else []
                    if found == [HOSTILE]:
                        await bus.publish(IngestionCompleted(file_path="three"))
                    if len(found) == 2:
                        break

    assert found == [HOSTILE, "three"]
    assert (await web.admin.get("/events/recent?event_type=nothing.such")).status_code == 422


async def test_incidents_logs_summaries_and_metrics_are_told(web: WebLab) -> None:
    logging.getLogger("somewhere").error("lunch is lost")
    await web.lab.client.face.store.incidents.add(an_incident(logs=("ERROR lunch is lost",)))

    incident = (await web.admin.get("/incidents/inc_0123456789ab")).json()
    summary = (await web.admin.get("/incidents/inc_0123456789ab/summary")).json()
    lines = (await web.admin.get("/logs?level=ERROR&contains=lunch")).json()["lines"]
    metrics = (await web.admin.get("/metrics")).text
    snippet = (await web.admin.post("/api/ai/summarize-error", json={"logSnippet": "ValueError: no comma"})).json()

    assert incident["incident"]["logs"] == ["ERROR lunch is lost"]
    assert summary["causes"][0]["lines"] == [1]
    assert "lunch is lost" in lines[0]
    assert "suture_log_lines_total" in metrics
    assert (snippet["model"], "no comma" in snippet["summary"]) == (None, True)


async def test_trust_and_what_is_spent_of_the_budget_are_told(web: WebLab) -> None:
    store = web.lab.client.face.store
    move = TrustChange(subject="playbook p", at=NOW, before=0.5, after=0.8, run_id="run_1")
    before = (await web.admin.get("/budget")).json()["allowances"]

    await store.trust.add(move)
    await store.orders.create(an_order(sent_at=web.lab.client.face.clock()))
    trust = (await web.admin.get("/trust")).json()
    after = (await web.admin.get("/budget")).json()["allowances"]

    assert [(one["subject"], one["before"], one["after"]) for one in trust["moves"]] == [("playbook p", 0.5, 0.8)]
    assert [one["variable"] for one in after] == ["AUTOFIX_MAX_RUNS_PER_HOUR", "AUTOFIX_MAX_RUNS_PER_DAY"]
    assert [one["spent"] - was["spent"] for one, was in zip(after, before, strict=True)] == [1, 1]


async def test_a_fix_can_be_asked_for_by_file_or_by_error_and_not_by_nothing(web: WebLab) -> None:
    asked = await web.admin.post("/api/codex/suggest-fix", json={"filePath": "bot/x.py", "errorLog": "boom"})
    nothing = await web.admin.post("/api/codex/suggest-fix", json={})

    assert asked.status_code == 202
    order = await web.lab.client.face.store.orders.get(asked.json()["work_order_id"])
    assert "bot/x.py" in order.summary
    assert nothing.status_code == 422


async def test_every_route_wants_a_key_and_a_read_key_changes_nothing(web: WebLab) -> None:
    routes = (await web.admin.get("/openapi.json")).json()["paths"]
    read = await web.keys.make("reader", "read", timedelta(days=1))
    late = await web.keys.make("late", "admin", timedelta(seconds=-1))
    gone = await web.keys.make("gone", "admin", timedelta(days=1))
    await web.keys.revoke("gone")
    strangers = [{}, *({"Authorization": f"Bearer {key}"} for key in ("x", KEY[:-1], late, gone, "é"))]

    assert len(routes) >= 18
    async with httpx.AsyncClient(base_url=web.url) as nobody:
        for path, methods in routes.items():
            for method in methods:
                where = path.replace("{", "").replace("}", "")
                for headers in strangers:
                    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
                    answer = await nobody.request(method, where, headers=encoded)
                    assert answer.status_code == (200 if path in ("/healthz", "/readyz") else 401), (method, path)
                if method != "get":
                    answer = await nobody.request(method, where, headers={"X-API-Key": read}, json={})
                    assert answer.status_code == 403


async def test_a_session_acts_only_with_its_forms_token_and_ends(web: WebLab) -> None:
    body = {"description": "x", "error_type": "database"}
    async with httpx.AsyncClient(base_url=web.url) as browser:
        assert (await browser.post("/login", json={"key": "wrong"})).status_code == 401
        entered = await browser.post("/login", json={"key": KEY})
        cookie = entered.headers["set-cookie"]
        bare = await browser.post("/patches/trigger", json=body)
        token = {CSRF: entered.json()["form_token"]}
        good = await browser.post("/patches/trigger", json=body, headers=token)
        cross = await browser.post("/login", json={"key": KEY}, headers={"Sec-Fetch-Site": "cross-site"})
        await browser.post("/logout", headers=token)
        browser.cookies.set(COOKIE, cookie.partition("=")[2].partition(";")[0])
        after = await browser.get("/patches/runs")

    assert all(word in cookie for word in ("HttpOnly", "SameSite=strict"))
    assert (bare.status_code, good.status_code, cross.status_code, after.status_code) == (403, 200, 403, 401)


async def test_what_cannot_be_read_or_is_not_there_is_told_in_a_sentence(web: WebLab) -> None:
    cut = await web.admin.post("/patches/trigger", content=b'{"description":', headers={"Content-Type": JSON})
    odd = await web.admin.post("/patches/trigger", content=b"\xff", headers={"Content-Type": JSON})
    form = await web.admin.post("/patches/trigger", data={"description": "x"})
    nowhere = await web.admin.get("/patches/runs/")
    wrong = await web.admin.delete("/patches/runs")

    assert [answer.status_code for answer in (cut, odd, nowhere, wrong)] == [422, 400, 404, 405]
    assert "no JSON, from character 15" in cut.json()["message"]
    assert "send JSON in UTF-8" in odd.json()["message"]
    assert "Content-Type: application/json" in form.json()["message"]
    assert all("/openapi.json" in answer.json()["message"] for answer in (nowhere, wrong))


async def test_a_monitor_may_ask_for_the_health_without_its_body(web: WebLab) -> None:
    answers = [await web.admin.head(path) for path in ("/healthz", "/readyz")]

    assert [(answer.status_code, answer.content) for answer in answers] == [(200, b"")] * 2


async def test_faults_are_paged_to_their_end_and_filtered_by_the_store(web: WebLab) -> None:
    seen = [
        Sighting(fingerprint=f"{n:016x}", incident_id=f"inc_{n:012x}", title="x", severity="low" if n else "high",
                 sources=frozenset({"log"}), count=1, first_seen=NOW, last_seen=NOW + timedelta(microseconds=n))
        for n in range(501)
    ]  # fmt: skip
    await web.lab.client.face.store.sightings.add(seen)
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await web.admin.get(f"/incidents?limit=200{cursor and f'&cursor={cursor}'}")).json()
        found += [row["fingerprint"] for row in page["incidents"]]
        cursor = page["next_cursor"]
    oldest = (await web.admin.get("/incidents?severity=high")).json()
    broken = await web.admin.get("/incidents?cursor=inc_1")

    assert found == [each.fingerprint for each in reversed(seen)]
    assert [row["fingerprint"] for row in oldest["incidents"]] == [seen[0].fingerprint]
    assert (broken.status_code, "cursor" in broken.json()["message"]) == (422, True)


async def test_a_session_outlives_the_process_and_ends_with_its_key(web: WebLab) -> None:
    key = await web.keys.make("wall", "read", timedelta(days=1))
    desk = desk_of(settings_with_key(), web.lab.client, always_ready)
    async with open_web(desk, "127.0.0.1", 0) as later, httpx.AsyncClient(base_url=later) as browser:
        async with httpx.AsyncClient(base_url=web.url) as before:
            entered = (await before.post("/login", json={"key": key})).json()
            browser.cookies.set(COOKIE, before.cookies[COOKIE])
        found = await browser.get("/session")
        await web.keys.revoke("wall")
        after = await browser.get("/session")
    kept, _ = await web.lab.client.face.store.documents.read("browser_sessions")

    assert (found.json(), after.status_code) == (entered, 401)
    assert browser.cookies[COOKIE] not in kept


async def test_every_answer_has_its_headers_and_only_this_machine_is_served(web: WebLab) -> None:
    async with httpx.AsyncClient(base_url=web.url) as nobody:
        page = await nobody.get("/")
        strange = await nobody.get("/", headers={"Host": "evil.test"})
        large = await nobody.post("/patches/trigger", content=b"x" * 70_000, headers={"X-API-Key": KEY})

    policy = page.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in page.headers
    assert (strange.status_code, large.status_code) == (403, 413)


async def test_log_in_cannot_be_tried_without_end(web: WebLab) -> None:
    async with httpx.AsyncClient(base_url=web.url) as nobody:
        answers = [(await nobody.post("/login", json={"key": "x"})).status_code for _ in range(8)]

    assert answers.count(401) == 5
    assert answers[-1] == 429


async def test_a_connection_sends_each_piece_of_an_answer_at_once() -> None:
    accepted: asyncio.Future[asyncio.BaseTransport] = asyncio.get_running_loop().create_future()

    class Taking(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            accepted.set_result(transport)

    with listening_socket("127.0.0.1", 0) as listening:
        async with await asyncio.get_running_loop().create_server(Taking, sock=listening):
            _, writer = await asyncio.open_connection(*listening.getsockname())
            transport = await accepted

            assert transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            transport.close()
            writer.close()
            await writer.wait_closed()
