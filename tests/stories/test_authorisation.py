"""Promise: only a listed admin in the home guild may use a command or a button; everybody else gets nothing."""

from dataclasses import dataclass

import pytest
from discord import app_commands

from bot.cogs.buttons import BUTTONS, GuardedButton
from bot.cogs.deploy import DeployButton
from bot.cogs.guards import GATED
from bot.cogs.heal_buttons import HealButton
from bot.sandbox.discord_person import Person
from tests.stories.lab import Lab, open_lab

COMMANDS: dict[str, dict[str, object]] = {
    "debug_logs": {},
    "debug_status": {},
    "debug_open_issue": {"summary": "it hurts"},
    "debug_confirm_fix": {"token": "sut-" + "a" * 26},
    "debug_doctor": {},
    "healing_runs": {},
    "healing_run": {"run": "run_20260105_abcdef"},
    "healing_playbooks": {},
    "healing_start": {"playbook": "memory_cleanup"},
    "healing_trust": {},
    "healing_pause": {},
    "healing_resume": {},
    "debug_incidents": {},
    "debug_incident": {"id": "inc_000000000000"},
    "debug_cancel": {"id": "inc_000000000000"},
    "debug_retry": {"id": "inc_000000000000"},
    "debug_audit": {},
    "deploy_latest": {},
}
"""Each command with options that are valid."""


@dataclass(frozen=True)
class Actor:
    """Somebody in some place, under some allowlist."""

    person: str
    place: str  # a channel of the home guild, `elsewhere` or `dm`
    allowlist: str  # whose ids DEBUG_ADMINS holds
    may: bool


ACTORS = {
    "listed admin at home": Actor("ada", "ops", "ada", may=True),
    "member": Actor("bob", "ops", "ada", may=False),
    "guild administrator who is not listed": Actor("ada", "ops", "bob", may=False),
    "listed admin in another guild": Actor("ada", "elsewhere", "ada", may=False),
    "listed admin in a direct message": Actor("ada", "dm", "ada", may=False),
    "anybody under an empty allowlist": Actor("ada", "ops", "", may=False),
}


async def send(lab: Lab, actor: Actor, person: Person, command: str) -> str:
    """What the actor sees of the command, sent by a client that refuses nothing."""
    elsewhere = lab.discord.channel("general", "Elsewhere")
    place = {"dm": person.dm, "elsewhere": elsewhere}.get(actor.place, actor.place)
    reply = await person.slash(command, channel=place, options=COMMANDS[command], force=True)
    await reply.done()
    assert reply.ephemeral
    return " ".join([reply.content, *(str(embed) for message in reply.messages for embed in message.embeds)])


@pytest.mark.parametrize("name", ACTORS)
async def test_every_command_obeys_the_authorisation_table(tmp_path, name):
    actor = ACTORS[name]
    async with open_lab(tmp_path, DEBUG_ADMINS="") as lab:
        lab.discord.add_bot_to_guild("Elsewhere")
        person = lab.person(actor.person)
        lab.client.face.gate.admins = frozenset({lab.person(actor.allowlist).id} if actor.allowlist else ())

        for command in COMMANDS:
            seen = await send(lab, actor, person, command)

            assert ("Not authorized" not in seen) is actor.may, f"{name} × {command}: {seen}"
        orders = await lab.client.face.store.orders.newest()
        assert len(orders) == int(actor.may)


async def test_every_command_has_the_gate_and_stands_in_the_table(tmp_path):
    async with open_lab(tmp_path) as lab:
        walked = list(lab.client.tree.walk_commands())

    assert {command.qualified_name for command in walked} == set(COMMANDS)
    for command in walked:
        assert isinstance(command, app_commands.Command)
        assert getattr(command.callback, GATED, False), f"{command.name} lacks the gate"
        assert command.default_permissions is not None
        assert command.default_permissions.administrator
        suggesting = [each.autocomplete for each in command._params.values() if each.autocomplete]
        assert all(getattr(suggest, GATED, False) for suggest in suggesting), f"{command.name} suggests without it"


def test_every_button_is_a_guarded_one():
    assert BUTTONS
    assert all(issubclass(button, GuardedButton) for button in (*BUTTONS, HealButton, DeployButton))


async def test_the_sixth_use_within_a_minute_waits(tmp_path):
    async with open_lab(tmp_path) as lab:
        replies = [await lab.use(lab.person("ada"), "debug_open_issue", summary="again") for _ in range(5)]

        assert "Too often" in replies[-1].content
        assert "<t:" in replies[-1].content
        assert len(await lab.client.face.store.orders.newest()) == 4


async def test_an_admin_who_was_removed_is_refused_at_the_click(tmp_path):
    async with open_lab(tmp_path) as lab:
        await lab.use(lab.person("ada"), "debug_status")
        lab.client.face.gate.admins = frozenset()

        reply = await lab.use(lab.person("ada"), "debug_status")

        assert "Not authorized" in reply.content
