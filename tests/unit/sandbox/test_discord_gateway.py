"""The sandbox's gateway as a real client meets it: identify, intents, resume, chunks."""

import asyncio
from typing import Any

import aiohttp
import discord
import pytest
from discord.ext import commands

from bot.sandbox.discord_connection import connect
from bot.sandbox.discord_intents import MESSAGE_CONTENT
from bot.sandbox.discord_server import DiscordServer

TOKEN = "a-token"


@pytest.fixture
async def server(tmp_path):
    server = DiscordServer(tmp_path, token=TOKEN)
    await server.start()
    yield server
    await server.stop()


def a_client(intents: discord.Intents | None = None) -> discord.Client:
    return discord.Client(intents=intents or discord.Intents.all(), guild_ready_timeout=0.02)


def record(client: discord.Client, event: str) -> asyncio.Queue[Any]:
    heard: asyncio.Queue[Any] = asyncio.Queue()

    async def listen(*arguments):
        heard.put_nowait(arguments[0] if arguments else None)

    setattr(client, f"on_{event}", listen)
    return heard


async def soon(queue: asyncio.Queue[Any]):
    return await asyncio.wait_for(queue.get(), 5)


async def test_a_plain_client_and_a_bot_see_the_guild_they_are_in(server):
    for client in (a_client(), commands.Bot("!", intents=discord.Intents.all(), guild_ready_timeout=0.02)):
        async with connect(server, client, TOKEN):
            assert [guild.name for guild in client.guilds] == ["Suture Lab"]
            guild = client.guilds[0]
            assert [channel.name for channel in guild.text_channels] == ["general", "ledger", "ops"]
            assert {member.name for member in guild.members} == {"ada", "bob", "suture"}
            assert guild.owner is not None
            assert guild.owner.name == "ada"
            administrators = {member.name for member in guild.members if member.guild_permissions.administrator}
            assert administrators == {"ada"}
            assert guild.me.id == server.bot.id


async def test_a_wrong_token_cannot_log_in_over_rest(server):
    with pytest.raises(discord.LoginFailure):
        async with connect(server, a_client(), "wrong"):
            pass

    assert server.requests[-1].status == 401


async def test_a_token_that_was_revoked_since_the_login_is_closed_with_4004(server):
    class ForgetfulClient(discord.Client):
        async def setup_hook(self):
            self.http.token = "revoked"

    client = ForgetfulClient(intents=discord.Intents.all())

    with pytest.raises(discord.ConnectionClosed) as closed:
        async with connect(server, client, TOKEN):
            pass

    assert closed.value.code == 4004


async def test_a_privileged_intent_that_the_portal_withholds_is_closed_with_4014(server):
    server.gateway.allowed_intents &= ~MESSAGE_CONTENT

    with pytest.raises(discord.PrivilegedIntentsRequired):
        async with connect(server, a_client(), TOKEN):
            pass


async def test_the_application_tells_which_privileged_intents_are_on(server):
    server.gateway.allowed_intents &= ~MESSAGE_CONTENT
    client = a_client(discord.Intents.default())

    async with connect(server, client, TOKEN):
        flags = (await client.application_info()).flags
        assert flags.gateway_guild_members_limited
        assert not flags.gateway_message_content_limited


async def test_without_the_content_intent_guild_messages_of_others_are_blank(server):
    client = a_client(discord.Intents.default())
    heard = record(client, "message")
    ada = server.person("ada")

    async with connect(server, client, TOKEN):
        await ada.say("general", "secret", {"a.txt": b"a"})
        blank = await soon(heard)
        await ada.say("general", f"hello <@{server.bot.id}>")
        mention = await soon(heard)
        await ada.say(ada.dm, "psst")
        direct = await soon(heard)
        await client.get_partial_messageable(server.channel("general").id).send("mine")
        own = await soon(heard)

    assert (blank.content, blank.attachments) == ("", [])
    assert mention.content == f"hello <@{server.bot.id}>"
    assert direct.content == "psst"
    assert direct.guild is None
    assert own.content == "mine"


async def test_with_the_content_intent_messages_are_whole(server):
    client = a_client()
    heard = record(client, "message")

    async with connect(server, client, TOKEN):
        await server.person("bob").say("general", "lunch 12.50", {"bill.txt": b"12.50"})
        message = await soon(heard)

        assert message.content == "lunch 12.50"
        assert message.author.name == "bob"
        assert message.guild.name == "Suture Lab"
        assert await message.attachments[0].read() == b"12.50"


async def test_without_the_message_intents_nothing_is_heard_of_messages(server):
    intents = discord.Intents(guilds=True)
    client = a_client(intents)
    heard, created = record(client, "message"), record(client, "guild_channel_create")

    async with connect(server, client, TOKEN):
        await server.person("ada").say("general", "hello")
        server.world.add_channel(server.guild(), "new")
        assert (await soon(created)).name == "new"
        assert heard.empty()


