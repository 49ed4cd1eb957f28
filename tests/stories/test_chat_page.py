"""Promise: in the chat page alone, by keyboard and mouse, a real error becomes a fix that is live and verified."""

from contextlib import asynccontextmanager

import pytest

from bot.sandbox.world import open_world
from tests.stories.browser_lab import find_chromium, open_browser

RUN_MS = 180_000


@pytest.fixture(autouse=True)
def _browser_first():
    find_chromium()


@asynccontextmanager
async def open_chat(directory):
    """A real world with its page in a browser; whatever breaks in the page fails the test."""
    broken = []
    async with open_world(directory / "world", lambda line: None) as world, open_browser() as browser:
        await world.discord.wait_until_commands(60)
        page = await browser.new_page(viewport={"width": 1360, "height": 900})
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.on("requestfailed", lambda request: broken.append(request.url) if "/live" not in request.url else None)
        foreign = f"{world.chat.url}/"
        page.on("request", lambda request: broken.append(request.url) if not request.url.startswith(foreign) else None)
        await page.goto(world.chat.address)
        await page.get_by_text("live", exact=True).wait_for()
        yield world, page
    assert broken == []


async def bob_is_offered_nothing_and_refused_what_he_presses(page):
    """Take bob's seat, look for a command, and press Review on the card."""
    await page.locator("label", has_text="bob").click()
    await page.wait_for_url("**/#bob/ledger")
    await page.get_by_text("Only you can see this").first.wait_for(state="detached")
    await page.get_by_role("textbox", name="Message #ledger").click()
    await page.keyboard.type("/")
    await page.get_by_text("bob may use no command here.").wait_for()
    await page.keyboard.press("Backspace")
    await page.get_by_role("link", name="ops").click()
    await page.get_by_role("button", name="Review").click()
    await page.get_by_text("Not authorized").wait_for()
    assert await page.get_by_role("button", name="Approve").count() == 0


async def until_card_says(world, words):
    """Wait until the incident's public card shows these words."""

    def look():
        return next((m for m in world.member.sees("ops") if m.embeds and words in str(m.embeds)), None)

    await world.discord.world.events.wait_for(look, words, RUN_MS / 1000)


async def test_from_lunch_to_the_verified_fix_in_the_page(tmp_path):
    async with open_chat(tmp_path) as (world, page):
        await page.get_by_role("button", name="Fill in").click()
        await page.keyboard.press("Enter")
        await page.get_by_text("Something broke").wait_for()

        await page.keyboard.type("/debug_open")
        await page.get_by_role("option", name="/debug_open_issue").wait_for()
        await page.keyboard.press("Tab")
        form = page.get_by_role("form", name="Command debug_open_issue")
        await form.get_by_label("summary").fill("a comma breaks lunch")
        await page.keyboard.press("Enter")
        await page.get_by_text("Prove the patch").wait_for(timeout=RUN_MS)
        await page.get_by_role("button", name="Approve").wait_for(timeout=RUN_MS)
        assert world.github.pulls == []

        await bob_is_offered_nothing_and_refused_what_he_presses(page)
        assert world.github.pulls == []

        await page.locator("label", has_text="ada").click()
        await page.get_by_role("link", name="ledger").click()
        await page.get_by_role("button", name="Open patch.diff").click()
        viewer = page.get_by_role("dialog", name="patch.diff")
        await viewer.locator(".line.add", has_text="re.search").wait_for()
        await page.keyboard.press("Escape")
        await page.get_by_role("button", name="Approve").click()
        pane = page.get_by_role("complementary", name="Local GitHub")
        await pane.get_by_text("Draft", exact=True).wait_for(timeout=RUN_MS)

        (pull,) = world.github.pulls
        await pane.get_by_text(pull.title).wait_for()
        await pane.locator(".line.add", has_text="re.search").wait_for()
        await page.get_by_text("the draft pull request is open").wait_for()
        assert pull.draft
        left = "talk.scrollHeight - talk.scrollTop - talk.clientHeight"
        assert await page.evaluate(f"(talk = document.getElementById('talk'), {left})") < 2
        assert await page.get_by_text("All three are done").count() == 1
        assert await pane.get_by_role("heading", name="Cause").count() == 1

        await pane.get_by_role("button", name="Ready for review").click()
        await pane.get_by_role("button", name="Merge pull request").click(timeout=RUN_MS)
        await pane.get_by_text("Merged", exact=True).wait_for(timeout=RUN_MS)
        await until_card_says(world, "Live: watching")
        for _ in range(3):
            await page.get_by_role("textbox", name="Message #ledger").fill("lunch 12,50")
            await page.keyboard.press("Enter")
        await until_card_says(world, "Verified: live")

        await page.get_by_text("Let something go wrong").click()
        await page.get_by_label("What goes wrong").select_option("github 500")
        await page.get_by_role("button", name="Do it").click()
        await page.get_by_text("github: a server error.").wait_for()
        assert len(world.github.faults) == 1
