"""The chat page in a real browser with a small bot: forms, suggestions, checks, hostile texts, keyboard, reconnects."""

from __future__ import annotations

import asyncio
from typing import Any

import discord
import pytest
import pytest_asyncio
from discord import app_commands
from discord.ext import commands

from bot.apis.github import open_github
from bot.repair.publication import Remote
from bot.sandbox.chat_page import ChatPage
from bot.sandbox.discord_connection import connect
from bot.sandbox.discord_messages import Sender
from bot.sandbox.discord_server import DiscordServer
from bot.sandbox.github_server import GitHubServer
from bot.sandbox.workflow_actions import CodexAnswer
from tests.stories.browser_lab import open_browser
from tests.stories.github_lab import push_a_branch

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOKEN = "a-token"
GITHUB_TOKEN = "github_" + "pat_" + "d" * 36
FRUIT = ("apple", "apricot", "banana")


class Form(discord.ui.Modal, title="Open an issue"):
    summary: discord.ui.TextInput[Form] = discord.ui.TextInput(label="Summary", min_length=4, max_length=20)
    detail: discord.ui.TextInput[Form] = discord.ui.TextInput(
        label="Detail", required=False, style=discord.TextStyle.long, default="the last error"
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"opened: {self.summary.value} / {self.detail.value}", ephemeral=True)


class Panel(discord.ui.View):
    @discord.ui.button(label="Fill it in", style=discord.ButtonStyle.primary)
    async def fill(self, interaction: discord.Interaction, _: discord.ui.Button[Any]) -> None:
        await interaction.response.send_modal(Form())

    @discord.ui.button(label="Broken", style=discord.ButtonStyle.danger)
    async def broken(self, interaction: discord.Interaction, _: discord.ui.Button[Any]) -> None: ...

    @discord.ui.button(label="Off", disabled=True)
    async def off(self, interaction: discord.Interaction, _: discord.ui.Button[Any]) -> None: ...

    @discord.ui.select(options=[discord.SelectOption(label="Red", value="r"), discord.SelectOption(label="Blue")])
    async def pick(self, interaction: discord.Interaction, select: discord.ui.Select[Any]) -> None:
        await interaction.response.edit_message(content=f"picked {select.values[0]}")


class Bot(commands.Bot):
    def __init__(self) -> None:
        super().__init__("!", intents=discord.Intents.default(), guild_ready_timeout=0.02)
        self.go_on = asyncio.Event()
        offered: tuple[Any, ...] = (fruit, panel, silent, think, every)
        for command in offered:
            self.tree.add_command(command)

    async def setup_hook(self) -> None:
        await self.tree.sync()


@app_commands.command(description="Eat a fruit.")
async def fruit(interaction: discord.Interaction, name: str, bites: app_commands.Range[int, 1, 9] = 1) -> None:
    await interaction.response.send_message(f"ate {name} in {bites}")


@fruit.autocomplete("name")
async def suggest(_: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=word.title(), value=word) for word in FRUIT if word.startswith(typed.lower())]


@app_commands.command(description="Buttons and a list.")
async def panel(interaction: discord.Interaction) -> None:
    await interaction.response.send_message("panel", view=Panel())


@app_commands.command(description="Never answers.")
async def silent(interaction: discord.Interaction) -> None: ...


@app_commands.command(description="Thinks until it is told to go on.")
async def think(interaction: discord.Interaction[Bot]) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    await interaction.client.go_on.wait()
    await interaction.followup.send("thought")


@app_commands.command(description="Every kind of option.")
@app_commands.choices(level=[app_commands.Choice(name="Low", value=1), app_commands.Choice(name="High", value=2)])
async def every(
    interaction: discord.Interaction,
    level: app_commands.Choice[int],
    loud: bool,
    share: app_commands.Range[float, 0, 1],
    who: discord.Member,
    where: discord.TextChannel | None = None,
    file: discord.Attachment | None = None,
) -> None:
    data = (await file.read()).decode() if file else None
    await interaction.response.send_message(f"{level.value} {loud} {share} {who.name} {where} {data}")


async def answer(request):
    return CodexAnswer(final_message=request.prompt)


