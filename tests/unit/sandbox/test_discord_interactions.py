"""Slash commands, buttons, modals and autocomplete between people and a real bot."""

from __future__ import annotations

import asyncio
import datetime
import io
import re
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from bot.sandbox.discord_clock import JumpingClock
from bot.sandbox.discord_connection import connect
from bot.sandbox.discord_reply import NoAnswerError
from bot.sandbox.discord_server import DiscordServer
from bot.sandbox.discord_slash import ClientRefused

TOKEN = "a-token"
Button = discord.ui.Button[Any]


@pytest.fixture
def clock():
    return JumpingClock()


@pytest.fixture
async def server(tmp_path, clock):
    server = DiscordServer(tmp_path, token=TOKEN, clock=clock)
    await server.start()
    yield server
    await server.stop()


class Approve(discord.ui.DynamicItem[Button], template=r"approve:(?P<order>\d+)"):
    def __init__(self, order: int) -> None:
        super().__init__(discord.ui.Button(label="Approve", custom_id=f"approve:{order}"))
        self.order = order

    @classmethod
    async def from_custom_id(cls, interaction: discord.Interaction, item: discord.ui.Item[Any], match: re.Match[str]):
        return cls(int(match["order"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.edit_message(content=f"order {self.order} approved", view=None)


class Form(discord.ui.Modal, title="Open an issue"):
    summary: discord.ui.TextInput[Form] = discord.ui.TextInput(label="Summary", max_length=20)
    detail: discord.ui.Label[Form] = discord.ui.Label(
        text="Detail", component=discord.ui.TextInput(required=False, style=discord.TextStyle.long, custom_id="detail")
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        assert isinstance(self.detail.component, discord.ui.TextInput)
        text = f"{interaction.user.name}: {self.summary.value}/{self.detail.component.value}"
        await interaction.response.send_message(text, ephemeral=True)


class Panel(discord.ui.View):
    @discord.ui.button(label="Form")
    async def form(self, interaction: discord.Interaction, _: Button) -> None:
        await interaction.response.send_modal(Form())

    @discord.ui.button(label="Quiet", custom_id="quiet", style=discord.ButtonStyle.danger)
    async def quiet(self, interaction: discord.Interaction, _: Button) -> None:
        await interaction.response.defer()
        await interaction.followup.send("only a follow-up", ephemeral=True)

    @discord.ui.button(label="Off", disabled=True)
    async def off(self, interaction: discord.Interaction, _: Button) -> None:
        await interaction.response.defer()

    @discord.ui.select(options=[discord.SelectOption(label="Red", value="r"), discord.SelectOption(label="Blue")])
    async def pick(self, interaction: discord.Interaction, select: discord.ui.Select[Any]) -> None:
        await interaction.response.send_message(f"picked {select.values}")


class Bot(commands.Bot):
    def __init__(self) -> None:
        super().__init__("!", intents=discord.Intents.default(), guild_ready_timeout=0.02)
        offered: tuple[Any, ...] = (report, logs, approve, panel, form, admin_only, silent, whoami, home)
        for command in offered:
            self.tree.add_command(command)
        self.tree.add_command(Group())
        self.add_dynamic_items(Approve)

    async def setup_hook(self) -> None:
        await self.tree.sync()


@app_commands.command(description="Report with everything an option can be.")
@app_commands.choices(
    level=[app_commands.Choice(name="Error", value="error"), app_commands.Choice(name="Info", value="info")]
)
async def report(
    interaction: discord.Interaction,
    lines: app_commands.Range[int, 1, 50],
    level: app_commands.Choice[str],
    who: discord.Member | None = None,
    where: discord.TextChannel | None = None,
    share: app_commands.Range[float, 0, 1] = 0.5,
    loud: bool = False,
    role: discord.Role | None = None,
    file: discord.Attachment | None = None,
) -> None:
    data = (await file.read()).decode() if file else None
    names = [getattr(thing, "name", None) for thing in (who, where, role)]
    await interaction.response.send_message(f"{lines} {level.value} {names} {share} {loud} {data}")


@app_commands.command(description="Defer, then a file.")
async def logs(interaction: discord.Interaction, contains: str = "") -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    file = discord.File(io.BytesIO(b"line 1"), "log file.txt", description="the lines")
    await interaction.followup.send(f"found {contains}", file=file)
    await interaction.followup.send("a public one")


@logs.autocomplete("contains")
async def suggest(_: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
    return [
        app_commands.Choice(name=word.title(), value=word)
        for word in ("timeout", "traceback")
        if word.startswith(typed)
    ]


@app_commands.command(description="A persistent button.")
async def approve(interaction: discord.Interaction, order: int) -> None:
    view = discord.ui.View(timeout=None)
    view.add_item(Approve(order))
    view.add_item(discord.ui.Button(label="Docs", url="https://example.com/docs"))
    await interaction.response.send_message(f"order {order}", view=view)


@app_commands.command(description="A view that lives in memory.")
async def panel(interaction: discord.Interaction) -> None:
    await interaction.response.send_message("panel", view=Panel(), ephemeral=True)


@app_commands.command(description="A modal at once.")
async def form(interaction: discord.Interaction) -> None:
    await interaction.response.send_modal(Form())


@app_commands.command(description="Hidden from members.")
@app_commands.default_permissions(administrator=True)
async def admin_only(interaction: discord.Interaction) -> None:
    await interaction.response.send_message("hello admin")


@app_commands.command(description="Never answers.")
async def silent(interaction: discord.Interaction) -> None: ...


@app_commands.command(description="Where and who.")
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
async def whoami(interaction: discord.Interaction) -> None:
    guild = interaction.guild.name if interaction.guild else None
    admin = interaction.permissions.administrator
    await interaction.response.send_message(f"{interaction.user.name} {guild} {interaction.guild_id} {admin}")


@app_commands.command(description="Not in direct messages.")
@app_commands.guild_only()
async def home(interaction: discord.Interaction) -> None:
    await interaction.response.send_message("home")


class Group(app_commands.Group, name="order", description="Orders."):
    @app_commands.command(description="Show one.")
    async def show(self, interaction: discord.Interaction, number: int) -> None:
        await interaction.response.send_message(f"order number {number}")


@pytest.fixture
async def bot(server):
    bot = Bot()
    async with connect(server, bot, TOKEN):
        yield bot


async def test_options_of_every_kind_arrive(server, bot):
    ada, bob = server.person("ada"), server.person("bob")
    role = server.state.list_roles(server.guild().id)[1]

    reply = await ada.slash(
        "report",
        lines=5,
        level="error",
        who=bob,
        where=server.channel("ops"),
        share=0.25,
        loud=True,
        role=role,
        file=("a.txt", b"bytes"),
    )

    assert (await reply.message()).content == "5 error ['bob', 'ops', 'Admin'] 0.25 True bytes"
    assert not reply.deferred
    assert not reply.ephemeral
    assert [message.content for message in bob.sees("general")] == [reply.content]


async def test_a_sub_command_is_named_with_its_group(server, bot):
    reply = await server.person("ada").slash("order show", number=7)

    assert (await reply.message()).content == "order number 7"
    with pytest.raises(ClientRefused, match="needs one of: show"):
        await server.person("ada").slash("order")


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("nothing", {}, "There is no command /nothing here."),
        ("report", {"lines": 5}, "/report needs the option level."),
        ("report", {"lines": "5", "level": "error"}, "/report: lines must be a whole number, not '5'."),
        ("report", {"lines": True, "level": "error"}, "/report: lines must be a whole number, not True."),
        ("report", {"lines": 0, "level": "error"}, "/report: lines must be at least 1, not 0."),
        ("report", {"lines": 51, "level": "error"}, "/report: lines must be at most 50, not 51."),
        ("report", {"lines": 5, "level": "loud"}, "/report: level must be one of Error, Info, not 'loud'."),
        ("report", {"lines": 5, "level": "info", "share": 2}, "/report: share must be at most 1.0, not 2."),
        ("report", {"lines": 5, "level": "info", "x": 2}, "/report has no option x."),
        ("logs", {"contains": "x" * 6001}, "/logs: contains must be at most 6000, not 6001."),
        ("admin_only", {}, "bob does not have the permissions that /admin_only asks for."),
    ],
)
async def test_the_client_refuses_what_discords_client_would(server, bot, name, options, sentence):
    with pytest.raises(ClientRefused) as refused:
        await server.person("bob").slash(name, options=options)

    assert str(refused.value) == sentence


async def test_force_sends_what_the_client_would_refuse(server, bot):
    reply = await server.person("bob").slash("admin_only", force=True)

    assert (await reply.message()).content == "hello admin"


async def test_an_administrator_sees_the_hidden_command(server, bot):
    reply = await server.person("ada").slash("admin_only")

    assert (await reply.message()).content == "hello admin"


async def test_commands_in_direct_messages_and_other_guilds_know_where_they_are(server, bot):
    ada = server.person("ada")

    in_dm = await ada.slash("whoami", channel=ada.dm)
    elsewhere = await ada.slash("whoami", channel=server.channel("general", "Elsewhere"), force=True)
    at_home = await server.person("bob").slash("whoami")

    assert (await in_dm.message()).content == "ada None None False"
    assert (await elsewhere.message()).content == f"ada  {server.guild('Elsewhere').id} True"
    assert (await at_home.message()).content == f"bob Suture Lab {server.guild().id} False"
    with pytest.raises(ClientRefused, match=r"/home is not available here\."):
        await ada.slash("home", channel=ada.dm)


async def test_a_deferred_ephemeral_answer_is_followed_by_a_file_only_its_person_sees(server, bot):
    ada, bob = server.person("ada"), server.person("bob")

    reply = await ada.slash("logs", contains="x")
    await reply.first()
    assert reply.deferred
    assert reply.ephemeral
    original, public = await reply.message(0), await reply.message(1)

    assert original.content == "found x"
    assert original.ephemeral
    assert original.edited_at is None
    assert [(file.filename, file.description, file.read()) for file in original.attachments] == [
        ("log_file.txt", "the lines", b"line 1")
    ]
    assert not public.ephemeral
    assert [message.content for message in ada.sees("general")] == ["found x", "a public one"]
    assert [message.content for message in bob.sees("general")] == ["a public one"]
    history = [message async for message in bot.get_channel(server.channel("general").id).history()]
    assert [message.content for message in history] == ["a public one"]


async def test_the_bot_suggests_while_a_person_types(server, bot):
    choices = await server.person("ada").autocomplete("logs", "contains", "tr")

    assert [(choice.name, choice.value) for choice in choices] == [("Traceback", "traceback")]


async def test_a_button_of_an_older_process_still_works_after_a_restart_of_the_bot(server):
    async with connect(server, Bot(), TOKEN):
        message = await (await server.person("ada").slash("approve", order=42)).message()
    async with connect(server, Bot(), TOKEN):
        reply = await server.person("bob").click(message, "Approve")
        await reply.done()

    assert [seen.content for seen in server.person("bob").sees("general")] == ["order 42 approved"]
    assert reply.messages[0].id == message.id
    assert reply.messages[0].components == ()
    assert reply.messages[0].edited_at is not None


async def test_clicks_that_the_client_would_not_send_are_refused(server, bot):
    ada, bob = server.person("ada"), server.person("bob")
    linked = await (await ada.slash("approve", order=1)).message()
    private = await (await ada.slash("panel")).message()

    for person, message, button in (
        (bob, linked, "Docs"),
        (bob, linked, "Nothing"),
        (bob, private, "Quiet"),
        (ada, private, "Off"),
    ):
        with pytest.raises(ClientRefused):
            await person.click(message, button)

    assert linked.button("Docs").url == "https://example.com/docs"


async def test_a_button_on_an_ephemeral_message_may_answer_with_a_follow_up_alone(server, bot):
    ada = server.person("ada")
    message = await (await ada.slash("panel")).message()

    reply = await ada.click(message, "quiet")

    assert (await reply.message(1)).content == "only a follow-up"
    assert reply.deferred
    assert reply.messages[0].id == message.id


async def test_a_list_offers_what_can_be_chosen(server, bot):
    ada = server.person("ada")
    message = await (await ada.slash("panel")).message()
    custom_id = message.components[-1].custom_id

    assert (await (await ada.select(message, custom_id, "r")).message()).content == "picked ['r']"
    with pytest.raises(ClientRefused):
        await ada.select(message, custom_id, "green")


@pytest.mark.parametrize("opener", ["slash", "button"])
async def test_a_modal_is_filled_in_and_submitted(server, bot, opener):
    ada = server.person("ada")
    opened = await ada.slash("form" if opener == "slash" else "panel")
    if opener == "button":
        opened = await ada.click(await opened.message(), "Form")
    modal = (await opened.first()).modal

    assert modal.title == "Open an issue"
    assert [(field.label, field.required) for field in modal.inputs] == [("Summary", True), ("Detail", False)]
    with pytest.raises(ClientRefused, match="needs Summary"):
        await ada.submit(modal, {})
    with pytest.raises(ClientRefused, match="at most 20"):
        await ada.submit(modal, {"Summary": "x" * 21})
    with pytest.raises(ClientRefused, match="no input Title"):
        await ada.submit(modal, {"Title": "x"})
    reply = await ada.submit(modal, {"Summary": "it broke", "detail": "badly"})

    assert (await reply.message()).content == "ada: it broke/badly"
    assert reply.ephemeral


async def test_an_interaction_without_an_answer_fails_after_three_seconds(server, bot, clock):
    reply = await server.person("ada").slash("silent")
    assert reply.error is None

    clock.jump(seconds=3)

    assert (await reply.first()).error == "The application did not respond"
    assert (await reply.done()).messages == []
    with pytest.raises(NoAnswerError, match="did not respond"):
        await reply.message()


async def test_nothing_is_suggested_when_the_bot_is_gone(server, clock):
    async with connect(server, Bot(), TOKEN):
        pass
    clock.jump(seconds=-3)
    waiting = server.person("ada").autocomplete("logs", "contains", "t")
    task_clock = server.world.events.subscribe()

    async def let_time_pass():
        async for event in task_clock:
            if event.kind == "interaction_opened":
                clock.jump(seconds=4)
                return

    passing = asyncio.create_task(let_time_pass())
    with pytest.raises(NoAnswerError, match="Loading options failed"):
        await waiting
    await passing


async def test_a_wait_that_is_not_met_says_what_did_not_come(server, bot):
    reply = await server.person("ada").slash("home")
    await reply.done()

    with pytest.raises(TimeoutError, match=r"Message 1 of the reply to the interaction home did not come within 0\.05"):
        await reply.message(1, timeout=0.05)


async def test_a_member_who_is_timed_out_or_gone_cannot_use_commands(server, bot, clock):
    bob = server.person("bob")
    server.world.time_out(server.guild(), bob.user, clock() + datetime.timedelta(minutes=5))
    with pytest.raises(ClientRefused, match="timed out"):
        await bob.slash("home")

    server.world.remove_member(server.guild(), bob.user)
    with pytest.raises(ClientRefused, match="may not use commands"):
        await bob.slash("home")
    reply = await bob.slash("whoami", force=True)
    assert (await reply.message()).content.startswith("bob Suture Lab")


async def test_the_bot_hears_its_own_ephemeral_messages_as_if_they_were_direct(server, bot):
    heard = asyncio.create_task(bot.wait_for("message", check=lambda message: message.flags.ephemeral))
    await asyncio.sleep(0)

    await (await server.person("ada").slash("panel")).message()

    message = await asyncio.wait_for(heard, 5)
    assert message.content == "panel"
    assert message.guild is None


async def test_a_hundred_people_at_once_are_all_answered(server, bot):
    people = [server.add_person(f"crowd{number}") for number in range(100)]

    replies = await asyncio.gather(*[person.slash("whoami") for person in people])
    messages = await asyncio.gather(*[reply.message() for reply in replies])

    assert [message.content.split()[0] for message in messages] == [person.name for person in people]


async def test_a_command_given_while_the_gateway_is_down_arrives_with_the_resume(server, bot):
    resumed = asyncio.create_task(bot.wait_for("resumed"))
    await asyncio.sleep(0)
    await server.drop_gateway(4000)

    reply = await server.person("ada").slash("home")

    assert (await reply.message()).content == "home"
    await asyncio.wait_for(resumed, 5)
