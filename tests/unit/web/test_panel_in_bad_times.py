"""The panel when much happens, something is away, or there is much of it: it keeps up, and says what is old."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.records.sighting import Sighting
from bot.records.store import StoreUnavailable
from bot.serving import desk_of
from bot.web.server import open_web
from tests.factories import NOW, an_incident, an_order, awaiting_approval
from tests.stories.browser_lab import open_browser
from tests.stories.lab import open_lab
from tests.unit.web.relay import Relay
from tests.unit.web.test_panel import entered, escalated, show
from tests.unit.web.web_lab import KEY, WebLab, always_ready, open_web_lab, settings_with_key

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

LOGS_IN = """key => fetch('/login', {method: 'POST', headers: {'Content-Type': 'application/json'},
                                    body: JSON.stringify({key})}).then(answer => answer.status)"""
SEEN = """hidden => { Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
                      document.dispatchEvent(new Event('visibilitychange')); }"""


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[WebLab]:
    async with open_web_lab(tmp_path) as lab:
        yield lab


@pytest.fixture
async def browser() -> AsyncIterator["Browser"]:
    async with open_browser("--host-resolver-rules=MAP panel.test 127.0.0.2") as opened:
        yield opened


@pytest.fixture
async def page(browser: "Browser", web: WebLab) -> "Page":
    page = await entered(browser, web.url)
    await page.wait_for_selector("#live.live")
    return page


async def publish(web: WebLab, reason: str) -> None:
    await web.lab.client.face.bus.publish(escalated(reason))


def seen(number: int) -> Sighting:
    return Sighting(
        fingerprint=f"{number:016x}", incident_id=f"inc_{number:012}", title=f"fault {number}", severity="high",
        sources=frozenset({"log"}), count=1, first_seen=NOW, last_seen=NOW + timedelta(seconds=number),
    )  # fmt: skip


async def test_the_page_keeps_up_while_something_happens_all_the_time(page: "Page", web: WebLab) -> None:
    async def storm() -> None:
        for number in itertools.count():
            await publish(web, f"fault {number}")
            await asyncio.sleep(0.05)

    raging = asyncio.create_task(storm())
    try:
        await page.wait_for_selector("main td:has-text('fault')", timeout=10_000)
    finally:
        raging.cancel()

    assert await page.inner_text("#live") == "live"


async def test_who_reads_by_keyboard_keeps_the_focus_when_the_page_looks_again(page: "Page", web: WebLab) -> None:
    incident = an_incident(logs=tuple(f"INFO {number}" for number in range(200)))
    await web.lab.client.face.store.incidents.add(incident)
    await page.goto(f"{web.url}/#incidents/{incident.id}")
    await page.focus("pre.log")
    await page.keyboard.press("End")
    await page.locator("section.detail").evaluate("section => section.classList.add('before')")

    await publish(web, "again")
    await page.wait_for_selector("section.detail:not(.before)")

    assert await page.evaluate("document.activeElement.className") == "log"


async def test_while_the_store_is_away_what_was_seen_stays_and_is_said_to_be_old(
    page: "Page", web: WebLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    sightings = web.lab.client.face.store.sightings
    await sightings.add([seen(1)], [])
    await page.click("#tab-incidents")
    await page.wait_for_selector("text=fault 1")

    async def away(*_: object) -> list[Sighting]:
        raise StoreUnavailable("The disk is full.")

    with monkeypatch.context() as while_away:
        while_away.setattr(sightings, "newest", away)
        await publish(web, "again")
        await page.wait_for_selector("#live.stale:has-text('The disk is full.')")
        kept = await page.inner_text("#main")
        await page.click("#tab-workflow")
        await page.wait_for_selector("#main .empty:has-text('The disk is full.')")
        await page.click("#tab-incidents")

    await page.wait_for_selector("text=fault 1")
    await page.wait_for_selector("#live.live")
    assert "fault 1" in kept


async def test_logging_out_ends_the_session_of_now_or_says_that_it_could_not(browser: "Browser", web: WebLab) -> None:
    async with Relay(web.url) as relay:
        page = await entered(browser, relay.url)
        await page.wait_for_selector("#live.live")
        assert await page.evaluate(LOGS_IN, KEY) == 200

        await relay.stop()
        await page.click("#logout")
        await page.wait_for_selector("#live:has-text('not logged out')")
        await relay.start()
        await page.click("#logout")

        await page.wait_for_selector("#login:visible")
        assert await page.inner_text("#main") == ""


async def test_over_plain_http_from_afar_the_page_says_why_no_session_holds(browser: "Browser", tmp_path: Path) -> None:
    async with open_lab(tmp_path) as lab:
        desk = desk_of(settings_with_key(), lab.client, always_ready)
        async with open_web(desk, "127.0.0.2", 0) as url:
            page = await browser.new_page()
            await page.goto(url.replace("127.0.0.2", "panel.test"))
            await page.fill("#key", KEY)
            await page.click("form button")

            await page.wait_for_selector("#login-error:has-text('https')")
            assert await page.locator("#app").is_hidden()


async def test_a_page_that_nobody_sees_holds_no_connection_and_looks_again_when_somebody_does(
    page: "Page", web: WebLab
) -> None:
    async def read_by(readers: int) -> None:
        async with asyncio.timeout(20):
            while (await web.admin.get("/events/stats")).json()["readers"] != readers:
                await asyncio.sleep(0.02)

    await read_by(1)
    await page.evaluate(SEEN, True)
    await page.wait_for_selector("#live:has-text('nobody sees it')")
    await publish(web, "unseen")
    await read_by(0)
    await page.evaluate(SEEN, False)

    await page.wait_for_selector("text=unseen")
    assert await page.inner_text("#live") == "live"


async def test_lists_unfold_to_their_end_and_an_old_order_that_waits_is_not_forgotten(
    page: "Page", web: WebLab
) -> None:
    store = web.lab.client.face.store
    await awaiting_approval(store)
    for number in range(200):
        await store.orders.create(an_order(attempt=number + 2, status="failed"))
    await store.sightings.add([seen(number) for number in range(150)], [])
    await show(page, "incidents")
    await page.wait_for_selector("text=fault 149")
    first = await page.locator("main tbody tr").count()

    await page.click("#older")
    await page.wait_for_selector("main tr:has-text('fault 0') >> nth=0")
    await publish(web, "again")
    rows = await page.locator("main tbody tr").count()
    await page.click("#tab-workflow")

    await page.wait_for_selector("text=an admin, to review it in Discord")
    assert (first, rows) == (100, 150)