@pytest_asyncio.fixture(loop_scope="module")
async def server(tmp_path):
    server = DiscordServer(tmp_path / "discord", token=TOKEN)
    await server.start()
    yield server
    await server.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def github(tmp_path):
    server = GitHubServer(tmp_path / "github", bot_token=GITHUB_TOKEN, stand_in=answer)
    await server.start()
    yield server
    await server.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def bot(server):
    bot = Bot()
    async with connect(server, bot, TOKEN):
        yield bot


@pytest_asyncio.fixture(loop_scope="module")
async def chat(server, github, tmp_path):
    chat = ChatPage(server, github, tmp_path)
    await chat.start()
    yield chat
    await chat.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser():
    """One for all: each test has a page, and with it cookies and a store, of its own."""
    async with open_browser() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser, bot, chat):
    page = await browser.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    await page.goto(chat.address)
    await page.get_by_text("live", exact=True).wait_for()
    yield page
    await page.close()
    assert broken == []


async def use(page, command):
    """Type a command's name and take it from the list."""
    box = page.get_by_label("Message #ledger")
    await box.click()
    await page.keyboard.type(f"/{command}")
    await page.get_by_role("option", name=f"/{command}").wait_for()
    await page.keyboard.press("Tab")
    form = page.get_by_role("form", name=f"Command {command}")
    await form.wait_for()
    return form


async def show_panel(page):
    await use(page, "panel")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Fill it in").wait_for()


async def settled(found, texts):
    """Wait until just these are shown: suggestions come and go while one types."""
    from playwright.async_api import expect

    await expect(found).to_have_text(texts)


async def test_the_bot_suggests_and_the_chosen_value_is_sent(page):
    form = await use(page, "fruit")

    await page.keyboard.type("ap")
    await settled(form.get_by_role("option"), ["Apple", "Apricot"])
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    assert await form.get_by_label("name").input_value() == "Apricot"
    await page.keyboard.press("Enter")

    await page.get_by_text("ate apricot in 1").wait_for()
    assert await form.count() == 0


async def test_options_are_checked_as_one_types_and_nothing_wrong_is_sent(page, server):
    form = await use(page, "fruit")

    await form.get_by_role("button", name="Send").click()
    await form.get_by_text("This option is required.").wait_for()
    await form.get_by_label("name").fill("kiwi")
    await form.get_by_label("bites").fill("12")
    await form.get_by_text("This must be between 1 and 9.").wait_for()
    await form.get_by_label("bites").fill("x")
    await form.get_by_text("This must be a whole number.").wait_for()
    await page.keyboard.press("Enter")
    assert await form.get_by_label("bites").get_attribute("aria-invalid") == "true"
    assert server.person("ada").sees("ledger") == []

    await form.get_by_label("bites").fill("3")
    await page.keyboard.press("Enter")
    await page.get_by_text("ate kiwi in 3").wait_for()


async def test_options_of_every_kind_are_filled_in(page):
    form = await use(page, "every")

    await form.get_by_label("level").select_option(label="High")
    await form.get_by_text("Yes", exact=True).click()
    await form.get_by_label("share").fill("0.5")
    await form.get_by_label("who").select_option(label="@bob")
    await form.get_by_label("where").select_option(label="#ops")
    await form.get_by_label("file").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"bytes"})
    await form.get_by_role("button", name="Send").click()

    await page.get_by_text("2 True 0.5 bob ops bytes").wait_for()
    assert await page.get_by_text("used").count() == 1


async def test_a_form_of_the_bot_is_a_dialog_that_checks_keeps_the_focus_and_is_sent(page):
    await show_panel(page)
    await page.get_by_role("button", name="Fill it in").click()
    dialog = page.get_by_role("dialog", name="Open an issue")
    await dialog.wait_for()

    await page.keyboard.type("abc")
    await page.keyboard.press("Enter")
    await dialog.get_by_text("At least 4 characters are needed.").wait_for()
    assert await dialog.get_by_label("Detail").input_value() == "the last error"
    for _ in range(8):
        await page.keyboard.press("Tab")
        assert await page.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        )
    await dialog.get_by_label("Summary").fill("a comma")
    await dialog.get_by_role("button", name="Submit").click()

    await page.get_by_text("opened: a comma / the last error").wait_for()
    await page.get_by_text("Only you can see this").wait_for()
    assert await dialog.count() == 0