async def test_members_come_in_chunks_to_whoever_has_the_members_intent(server):
    for number in range(1100):
        server.add_person(f"crowd{number}")
    intents = discord.Intents(guilds=True, members=True)
    client = a_client(intents)

    async with connect(server, client, TOKEN):
        guild = client.guilds[0]
        assert len(guild.members) == 1103
        assert [member.name for member in await guild.query_members("crowd109", limit=20)] == ["crowd109"] + [
            f"crowd109{digit}" for digit in range(10)
        ]
        assert [m.name for m in await guild.query_members(user_ids=[server.person("bob").id])] == ["bob"]


async def test_without_the_members_intent_only_the_bot_is_known(server):
    client = a_client(discord.Intents.default())

    async with connect(server, client, TOKEN):
        assert [member.name for member in client.guilds[0].members] == ["suture"]
        assert (await client.guilds[0].fetch_member(server.person("bob").id)).name == "bob"


async def test_a_dropped_gateway_is_resumed_and_nothing_is_missed(server):
    client = a_client()
    heard, resumed = record(client, "message"), record(client, "resumed")

    async with connect(server, client, TOKEN):
        await server.drop_gateway(4000)
        await server.person("ada").say("general", "while you were out")
        await soon(resumed)

        assert (await soon(heard)).content == "while you were out"
        assert server.gateway.identify_count == 1


async def test_a_session_that_the_gateway_forgot_is_identified_anew(server):
    class HastyClient(discord.Client):
        async def before_identify_hook(self, shard_id, *, initial=False): ...  # the library's waits five seconds

    client = HastyClient(intents=discord.Intents.all(), guild_ready_timeout=0.02)

    async with connect(server, client, TOKEN):
        server.gateway.invalidate()
        await server.world.events.wait_for(lambda: server.gateway.identify_count == 2 or None, "A second identify")
        await server.wait_until_connected()
        assert [guild.name for guild in client.guilds] == ["Suture Lab"]


async def test_a_reconnect_request_is_followed(server):
    client = a_client()
    resumed = record(client, "resumed")

    async with connect(server, client, TOKEN):
        server.gateway.request_reconnect()
        await soon(resumed)
        assert server.gateway.identify_count == 1


async def test_heartbeats_are_acknowledged_until_a_test_mutes_them(server):
    async with aiohttp.ClientSession() as session, session.ws_connect(server.gateway_url) as socket:
        hello = await socket.receive_json()
        assert hello["op"] == 10
        assert hello["d"]["heartbeat_interval"] == server.gateway.heartbeat_interval_ms

        await socket.send_json({"op": 1, "d": None})
        assert (await socket.receive_json())["op"] == 11

        server.gateway.acknowledges_heartbeats = False
        await socket.send_json({"op": 1, "d": None})
        await socket.send_json({"op": 6, "d": {"token": TOKEN, "session_id": "unknown", "seq": 3}})
        assert await socket.receive_json() == {"op": 9, "d": False, "s": None, "t": None}


async def test_a_payload_that_is_no_json_is_closed_with_4002(server):
    async with aiohttp.ClientSession() as session, session.ws_connect(server.gateway_url) as socket:
        await socket.receive_json()
        await socket.send_str("{")
        closed = await socket.receive()
        assert (closed.type, closed.data) == (aiohttp.WSMsgType.CLOSE, 4002)


async def test_joining_and_leaving_are_told(server):
    client = a_client()
    joined, left = record(client, "member_join"), record(client, "member_remove")
    guild_joined, guild_left = record(client, "guild_join"), record(client, "guild_remove")

    async with connect(server, client, TOKEN):
        carol = server.add_person("carol")
        assert (await soon(joined)).name == "carol"
        server.world.remove_member(server.guild(), carol.user)
        assert (await soon(left)).name == "carol"
        server.add_bot_to_guild("Elsewhere")
        assert (await soon(guild_joined)).name == "Elsewhere"
        server.world.remove_member(server.guild("Elsewhere"), server.bot)
        assert (await soon(guild_left)).name == "Elsewhere"


async def test_two_processes_of_the_bot_hear_the_same(server):
    first, second = a_client(), a_client()
    heard = record(first, "message"), record(second, "message")

    async with connect(server, first, TOKEN), connect(server, second, TOKEN):
        await server.person("ada").say("general", "both?")
        assert [(await soon(queue)).content for queue in heard] == ["both?", "both?"]


async def test_the_event_stream_tells_of_connections_and_messages(server):
    with server.subscribe() as events:
        async with connect(server, a_client(), TOKEN):
            await server.person("ada").say("general", "hello")
        seen = [(await asyncio.wait_for(anext(events), 5)).kind for _ in range(3)]

    assert seen == ["bot_connected", "message_created", "bot_disconnected"]
