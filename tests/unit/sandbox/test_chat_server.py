"""The chat page's server: who may speak to it, what it tells to whom, and what it does."""

import asyncio
import json
import re
from contextlib import asynccontextmanager

import httpx
import psutil
import pytest

from bot.sandbox.chat_messages import show_message
from bot.sandbox.chat_page import ASSETS, ChatPage
from bot.sandbox.chat_seat import take_seat
from bot.sandbox.discord_messages import Sender
from bot.sandbox.discord_records import EPHEMERAL, Origin
from bot.sandbox.discord_server import DiscordServer
from bot.sandbox.github_server import GitHubServer
from bot.sandbox.workflow_actions import CodexAnswer
from tests.unit.web.web_lab import KEY, open_web_lab

GITHUB_TOKEN = "github_" + "pat_" + "c" * 36


async def answer(request):
    return CodexAnswer(final_message=request.prompt)


@pytest.fixture
async def discord(tmp_path):
    server = DiscordServer(tmp_path / "discord", token="a-token")
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def github(tmp_path):
    server = GitHubServer(tmp_path / "github", bot_token=GITHUB_TOKEN, stand_in=answer)
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "app.py").write_text("answer = 41\n")
    await server.import_tree(tree, "Start")
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def chat(discord, github, tmp_path):
    page = ChatPage(discord, github, tmp_path)
    await page.start()
    yield page
    await page.stop()


@pytest.fixture
async def browser(chat):
    async with httpx.AsyncClient(base_url=chat.address, headers={"Origin": chat.url}, trust_env=False) as client:
        yield client


def whisper(discord, person, text, files=()):
    """An ephemeral message of the bot to one person in #ledger."""
    origin = Origin(id=discord.state.new_id(), kind=2, user_id=person.id, name="debug_logs")
    payload = {"content": text, "flags": EPHEMERAL}
    channel = discord.channel("ledger")
    return discord.world.messages.create(channel, Sender(discord.bot.id, origin), payload, files)


async def do(browser, deed, **told):
    body = {"who": "ada", "where": "ledger", **told}
    return await browser.post(f"do/{deed}", json=body)


@asynccontextmanager
async def live(browser, who="ada", where="ledger", **more):
    """A reader of the stream's states."""
    async with browser.stream("GET", "live", params={"who": who, "where": where, **more}) as response:
        lines = response.aiter_lines()

        async def read():
            async for line in lines:
                if line.startswith("data: {"):
                    return json.loads(line.removeprefix("data: "))
            raise AssertionError("the stream ended")

        yield read


async def test_every_answer_forbids_foreign_code_frames_and_sniffing(browser):
    for path in ("", "static/main.js", "nothing"):
        response = await browser.get(path)

        assert response.headers["Content-Security-Policy"].startswith("default-src 'self';")
        assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "same-origin"


async def test_the_page_is_at_its_whole_address_alone(chat, browser):
    assert (await browser.get("")).status_code == 200

    for path in ("/", "/wrong-key/", "/wrong-key/live?who=ada&where=ledger", chat.address + "../"):
        assert (await browser.get(httpx.URL(chat.url).join(path))).status_code == 404


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1:1", "[::1]:{port}", ""])
async def test_another_host_name_is_refused(chat, browser, host):
    port = httpx.URL(chat.url).port

    response = await browser.get("", headers={"Host": host.format(port=port)})

    assert response.status_code in (400, 421)
    assert "Suture sandbox" not in response.text


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "https://127.0.0.1:1", "http://127.0.0.1"])
async def test_a_deed_of_another_origin_is_refused(discord, chat, origin):
    headers = {"Origin": origin} if origin else {}
    async with httpx.AsyncClient(base_url=chat.address, headers=headers, trust_env=False) as stranger:
        response = await do(stranger, "say", text="hello")

    assert response.status_code == 403
    assert discord.person("ada").sees("ledger") == []


async def test_a_form_post_is_refused(discord, browser):
    response = await browser.post("do/say", data={"who": "ada", "where": "ledger", "text": "hello"})

    assert response.status_code == 415
    assert discord.person("ada").sees("ledger") == []


async def test_it_listens_on_loopback_alone(chat):
    port = int(chat.url.rpartition(":")[2])

    heard = [each.laddr.ip for each in psutil.Process().net_connections() if each.laddr.port == port]

    assert set(heard) == {"127.0.0.1"}


async def test_the_key_stays_and_only_its_user_reads_it(discord, github, chat, tmp_path):
    assert ChatPage(discord, github, tmp_path)._key == chat._key
    assert len(chat._key) >= 24
    assert (tmp_path / "chat-key").stat().st_mode & 0o777 == 0o600


async def test_a_body_that_is_too_large_is_refused(browser):
    response = await browser.post("do/say", content=b" " * (17 << 20), headers={"Content-Type": "application/json"})

    assert response.status_code == 413