async def test_escape_closes_a_form_and_gives_the_focus_back(page):
    await show_panel(page)
    await page.get_by_role("button", name="Fill it in").press("Enter")
    await page.get_by_role("dialog").wait_for()

    await page.keyboard.press("Escape")
    await page.get_by_role("dialog").wait_for(state="detached")

    assert await page.evaluate("document.activeElement.textContent") == "Fill it in"


async def test_a_click_that_is_not_answered_says_so_at_the_message_and_a_list_is_used(page):
    await show_panel(page)
    assert await page.get_by_role("button", name="Off").is_disabled()

    await page.get_by_role("button", name="Broken").click()
    await page.get_by_text("The application did not respond").wait_for()
    await page.get_by_label("Make a selection").select_option(label="Blue")

    await page.get_by_text("picked Blue").wait_for()
    assert await page.get_by_text("(edited)").count() == 1


async def test_a_command_that_is_not_answered_fails_in_sight_of_its_person(page):
    await use(page, "silent")
    await page.keyboard.press("Enter")

    await page.get_by_text("Sending command").wait_for()
    await page.get_by_text("The application did not respond").wait_for()
    await page.get_by_role("button", name="Dismiss message").click()

    await page.get_by_text("The application did not respond").wait_for(state="detached")
    assert await page.get_by_role("listitem").filter(has_text="silent").count() == 0


async def test_thinking_becomes_the_answer_without_reload_and_is_dismissed(page, bot):
    await use(page, "think")
    await page.keyboard.press("Enter")
    await page.get_by_text("is thinking").wait_for()

    bot.go_on.set()
    await page.get_by_text("thought", exact=True).wait_for()
    await page.get_by_role("button", name="Dismiss message").click()

    await page.get_by_text("thought", exact=True).wait_for(state="detached")
    assert await page.get_by_text("is thinking").count() == 0


async def test_hostile_texts_stay_text(page, server, bot):
    hostile = '<img src=x onerror="document.title=1">**<b>x</b>** [a](javascript:alert(1)) <script>1</script>'
    embed = {"title": hostile, "description": hostile, "fields": [{"name": hostile, "value": hostile}], "color": 255}
    sender = Sender(server.bot.id)
    server.world.messages.create(server.channel("ledger"), sender, {"content": hostile, "embeds": [embed]})
    await server.person("bob").say("ledger", hostile, {"<b>.txt": hostile.encode()})

    await page.get_by_text("onerror").first.wait_for()
    log = page.get_by_role("log")

    assert await log.locator("img, script, b").count() == 0
    assert await log.locator("a[href^=javascript]").count() == 0
    assert "Suture sandbox" in await page.title()


async def open_a_draft(github, tmp_path, told):
    """A branch, pushed by somebody, and its draft pull request on the local GitHub."""
    developer = "dev-" + "z" * 30
    github.add_token(developer, {"contents": "write", "pull_requests": "write"})
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "README.md").write_text("here\n")
    await github.import_tree(tmp_path / "tree", "first")
    await asyncio.to_thread(push_a_branch, Remote(url=github.clone_url, token=developer), tmp_path / "developer")
    async with open_github(github.api_url, developer, github.repo) as api:
        await api.open_draft({**told, "head": "unrelated", "base": "main"})


async def test_a_hostile_pull_request_stays_text(page, github, tmp_path):
    hostile = (
        "<script>document.title = 1</script> <img src=x onerror='document.title=2'> [a](javascript:alert(1)) "
        "<a href=javascript:alert(2) onclick=alert(3)>b</a>"
    )
    body = f"# {hostile}\n\n{hostile}\n\n`{hostile}`\n\n```html\n{hostile}\n```\n"
    await open_a_draft(github, tmp_path, {"title": hostile, "body": body})
    pane = page.get_by_role("complementary", name="Local GitHub")
    await pane.locator(".pull-body pre", has_text="onerror").wait_for(state="attached")

    assert (await pane.locator(".pull-body").text_content()).count("onclick=alert(3)") == 4
    assert await pane.locator("script, img, [onclick], [onerror]").count() == 0
    assert await page.locator("a[href^=javascript]").count() == 0
    assert "Suture sandbox" in await page.title()


