"""The panel in a real browser: every view, live, by keyboard, at any width, and hostile words stay words."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.events.catalog import HealingEscalated, IngestionCompleted
from bot.records.healing_store import TrustChange
from bot.records.playbook_run import PlaybookRun, StepTaken
from bot.records.sighting import Sighting
from tests.factories import NOW, an_incident, awaiting_approval
from tests.stories.browser_lab import open_browser
from tests.unit.web.relay import Relay
from tests.unit.web.web_lab import KEY, WebLab, open_web_lab

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

HOSTILE = "<img src=x onerror=document.title='owned'><b>bold</b> \u202eevil\u202c \x1b[31mred"


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[WebLab]:
    async with open_web_lab(tmp_path) as lab:
        store = lab.lab.client.face.store
        await awaiting_approval(store)
        incident = an_incident(id="inc_aaaaaaaaaaaa", summary=HOSTILE, logs=("INFO quiet", f"ERROR {HOSTILE}"))
        seen = Sighting(
            fingerprint="a" * 16, incident_id=incident.id, title=HOSTILE, severity="high", sources=frozenset({"log"}),
            count=3, first_seen=NOW, last_seen=NOW,
        )  # fmt: skip
        await store.sightings.add([seen], [incident])
        run = PlaybookRun(
            id="run_1", playbook=HOSTILE, fingerprint="f" * 16, error_type=HOSTILE, summary=HOSTILE, started_at=NOW,
            steps=(StepTaken(action=HOSTILE, state="done", at=NOW, said=HOSTILE),),
        )  # fmt: skip
        await store.runs.create(run)
        yield lab


@pytest.fixture
async def page(web: WebLab) -> AsyncIterator["Page"]:
    async with open_browser() as browser:
        faults: list[str] = []
        yield await entered(browser, web.url, faults)
        assert faults == []


async def entered(browser: "Browser", url: str, faults: list[str] | None = None) -> "Page":
    """The panel's first view, logged in; `faults` gets what goes wrong on it from then on."""
    page = await browser.new_page(viewport={"width": 1280, "height": 900})
    if faults is not None:
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    await page.goto(url)
    await page.fill("#key", KEY)
    await page.click("form button")
    await page.wait_for_selector("ol.path")
    assert await page.locator("#login").is_hidden()
    return page


def escalated(reason: str) -> HealingEscalated:
    return HealingEscalated(run_id="run_1", playbook_id="pipeline_timeout_fix", work_order_id="wo_1", reason=reason)


async def show(page: "Page", view: str) -> str:
    await page.click(f"#tab-{view}")
    await page.wait_for_selector(f"#tab-{view}[aria-selected=true]")
    await page.wait_for_timeout(50)
    await page.wait_for_selector("main table, main svg, main .empty")
    return await page.inner_text("main")


async def test_every_view_tells_what_is_there_and_hostile_words_stay_words(page: "Page") -> None:
    shown = {view: await show(page, view) for view in ("health", "patches", "workflow")}

    await page.wait_for_selector("text=an admin, to review it in Discord")
    await page.click("#tab-runs")
    await page.wait_for_selector("text=run_1")
    shown["runs"] = await page.inner_text("main")
    assert await page.locator("main details li time").count() == 1
    await page.click("#tab-incidents")
    await page.wait_for_selector("text=inc_aaaaaaaaaaaa")
    shown["incidents"] = await page.inner_text("main")
    assert await page.locator("main img, main b").count() == 0
    assert await page.title() == "Incidents · Suture"
    assert all(shown.values())
    assert [sign for sign in "\u202e\x1b" if sign in "".join(shown.values())] == []
    assert [r"\u202eevil\u202c \x1b[31mred" in shown[view] for view in ("runs", "incidents")] == [True, True]


async def test_an_incident_is_read_with_its_claims_cited_and_its_lines_filtered(page: "Page", web: WebLab) -> None:
    await page.goto(f"{web.url}/#incidents/inc_aaaaaaaaaaaa")
    await page.click("section.detail a.cite:has-text('L2')")
    await page.wait_for_selector(".line.cited")
    cited = await page.inner_text(".line.cited")
    await page.fill("section.detail input[type=search]", "quiet")
    await page.locator("section.detail").evaluate("section => section.classList.add('before')")
    await web.lab.client.face.bus.publish(IngestionCompleted(file_path="what makes the page look again"))
    await page.locator("section.detail input[type=search]").blur()
    await page.wait_for_selector("section.detail:not(.before)")

    assert "ERROR" in cited
    assert page.url.endswith("#incidents/inc_aaaaaaaaaaaa/L2")
    assert await page.locator(".line:visible").count() == 1
    await page.fill("section.detail input[type=search]", "")
    await page.select_option("section.detail select", "ERROR")
    assert [await page.inner_text(".line:visible")] == [cited]


async def test_a_diff_has_colours_and_the_page_leads_to_the_card_for_a_decision(page: "Page") -> None:
    await page.click("#tab-patches")
    await page.click("main table a >> nth=0")
    await page.wait_for_selector("pre .add")

    words = await page.inner_text("section.detail")
    assert "card" in words.lower()
    assert await page.locator("button:has-text('Approve')").count() == 0


