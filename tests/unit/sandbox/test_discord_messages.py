"""Messages of bots and people: history, files, mentions, threads, direct messages."""

import asyncio
import io

import discord
import pytest

from bot.sandbox.discord_connection import connect
from bot.sandbox.discord_permissions import READ_MESSAGE_HISTORY, SEND_MESSAGES, VIEW_CHANNEL
from bot.sandbox.discord_records import Overwrite
from bot.sandbox.discord_server import DiscordServer
from bot.sandbox.discord_slash import ClientRefused

TOKEN = "a-token"


@pytest.fixture
async def server(tmp_path):
    server = DiscordServer(tmp_path, token=TOKEN)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def client(server):
    client = discord.Client(intents=discord.Intents.all(), guild_ready_timeout=0.02)
    async with connect(server, client, TOKEN):
        yield client


@pytest.fixture
def general(server, client):
    return client.get_channel(server.channel("general").id)


async def test_a_message_is_sent_edited_and_deleted_before_everybodys_eyes(server, general):
    embed = discord.Embed(title="Status", description="green").set_image(url="attachment://chart.png")
    file = discord.File(io.BytesIO(b"png"), "chart.png", description="errors per minute")

    sent = await general.send("hello", embed=embed, file=file)
    [seen] = server.person("bob").sees("general")
    assert (seen.content, seen.author.name, seen.edited_at) == ("hello", "suture", None)
    assert seen.embeds[0]["title"] == "Status"
    assert seen.embeds[0]["image"]["url"] == seen.attachments[0].url
    assert seen.attachments[0].read() == await sent.attachments[0].read() == b"png"
    assert seen.attachments[0].description == sent.attachments[0].description == "errors per minute"

    await sent.edit(content="changed", attachments=[])
    [seen] = server.person("bob").sees("general")
    assert (seen.content, seen.attachments) == ("changed", ())
    assert seen.edited_at is not None

    await sent.delete()
    assert server.person("bob").sees("general") == []


async def test_an_edit_keeps_the_files_it_names_and_adds_new_ones(server, general):
    files = [discord.File(io.BytesIO(name.encode()), f"{name}.txt") for name in ("one", "two")]
    sent = await general.send("files", files=files)

    await sent.edit(attachments=[sent.attachments[1], discord.File(io.BytesIO(b"three"), "three.txt")])

    [seen] = server.person("ada").sees("general")
    assert [(file.filename, file.read()) for file in seen.attachments] == [("two.txt", b"two"), ("three.txt", b"three")]


async def test_history_comes_in_pages_newest_first(server, general):
    ada = server.person("ada")
    said = [await ada.say("general", f"message {number}") for number in range(120)]

    everything = [message.content async for message in general.history(limit=None)]
    after = [m.content async for m in general.history(after=discord.Object(said[117].id))]
    around = [m.content async for m in general.history(around=discord.Object(said[50].id), limit=3)]

    assert everything == [message.content for message in reversed(said)]
    assert after == ["message 118", "message 119"]
    assert sorted(around) == ["message 49", "message 50", "message 51"]
    assert (await general.fetch_message(said[5].id)).content == "message 5"


async def test_without_the_history_permission_history_is_empty(server, general):
    await server.person("ada").say("general", "before")
    deny = Overwrite(id=server.bot.id, is_member=True, deny=READ_MESSAGE_HISTORY)
    server.world.set_overwrite(server.channel("general"), deny)

    assert [message async for message in general.history()] == []


@pytest.mark.parametrize(
    ("text", "allowed", "pinged"),
    [
        ("{ada} {bob}", None, ("ada", "bob")),
        ("@everyone {role}", None, ("@Admin", "@everyone")),
        ("@here", None, ("@everyone",)),
        ("@everyone {ada} {role}", discord.AllowedMentions.none(), ()),
        ("{ada} {bob}", discord.AllowedMentions(users=[discord.Object(2)]), ()),
        ("@everyone {ada}", discord.AllowedMentions(everyone=False), ("ada",)),
        ("{role}", discord.AllowedMentions(roles=False), ()),
        ("<@123> nobody", None, ()),
        ("{ada} {ada}", None, ("ada",)),
        ("mail@everyone.example", discord.AllowedMentions(everyone=False), ()),
    ],
)
async def test_mentions_ping_only_whom_they_may(server, general, text, allowed, pinged):
    role = server.state.list_roles(server.guild().id)[1]
    names = {name: server.person(name).user.mention for name in ("ada", "bob")} | {"role": f"<@&{role.id}>"}

    await general.send(text.format(**names), allowed_mentions=allowed)

    assert server.person("ada").sees("general")[-1].pinged == pinged


async def test_a_reply_pings_its_target_unless_told_not_to(server, client, general):
    ada = server.person("ada")
    said = await ada.say("general", "question")
    message = await general.fetch_message(said.id)

    loud = await message.reply("answer")
    quiet = await message.reply("answer", mention_author=False)

    assert loud.reference.message_id == said.id
    assert loud.reference.resolved.content == "question"
    assert [seen.pinged for seen in ada.sees("general")[1:]] == [("ada",), ()]
    assert quiet.type is discord.MessageType.reply


