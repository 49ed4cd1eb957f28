"""Promise: one line puts Suture into a bot that is there already, and it leaves nothing behind when it goes."""

import asyncio
import logging
from contextlib import asynccontextmanager

import discord
import pytest
from discord.ext import commands

from bot.app import install
from bot.cogs.face import FACES
from bot.cogs.installation import CannotInstall
from bot.cogs.invalid_requests import LIMIT, SendingPaused, counted
from bot.events.catalog import PipelineTimeout
from bot.healing.host import Action
from bot.healing.playbook import Playbook
from bot.sandbox.discord_connection import redirect_discord
from examples.commands_bot import YourBot
from examples.plain_client import YourClient
from tests.stories.lab import TOKEN, open_discord, wait_until_logged_in, wait_until_synced


@pytest.fixture
def settings(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STATE_DIR", str(tmp_path / "state"))
    return monkeypatch.setenv


@asynccontextmanager
async def running(client, discord_server, settings):
    """The client connected to the local Discord, ada being the admin."""
    settings("DEBUG_ADMINS", str(discord_server.person("ada").id))
    async with running_bare(client, discord_server):
        await wait_until_synced(discord_server)
        yield


@asynccontextmanager
async def running_bare(client, discord_server):
    """Any client, connected to the local Discord."""
    with redirect_discord(discord_server):
        living = asyncio.create_task(client.start(TOKEN))
        try:
            await wait_until_logged_in(client)
            await client.wait_until_ready()
            yield
        finally:
            await client.close()
            await asyncio.gather(living, return_exceptions=True)


def make_bot() -> YourBot:
    bot = YourBot(command_prefix="!", intents=discord.Intents.default())

    @bot.tree.command(description="Say hello")
    async def hello(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("Hello!")

    return bot


async def test_refused_requests_of_another_bot_are_counted_while_suture_is_in_it(tmp_path, settings):
    async with open_discord(tmp_path) as server:
        bot = commands.Bot(command_prefix="!", intents=discord.Intents.default())

        async def refusal():
            server.faults.refuse_next("POST", "/channels/[0-9]+/messages$", 50013)
            with pytest.raises(discord.Forbidden):
                await bot.get_partial_messageable(server.channel("ops").id).send("hello")

        async with running_bare(bot, server):
            async with counted(bot) as refused:
                await asyncio.sleep(0)
                await refusal()
                assert refused.count == 1
                for _ in range(LIMIT):
                    refused.note(403)
                with pytest.raises(SendingPaused):
                    await bot.get_partial_messageable(server.channel("ops").id).send("hello")

            await refusal()
            assert refused.count == LIMIT + 1


@pytest.mark.parametrize("make", [make_bot, YourClient])
async def test_the_examples_answer_the_debug_commands(tmp_path, settings, make):
    async with open_discord(tmp_path) as server:
        client = make()
        async with running(client, server, settings):
            reply = await (await server.person("ada").slash("debug_status", channel="ops")).done()
            assert reply.messages[0].embeds[0]["title"] == "Suture status"
            refused = await (await server.person("bob").slash("debug_logs", channel="ops", force=True)).done()
            assert "Not authorized" in refused.content
            if isinstance(client, commands.Bot):
                own = await (await server.person("bob").slash("hello", channel="ops")).done()
                assert own.content == "Hello!"
        if isinstance(client, commands.Bot):
            assert client not in FACES


async def test_loaded_and_unloaded_again_and_again_it_leaves_nothing_behind(tmp_path, settings):
    async with open_discord(tmp_path) as server:
        bot = make_bot()
        async with running(bot, server, settings):
            await bot.unload_extension("bot.app")
            before = (list(logging.getLogger().handlers), len(asyncio.all_tasks()), len(bot.tree.get_commands()))
            for _ in range(100):
                await bot.load_extension("bot.app")
                await bot.unload_extension("bot.app")

            after = (list(logging.getLogger().handlers), len(asyncio.all_tasks()), len(bot.tree.get_commands()))
            assert after == before
            assert not bot._connection._view_store._dynamic_items
            assert bot not in FACES


async def test_a_client_with_a_command_of_the_same_name_is_told_so(tmp_path, settings):
    async with open_discord(tmp_path), discord.Client(intents=discord.Intents.default()) as client:
        tree = discord.app_commands.CommandTree(client)

        @tree.command(description="mine")
        async def debug_logs(interaction: discord.Interaction) -> None:
            await interaction.response.send_message("mine")

        with pytest.raises(CannotInstall, match="debug_logs"):
            async with install(client, tree):
                pass


async def test_installing_twice_is_refused(tmp_path, settings):
    async with discord.Client(intents=discord.Intents.default()) as client:
        tree = discord.app_commands.CommandTree(client)
        async with install(client, tree):
            with pytest.raises(CannotInstall, match="already"):
                async with install(client, tree):
                    pass
        assert tree.get_commands() == []


async def test_a_refused_second_installation_takes_nothing_from_the_first(tmp_path, settings):
    secret = "sk-" + "a1B2c3D4" * 6
    settings("OPENAI_API_KEY", secret)
    async with discord.Client(intents=discord.Intents.default()) as client:
        tree = discord.app_commands.CommandTree(client)
        async with install(client, tree):
            with pytest.raises(CannotInstall):
                async with install(client, tree):
                    pass
            logging.getLogger("bot.trial").warning("still here: %s", f"x{secret}")

            (line,) = FACES[client].handler.lines(contains="still here")
            assert secret not in line


async def test_a_bot_that_suture_lives_in_adds_a_playbook_of_its_own(tmp_path, settings):
    done = []

    async def restart_worker(facts):
        done.append(facts["pipeline"])
        return "The worker was restarted."

    async with discord.Client(intents=discord.Intents.default()) as client:
        tree = discord.app_commands.CommandTree(client)
        async with install(client, tree) as suture:
            suture.healing.host.register("restart_worker", Action(does="restart it", act=restart_worker))
            suture.healing.engine.shelf.add(
                Playbook(id="worker", title="Restart it", kind="retry", steps=("restart_worker",), errors=("timeout",))
            )
            await suture.bus.publish(PipelineTimeout(pipeline="renderer", seconds=61))
            for _ in range(500):
                if done:
                    break
                await asyncio.sleep(0.02)

    assert done == ["renderer"]
