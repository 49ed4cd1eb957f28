"""Registering application commands, with Discord's limits on them."""

import discord
import httpx
import pytest
from discord import app_commands

from bot.sandbox.discord_connection import connect
from bot.sandbox.discord_server import DiscordServer

TOKEN = "a-token"


@pytest.fixture
async def server(tmp_path):
    server = DiscordServer(tmp_path, token=TOKEN)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def rest(server):
    base = f"{server.api_url}/applications/{server.bot.id}"
    async with httpx.AsyncClient(base_url=base, headers={"Authorization": f"Bot {TOKEN}"}) as client:
        yield client


def a_command(name="look", **changes):
    return {"name": name, "description": "d"} | changes


def an_option(name="word", **changes):
    return {"name": name, "description": "d", "type": 3} | changes


def choices(count, value="v"):
    return [{"name": "n", "value": value}] * count


REFUSED = {
    "no name": a_command(None),
    "an upper-case name": a_command("Look"),
    "a name with a space": a_command("look here"),
    "a long name": a_command("x" * 33),
    "no description": a_command(description=""),
    "a long description": a_command(description="x" * 101),
    "an unknown type": a_command(type=9),
    "a described context menu": a_command("Look", type=2),
    "26 options": a_command(options=[an_option(f"o{n}") for n in range(26)]),
    "two options of one name": a_command(options=[an_option(), an_option()]),
    "a required option behind a free one": a_command(options=[an_option(), an_option("b", required=True)]),
    "an option without description": a_command(options=[an_option(description="")]),
    "an option of an unknown type": a_command(options=[an_option(type=12)]),
    "26 choices": a_command(options=[an_option(choices=choices(26))]),
    "a long choice": a_command(options=[an_option(choices=choices(1, "x" * 101))]),
    "a choice of the wrong type": a_command(options=[an_option(choices=choices(1, 5))]),
    "a text choice of a number": a_command(options=[an_option(type=4, choices=choices(1, "5"))]),
    "choices of a user": a_command(options=[an_option(type=6, choices=choices(1))]),
    "choices and autocomplete": a_command(options=[an_option(choices=choices(1), autocomplete=True)]),
    "a range of a text": a_command(options=[an_option(min_value=1)]),
    "too many characters": a_command(
        options=[an_option(f"o{n}", description="x" * 100, choices=choices(4, "x" * 99)) for n in range(20)]
    ),
    "a group in a sub-command": a_command(options=[an_option(type=1, options=[an_option(type=2)])]),
}


@pytest.mark.parametrize("row", REFUSED)
async def test_a_command_beyond_a_limit_is_refused(server, rest, row):
    answer = await rest.post("/commands", json=REFUSED[row])

    assert (answer.status_code, answer.json()["code"]) == (400, 50035)
    assert answer.json()["errors"]
    assert (await rest.get("/commands")).json() == []


@pytest.mark.parametrize(
    "command",
    [
        a_command("x" * 32, description="x" * 100),
        a_command("größe-1_b"),
        a_command("Look", type=3, description=""),
        a_command(options=[an_option("a", required=True), an_option("b", choices=choices(25))]),
        a_command(options=[an_option(type=2, options=[an_option(type=1, options=[an_option()])])]),
    ],
)
async def test_a_command_at_a_limit_is_taken(server, rest, command):
    answer = await rest.post("/commands", json=command)

    assert answer.status_code == 201
    assert answer.json()["name"] == command["name"]


async def test_an_overwrite_names_the_faulty_command_and_changes_nothing(server, rest):
    await rest.post("/commands", json=a_command("kept"))

    errors = (await rest.put("/commands", json=[a_command(), a_command("Bad"), a_command()])).json()["errors"]

    assert errors["1"]["name"]["_errors"][0]["code"] == "APPLICATION_COMMAND_INVALID_NAME"
    assert errors["2"]["_errors"][0]["code"] == "APPLICATION_COMMANDS_DUPLICATE_NAME"
    assert [command["name"] for command in (await rest.get("/commands")).json()] == ["kept"]


async def test_an_overwrite_keeps_the_ids_of_what_stays_and_drops_the_rest(server, rest):
    first = {c["name"]: c for c in (await rest.put("/commands", json=[a_command("a"), a_command("b")])).json()}
    changed = a_command("b", description="changed")
    second = {c["name"]: c for c in (await rest.put("/commands", json=[changed, a_command("c")])).json()}

    assert second["b"]["id"] == first["b"]["id"]
    assert second["b"]["version"] != first["b"]["version"]
    assert (await rest.get(f"/commands/{first['a']['id']}")).json()["code"] == 10063


async def test_there_are_at_most_a_hundred_commands(server, rest):
    full = [a_command(f"c{number}") for number in range(100)]
    assert (await rest.put("/commands", json=full)).status_code == 200

    one_more = await rest.post("/commands", json=a_command())
    all_at_once = await rest.put("/commands", json=[*full, a_command()])

    assert [(answer.status_code, answer.json()["code"]) for answer in (one_more, all_at_once)] == [(400, 30032)] * 2
    assert (await rest.post("/commands", json=a_command("c5", description="again"))).status_code == 200


async def test_a_command_is_edited_and_deleted(server, rest):
    created = (await rest.post("/commands", json=a_command())).json()

    edited = await rest.patch(f"/commands/{created['id']}", json={"description": "new"})
    deleted = await rest.delete(f"/commands/{created['id']}")

    assert (edited.json()["description"], edited.json()["id"]) == ("new", created["id"])
    assert deleted.status_code == 204
    assert (await rest.get("/commands")).json() == []


async def test_a_client_syncs_globally_and_for_its_guild_and_reads_it_back(server):
    client = discord.Client(intents=discord.Intents.none(), guild_ready_timeout=0.02)
    tree = app_commands.CommandTree(client)
    home = discord.Object(server.guild().id)

    @tree.command(description="global")
    @app_commands.default_permissions(administrator=True)
    @app_commands.describe(lines="how many")
    async def everywhere(interaction: discord.Interaction, lines: app_commands.Range[int, 1, 9] = 3) -> None: ...

    @tree.command(description="guild", guild=home)
    async def here(interaction: discord.Interaction) -> None: ...

    async with connect(server, client, TOKEN):
        await tree.sync()
        await server.wait_until_commands()
        await tree.sync(guild=home)
        [read] = await tree.fetch_commands()
        [own] = await tree.fetch_commands(guild=home)

    assert read.default_member_permissions == discord.Permissions(administrator=True)
    [option] = read.options
    assert isinstance(option, app_commands.Argument)
    assert (option.name, option.description, option.min_value, option.max_value) == ("lines", "how many", 1, 9)
    assert own.guild_id == home.id
    assert [command["name"] for command in server.list_commands()] == ["everywhere", "here"]
    assert [command.name for command in server.person("ada").commands()] == ["here", "everywhere"]
    assert [command.name for command in server.person("bob").commands()] == ["here"]
    assert [command.name for command in server.person("ada").commands(server.person("ada").dm)] == ["everywhere"]


async def test_a_failed_sync_tells_the_client_what_is_wrong(server):
    client = discord.Client(intents=discord.Intents.none(), guild_ready_timeout=0.02)
    tree = app_commands.CommandTree(client)

    @tree.command(description="x" * 101)
    async def wordy(interaction: discord.Interaction) -> None: ...

    async with connect(server, client, TOKEN):
        with pytest.raises(app_commands.CommandSyncFailure, match="Must be between 1 and 100 in length"):
            await tree.sync()