async def test_everyone_is_not_pinged_without_the_permission(server, general):
    server.state.write(
        server.state.roles.get(server.guild().id).model_copy(update={"permissions": VIEW_CHANNEL | SEND_MESSAGES})
    )

    await general.send("@everyone")

    assert server.person("ada").sees("general")[-1].pinged == ()


async def test_direct_messages_go_both_ways(server, client):
    ada = server.person("ada")
    heard = asyncio.create_task(client.wait_for("message", check=lambda message: message.author.id == ada.id))
    await asyncio.sleep(0)

    await (await client.fetch_user(ada.id)).send("hello ada")
    await ada.say(ada.dm, "hello bot")

    assert (await asyncio.wait_for(heard, 5)).content == "hello bot"
    assert [(message.author.name, message.content) for message in ada.sees(ada.dm)] == [
        ("suture", "hello ada"),
        ("ada", "hello bot"),
    ]
    assert server.person("bob").sees(ada.dm) == []


async def test_a_thread_grows_from_a_message(server, client, general):
    sent = await general.send("card")

    thread = await sent.create_thread(name="incident inc_1")
    await thread.send("in the thread")

    assert client.get_channel(thread.id) is not None
    assert [seen.content for seen in server.person("bob").sees("incident inc_1")] == ["in the thread"]
    await server.person("bob").say(server.channel("incident inc_1"), "me too")
    assert [message.content async for message in thread.history()] == ["me too", "in the thread"]
    with pytest.raises(discord.HTTPException) as again:
        await sent.create_thread(name="twice")
    assert again.value.code == 160004


async def test_the_same_nonce_makes_one_message(server, general):
    first = await general.send("once", nonce="n1")
    second = await general.send("once", nonce="n1")

    assert first.id == second.id
    assert len(server.person("ada").sees("general")) == 1


async def test_people_do_not_see_and_write_where_they_may_not(server, client):
    ops = server.channel("ops")
    server.world.set_overwrite(ops, Overwrite(id=server.guild().id, deny=VIEW_CHANNEL))
    ada, bob = server.person("ada"), server.person("bob")
    await ada.say("ops", "secret")

    assert [message.content for message in ada.sees("ops")] == ["secret"]
    assert bob.sees("ops") == []
    with pytest.raises(ClientRefused, match=r"bob may not write in #ops\."):
        await bob.say("ops", "let me in")
    with pytest.raises(ClientRefused, match="at most 2000 characters, this one has 2001"):
        await ada.say("ops", "x" * 2001)
    with pytest.raises(ClientRefused, match=r"big\.bin is larger than 10 MiB\."):
        await ada.say("ops", "", {"big.bin": bytes(10 * 1024 * 1024 + 1)})


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("a b.txt", "a_b.txt"), ("../../etc/passwd", "passwd"), ("täst.log", "t_st.log"), ("...", "file")],
)
async def test_file_names_are_kept_as_discord_keeps_them(server, client, sent, kept):
    message = await server.person("ada").say("general", "", {sent: b"x"})

    assert message.attachments[0].filename == kept


async def test_typing_is_told_to_the_stream(server, general):
    with server.subscribe() as events:
        await general.typing()
        event = await asyncio.wait_for(anext(events), 5)

    assert (event.kind, event.channel_id) == ("typing", general.id)


async def test_the_journal_says_what_the_bot_sent_without_its_token(server, general):
    with pytest.raises(discord.HTTPException):
        await general.send("x" * 2001)
    await general.send("y", file=discord.File(io.BytesIO(b"abc"), "a.txt"))

    refused, sent = server.requests[-2:]
    path = f"/channels/{general.id}/messages"
    assert (refused.method, refused.path, refused.status) == ("POST", path, 400)
    assert (sent.status, sent.body.endswith("with files a.txt (3 bytes)")) == (200, True)
    assert TOKEN not in repr(server.requests)


async def test_a_queued_fault_answers_once_in_the_place_of_discord(server, general):
    server.faults.answer_next(
        "POST", r"/channels/\d+/messages$", 403, {"message": "Missing Permissions", "code": 50013}
    )
    server.faults.answer_next("POST", r"/typing$", 400, "<h1>broken</h1>")

    with pytest.raises(discord.Forbidden) as refused:
        await general.send("first")
    with pytest.raises(discord.HTTPException) as broken:
        await general.typing()
    await general.send("second")

    assert refused.value.code == 50013
    assert broken.value.text == "<h1>broken</h1>"
    assert [message.content for message in server.person("ada").sees("general")] == ["second"]


async def test_a_queued_rate_limit_is_waited_out_by_the_client(server, general):
    body = {"message": "You are being rate limited.", "retry_after": 0.01, "global": False}
    server.faults.answer_next("POST", r"/channels/\d+/messages$", 429, body, {"Via": "1.1 sandbox"})

    await general.send("patience")

    assert [message.content for message in server.person("ada").sees("general")] == ["patience"]
    assert [request.status for request in server.requests[-2:]] == [429, 200]