@pytest.mark.parametrize(
    ("deed", "body", "sentence"),
    [
        ("jump", {}, "There is no deed jump"),
        ("say", {"text": 5}, "say: text:"),
        ("say", {"text": "x", "more": 1}, "say: more:"),
        ("click", {"message": "1 OR 1", "button": "x"}, "click: message:"),
        ("say", {"text": "", "files": [{"name": "a", "data": "?"}]}, "not in base64"),
    ],
)
async def test_what_is_no_deed_is_told_so(browser, deed, body, sentence):
    response = await do(browser, deed, **body)

    assert response.status_code == 400
    assert sentence in response.json()["refused"]


@pytest.mark.parametrize(("who", "where"), [("zed", "ledger"), ("suture", "ledger"), ("ada", "none"), ("ada", "../x")])
async def test_a_seat_that_is_not_there_is_not_found(browser, who, where):
    assert (await browser.get("live", params={"who": who, "where": where})).status_code == 404
    assert (await do(browser, "say", who=who, where=where, text="x")).status_code == 404


async def test_a_stream_begins_with_everything_and_then_tells_what_changed(discord, browser):
    async with live(browser) as read:
        first = await read()
        await discord.person("bob").say("ledger", "lunch 12,50")
        second = await read()

    assert {"place", "talk", "commands", "github"} < set(first)
    assert [channel["where"] for channel in first["place"]["channels"]] == ["general", "ledger", "ops", "dm"]
    assert [(each["name"], each["admin"]) for each in first["place"]["people"]] == [("ada", True), ("bob", False)]
    assert "github" not in second
    assert [message["content"] for message in second["talk"]["messages"]] == ["lunch 12,50"]
    assert second["version"] == first["version"] + 1


async def test_a_new_stream_misses_nothing_that_was_said_meanwhile(discord, browser):
    async with live(browser) as read:
        await read()
    await discord.person("bob").say("ledger", "while you were away")
    async with live(browser) as read:
        again = await read()

    assert [message["content"] for message in again["talk"]["messages"]] == ["while you were away"]
    assert again["github"]["repo"] == "suture-lab/suture"


async def test_only_the_newest_messages_come_until_more_are_asked_for(discord, browser):
    for number in range(5):
        await discord.person("bob").say("ledger", str(number))
    async with live(browser, shown="2") as read:
        few = (await read())["talk"]
    async with live(browser, shown="x") as read:
        all_of_them = (await read())["talk"]

    assert ([message["content"] for message in few["messages"]], few["more"]) == (["3", "4"], True)
    assert (len(all_of_them["messages"]), all_of_them["more"]) == (5, False)


async def test_an_ephemeral_message_and_its_file_are_for_one_person_alone(discord, browser):
    from bot.sandbox.discord_calls import Upload

    whisper(discord, discord.person("ada"), "for ada", (Upload(0, "log.txt", "text/plain", b"secret line"),))
    async with live(browser, "ada") as read:
        (seen,) = (await read())["talk"]["messages"]
    async with live(browser, "bob") as read:
        bobs = await read()

    assert (seen["content"], seen["ephemeral"], seen["used"]["command"]) == ("for ada", True, "debug_logs")
    assert bobs["talk"]["messages"] == []
    assert bobs["place"]["channels"][1]["last"] == "0"
    file = await browser.get(seen["files"][0]["address"])
    assert (file.text, file.headers["Content-Type"]) == ("secret line", "application/octet-stream")
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert (await browser.get(seen["files"][0]["address"].replace("/ada/", "/bob/"))).status_code == 404


async def test_a_dismissed_message_goes_at_once(discord, browser):
    message = whisper(discord, discord.person("ada"), "for ada")
    async with live(browser) as read:
        assert len((await read())["talk"]["messages"]) == 1
        assert (await do(browser, "dismiss", message=str(message.id))).json() == {}

        assert (await read())["talk"]["messages"] == []


async def test_a_file_with_a_page_in_it_is_never_sent_as_one(discord, browser):
    await discord.person("bob").say("ledger", "", {"x.html": b"<script>alert(1)</script>", "x.svg": b"<svg/>"})
    async with live(browser) as read:
        (message,) = (await read())["talk"]["messages"]

    for file in message["files"]:
        response = await browser.get(file["address"])
        assert response.headers["Content-Type"] == "application/octet-stream"
        assert "attachment" in response.headers["Content-Disposition"]
        assert not file["image"]


async def test_what_discords_client_refuses_is_told_where_it_belongs(discord, browser):
    long = await do(browser, "say", text="x" * 2001)
    empty = await do(browser, "say", text="  ")
    unknown = await do(browser, "slash", command="debug_logs")
    gone = await do(browser, "submit", interaction="5", texts={})

    assert long.json() == {"refused": "A message has at most 2000 characters, this one has 2001.", "option": None}
    assert "text or a file" in empty.json()["refused"]
    assert unknown.json()["refused"] == "There is no command /debug_logs here."
    assert "not open any more" in gone.json()["refused"]
    assert discord.person("ada").sees("ledger") == []