async def test_what_happens_shows_without_reload(page: "Page", web: WebLab) -> None:
    await page.wait_for_selector("#live.live")

    await web.lab.client.face.bus.publish(escalated("slow code"))

    await page.wait_for_selector("text=slow code")
    assert await page.inner_text("#live") == "live"


async def test_a_click_counts_even_when_the_page_looks_again_while_the_link_is_down(page: "Page", web: WebLab) -> None:
    await page.wait_for_selector("#live.live")
    await page.click("#tab-incidents")
    await page.hover("main table a >> nth=0")
    await page.mouse.down()

    async with page.expect_response("**/incidents?limit=100"):
        await web.lab.client.face.bus.publish(escalated("slow code"))
    await page.wait_for_timeout(100)
    await page.mouse.up()

    await page.wait_for_selector("section.detail")
    assert "#incidents/" in page.url


async def test_a_lost_stream_is_said_and_made_up_without_a_reload(web: WebLab) -> None:
    async with Relay(web.url) as relay, open_browser() as browser:
        page = await entered(browser, relay.url)
        await page.wait_for_selector("#live.live")
        await web.lab.client.face.bus.publish(escalated("slow code"))
        await page.wait_for_selector("text=slow code")
        await page.evaluate("window.sameDocument = true")

        await relay.stop()
        await page.wait_for_selector("#live.stale:has-text('stale since')")
        await web.lab.client.face.bus.publish(escalated("while away"))
        await relay.start()

        await page.wait_for_selector("text=while away")
        await page.wait_for_selector("#live.live")
        assert await page.evaluate("window.sameDocument")
        assert any(b"\r\nlast-event-id: " in request.lower() for request in relay.requests)


async def test_the_keyboard_reaches_every_view(page: "Page") -> None:
    await page.focus("#tab-workflow")
    for view in ("runs", "patches", "incidents", "health", "workflow"):
        await page.keyboard.press("ArrowRight")
        await page.wait_for_selector(f"#tab-{view}[aria-selected=true]")
        assert await page.evaluate("document.activeElement.id") == f"tab-{view}"


async def test_the_keyboard_skips_to_the_content_and_follows_a_link_into_it(page: "Page", web: WebLab) -> None:
    await page.goto(f"{web.url}/?again#patches")
    await page.wait_for_selector("main td a")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    skipped = await page.evaluate("document.activeElement.id")
    await page.focus("main td a >> nth=0")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("section.detail")

    assert skipped == "main"
    assert await page.evaluate("document.activeElement.id") == "main"
    assert "#patches/wo_" in page.url


async def test_a_broken_address_of_the_page_is_no_end_of_it(page: "Page", web: WebLab) -> None:
    await page.goto(f"{web.url}/?again#incidents/%")

    await page.wait_for_selector("#tab-incidents[aria-selected=true]")
    await page.wait_for_selector("main .empty:has-text('no incident')")
    assert await page.locator("#app").is_visible()


async def test_a_station_where_nothing_stands_is_told_from_one_where_something_does(page: "Page") -> None:
    stations = await page.locator("ol.path > li").all()
    busy = {await one.locator("strong").inner_text() == "0": await one.get_attribute("class") for one in stations}

    assert busy == {True: None, False: "busy"}


@pytest.mark.parametrize("width", [360, 1280, 2560])
async def test_the_page_scrolls_in_one_direction_alone(page: "Page", web: WebLab, width: int) -> None:
    store, endless = web.lab.client.face.store, "tests/a_long_name/" * 40
    (order,) = await store.orders.newest()
    proposal = await store.proposals.get(order.id)
    proof = proposal.proof.model_copy(update={"reasons": (endless,)})
    await store.proposals.put(proposal.model_copy(update={"proof": proof}))
    await store.orders.save(order.evolve(summary=endless, reason=endless))
    await store.incidents.revise(an_incident(id="inc_aaaaaaaaaaaa", summary=endless, logs=(endless,)))
    await store.trust.add(TrustChange(subject=endless, at=NOW, before=0.5, after=0.8, run_id="run_1"))
    await page.set_viewport_size({"width": width, "height": 800})
    for view in ("workflow", "runs", "patches", "incidents", "health"):
        await show(page, view)

        assert await page.evaluate("document.documentElement.scrollWidth") <= width, view
        if view in ("patches", "incidents"):
            await page.click("#main td a >> nth=0")
            await page.wait_for_selector("section.detail")
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, view


async def test_light_and_dark_follow_the_system(page: "Page") -> None:
    found = []
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        found.append(await page.evaluate("getComputedStyle(document.body).backgroundColor"))

    light, dark = (sum(int(part) for part in re.findall(r"\d+", one)[:3]) for one in found)
    assert light > 600
    assert dark < 150


async def test_logging_out_ends_it(page: "Page") -> None:
    await page.click("#logout")

    await page.wait_for_selector("#login:visible")
    assert await page.evaluate("fetch('/patches/runs').then(answer => answer.status)") == 401
