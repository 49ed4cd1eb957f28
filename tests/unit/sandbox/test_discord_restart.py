"""The sandbox's Discord comes back from its directory as it was, whenever its process was ended."""

import json
import subprocess
import sys

import discord
import pytest

from bot.sandbox.discord_connection import connect
from bot.sandbox.discord_log import COMPACT_FROM
from bot.sandbox.discord_messages import Sender
from bot.sandbox.discord_server import DiscordServer
from bot.sandbox.discord_state import State, read_utc_clock

TOKEN = "a-token"


class HastyClient(discord.Client):
    async def before_identify_hook(self, shard_id, *, initial=False): ...  # the library's waits five seconds


async def started(directory, port=0):
    server = DiscordServer(directory, token=TOKEN)
    await server.start(port)
    return server


async def test_everything_is_there_again_on_the_same_port(tmp_path):
    first = await started(tmp_path)
    port = first.port
    carol = first.add_person("carol")
    said = await carol.say("ledger", "lunch 12.50", {"bill.txt": b"12.50"})
    await first.stop()

    second = await started(tmp_path, port)
    client = discord.Client(intents=discord.Intents.all(), guild_ready_timeout=0.02)
    async with connect(second, client, TOKEN):
        [message] = [message async for message in client.get_partial_messageable(said.channel_id).history()]
        assert (message.id, message.content, message.author.name) == (said.id, "lunch 12.50", "carol")
        assert await message.attachments[0].read() == b"12.50"
    assert second.url == first.url
    assert second.bot == first.bot
    assert second.state.new_id() > said.id
    await second.stop()


async def test_a_taken_port_is_an_error_and_another_may_be_tried(tmp_path):
    first = await started(tmp_path / "first")
    second = DiscordServer(tmp_path / "second", token=TOKEN)

    with pytest.raises(OSError, match="address already in use"):
        await second.start(first.port)
    await second.start()

    assert second.port not in (0, first.port)
    await second.stop()
    await first.stop()


async def test_registered_commands_and_direct_messages_stay(tmp_path):
    first = await started(tmp_path)
    client = discord.Client(intents=discord.Intents.none(), guild_ready_timeout=0.02)
    tree = discord.app_commands.CommandTree(client)

    @tree.command(description="d")
    async def look(interaction: discord.Interaction) -> None: ...

    async with connect(first, client, TOKEN):
        await tree.sync()
    dm = first.person("ada").dm
    await first.stop()
    second = await started(tmp_path)

    assert [command.name for command in second.person("ada").commands()] == ["look"]
    assert second.person("ada").dm == dm
    await second.stop()


async def test_a_bot_that_outlives_the_server_comes_back_to_the_next_one(tmp_path, monkeypatch):
    monkeypatch.setattr("discord.backoff.ExponentialBackoff.delay", lambda _: 0.01)
    first = await started(tmp_path)
    port = first.port
    client = HastyClient(intents=discord.Intents.all(), guild_ready_timeout=0.02)

    async with connect(first, client, TOKEN):
        await first.stop()
        second = await started(tmp_path, port)
        await second.wait_until_connected()
        assert second.gateway.identify_count == 1
    await second.stop()


def test_a_line_cut_short_by_a_kill_is_dropped_and_writing_goes_on(tmp_path):
    server = DiscordServer(tmp_path, token=TOKEN)
    server.add_person("carol")
    server.state.close()
    log = tmp_path / "records.jsonl"
    whole = log.read_bytes()
    last = whole.splitlines(keepends=True)[-1]

    for cut in range(1, len(last)):
        log.write_bytes(whole[:-cut])
        again = DiscordServer(tmp_path, token=TOKEN)
        assert again.state.members.get(again.guild().id, again.person("carol").id) is None
        again.add_person("dora")
        again.state.close()
        assert DiscordServer(tmp_path, token=TOKEN).person("dora").name == "dora"


def test_a_world_whose_making_was_cut_short_is_made_anew(tmp_path):
    server = DiscordServer(tmp_path, token=TOKEN)
    server.state.close()
    log = tmp_path / "records.jsonl"
    log.write_bytes(log.read_bytes()[:-10])

    again = DiscordServer(tmp_path, token=TOKEN)

    assert {guild.name for guild in again.state.guilds} == {"Suture Lab", "Elsewhere"}
    assert again.person("bob").name == "bob"


def test_a_long_history_is_made_short_without_losing_anything(tmp_path):
    server = DiscordServer(tmp_path, token=TOKEN)
    general = server.channel("general")
    message = server.world.messages.create(general, Sender(server.bot.id), {"content": "0"})
    for number in range(COMPACT_FROM):
        message = server.world.messages.edit(message, {"content": str(number)})
    server.state.close()
    before = len((tmp_path / "records.jsonl").read_bytes().splitlines())

    again = DiscordServer(tmp_path, token=TOKEN)

    assert len((tmp_path / "records.jsonl").read_bytes().splitlines()) < 50 < before
    assert again.state.messages.get(message.id) == message
    again.world.messages.edit(message, {"content": "after"})
    again.state.close()
    [read] = State(tmp_path, read_utc_clock).list_messages(general.id)
    assert read.content == "after"


WRITER = """
import sys
from pathlib import Path
from bot.sandbox.discord_messages import Sender
from bot.sandbox.discord_server import DiscordServer
server = DiscordServer(Path(sys.argv[1]), token="t")
general = server.channel("general")
number = 0
while True:
    message = server.world.messages.create(general, Sender(server.bot.id), {"content": str(number)})
    print(message.id, flush=True)
    number += 1
"""


@pytest.mark.parametrize("lines", [1, 7, 40])
def test_what_was_answered_before_a_kill_is_kept(tmp_path, lines):
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    answered = [int(writer.stdout.readline()) for _ in range(lines)]
    writer.kill()
    rest, _ = writer.communicate()
    answered += [int(line) for line in rest.split("\n")[:-1]]

    server = DiscordServer(tmp_path, token=TOKEN)

    kept = [message.id for message in server.state.list_messages(server.channel("general").id)]
    assert kept[: len(answered)] == answered
    assert len(kept) - len(answered) <= 1
    for line in (tmp_path / "records.jsonl").read_bytes().splitlines():
        assert set(json.loads(line)) == {"put", "drop"}