async def test_files_are_sent_with_a_message(discord, browser):
    await do(browser, "say", text="see", files=[{"name": "a.txt", "data": "aGVsbG8="}])

    (message,) = discord.person("bob").sees("ledger")
    assert [(file.filename, file.read()) for file in message.attachments] == [("a.txt", b"hello")]


async def test_mentions_and_replies_are_told(discord, browser):
    bob = discord.person("bob")
    said = await bob.say("ledger", f"look, <@{discord.person('ada').id}>")
    reference = {"content": "done", "message_reference": {"message_id": str(said.id)}}
    discord.world.messages.create(discord.channel("ledger"), Sender(discord.bot.id), reference)

    async with live(browser, "ada", "general") as read:
        place = (await read())["place"]
    async with live(browser) as read:
        first, second = (await read())["talk"]["messages"]

    assert place["channels"][1]["pings"] == [str(said.id)]
    assert first["pings_me"]
    assert (second["reply"]["author"]["name"], second["reply"]["id"]) == ("bob", str(said.id))


async def test_typing_ends_with_the_message(discord, browser):
    channel = discord.channel("ledger")
    async with live(browser) as read:
        assert not (await read())["talk"]["typing"]
        discord.world.tell("typing", channel_id=channel.id)
        assert (await read())["talk"]["typing"]
        discord.world.messages.create(channel, Sender(discord.bot.id), {"content": "here"})
        assert not (await read())["talk"]["typing"]


async def test_things_of_github_that_are_not_there_are_not_found(browser):
    for path in ("pull/1.diff", "run/1/log", "run/1/artifact/1"):
        assert (await browser.get(path)).status_code == 404


async def test_a_page_that_stops_ends_its_streams_and_frees_its_port(discord, github, tmp_path):
    page = ChatPage(discord, github, tmp_path)
    await page.start()
    async with httpx.AsyncClient(base_url=page.address, trust_env=False) as client, live(client) as read:
        await read()
        await asyncio.wait_for(page.stop(), 5)
    again = ChatPage(discord, github, tmp_path)
    await again.start(int(page.url.rpartition(":")[2]))
    await again.stop()

    assert again.address == page.address


def test_the_pages_own_code_parses_no_html_and_names_no_other_host():
    code = {path.name: path.read_text(encoding="utf-8") for path in ASSETS.iterdir()}
    risky = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|new Function|style=\""
    )
    hosts = re.compile(r"https?://(?!www\.w3\.org/)[\w.]")

    assert "main.js" in code
    assert [name for name, text in code.items() if risky.search(text)] == []
    assert [name for name, text in code.items() if hosts.search(text)] == []
    assert [name for name, text in code.items() if text.count("\n") > 650] == []


async def test_a_fault_of_the_menu_is_ordered_on_the_page(browser, github):
    menu = (await browser.get("faults")).json()

    told = await browser.post("fault", json={"words": "github 500 2"})
    refused = await browser.post("fault", json={"words": "github tea"})
    malformed = await browser.post("fault", json=["github"])

    assert {"service": "github", "name": "500", "words": "a server error"} in menu
    assert told.json() == {"told": "github: a server error, 2 times."}
    assert len(github.faults) == 2
    assert refused.status_code == malformed.status_code == 400
    assert "There is no fault" in refused.json()["refused"]


async def test_a_list_shows_what_the_bot_marked_as_chosen(discord):
    options = [{"value": "INFO", "label": "INFO"}, {"value": "ERROR", "label": "ERROR", "default": True}]
    row = {"type": 1, "components": [{"type": 3, "custom_id": "level", "options": options}]}
    sender = Sender(discord.bot.id, None)
    discord.world.messages.create(discord.channel("ledger"), sender, {"content": "log", "components": [row]}, ())

    (message,) = discord.person("ada").sees("ledger")

    assert show_message(take_seat(discord, "ada", "ledger"), message)["rows"][0][0]["chosen"] == "ERROR"


async def test_the_panel_is_entered_by_one_click_and_no_panel_is_said(browser, chat, tmp_path):
    none = await browser.get("panel")
    async with open_web_lab(tmp_path / "bot") as web:
        chat.panel, chat.panel_key = f"{web.url}/", KEY
        led = await browser.get("panel")
        entered = await browser.get(f"{led.headers['location']}session")
    gone = await browser.get("panel")

    assert none.status_code == 404
    assert led.headers["location"] == f"{web.url}/"
    assert (entered.status_code, entered.json()["right"]) == (200, "admin")
    assert gone.status_code == 302
    assert "set-cookie" not in gone.headers