async def test_a_click_counts_even_when_news_come_while_the_button_is_down(page, github, tmp_path):
    await open_a_draft(github, tmp_path, {"title": "A draft", "body": "of somebody"})
    await page.add_init_script(
        "EventSource = class extends EventSource { constructor(url) { super(url); window.live = this; } }"
    )
    await page.reload()
    await page.get_by_role("button", name="Ready for review").hover()
    await page.mouse.down()

    await page.evaluate(
        "told = new Promise((tell) => live.addEventListener('message', (e) => e.data.includes('failure') && tell())), 0"
    )
    github.add_check(1, "failure")
    await page.evaluate("told")
    await page.mouse.up()

    await page.get_by_role("button", name="Merge pull request").wait_for()
    assert await page.get_by_text("CI #1").count() == 1


async def test_discords_markdown_is_drawn(page, server):
    text = (
        "**bold** *it* `a*b*c` ||hid|| snake_case_name \\*no\\* <t:1700000000:R> <t:1700000000:T> "
        f"<@{server.person('bob').id}> <#{server.channel('ops').id}> http://127.0.0.1:1/a_b_c.\n"
        "> quoted\n- one\n- two\n-# small\n```py\nx = '**'\n```"
    )
    await server.person("bob").say("ledger", text)
    await page.get_by_text("quoted").wait_for()
    log = page.get_by_role("log")

    drawn = {name: await log.locator(name).all_inner_texts() for name in ("strong", "em", "pre", "blockquote", "li li")}
    assert drawn == {
        "strong": ["bold"],
        "em": ["it"],
        "pre": ["x = '**'"],
        "blockquote": ["quoted"],
        "li li": ["one", "two"],
    }
    assert await log.locator("p code").all_inner_texts() == ["a*b*c"]
    assert await log.locator(".mention").all_inner_texts() == ["@bob", "#ops"]
    assert "snake_case_name *no*" in await log.inner_text()
    assert await log.locator("a").get_attribute("href") == "http://127.0.0.1:1/a_b_c"
    assert "years ago" in await log.locator(".text time").first.inner_text()
    assert "November 2023" in await log.locator(".text time").first.get_attribute("title")


async def test_a_lost_stream_is_said_and_taken_up_again_with_what_was_missed(page, chat, server):
    port = int(chat.url.rpartition(":")[2])
    await chat.stop()
    await page.get_by_text("reconnecting").wait_for()
    await server.person("bob").say("ledger", "while the page was away")

    await chat.start(port)

    await page.get_by_text("while the page was away").wait_for()
    await page.get_by_text("live", exact=True).wait_for()
    assert await page.get_by_text("while the page was away").count() == 1


async def test_unread_channels_and_pings_are_marked_until_they_are_looked_at(page, server):
    bob = server.person("bob")
    await bob.say("general", "hello")
    await bob.say("ops", f"<@{server.person('ada').id}>")
    general, ops = page.get_by_role("link", name="general"), page.get_by_role("link", name="ops")
    await page.get_by_role("link", name="general unread").wait_for()
    await page.get_by_role("link", name="ops 1 mentions").wait_for()

    await general.click()
    await page.get_by_role("heading", name="#general", level=1).wait_for()
    await page.get_by_text("hello", exact=True).wait_for()
    await ops.click()
    await page.get_by_role("heading", name="#ops", level=1).wait_for()

    await page.get_by_role("link", name="general unread").wait_for(state="detached")
    assert await page.locator(".badge").count() == 0
    assert await ops.get_attribute("aria-current") == "page"


@pytest.mark.parametrize("width", [360, 900])
async def test_a_narrow_page_has_drawers_and_scrolls_in_one_direction_alone(page, width):
    await page.set_viewport_size({"width": width, "height": 700})

    await page.get_by_role("button", name="Local GitHub").click()
    await page.get_by_text("Workflow runs").wait_for()
    await page.keyboard.press("Escape")
    await page.locator("#github").wait_for(state="hidden")

    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert await page.evaluate("document.activeElement.getAttribute('aria-label')") == "Local GitHub"


async def test_an_address_of_nobody_leads_back_to_the_ledger(page, chat):
    await page.goto(chat.address + "#zed/nowhere")
    await page.reload()

    await page.get_by_role("heading", name="#ledger", level=1).wait_for()
    assert page.url.endswith("#ada/ledger")
