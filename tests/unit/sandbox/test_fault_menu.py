"""The faults that a person can order: each one happens to the service that is named, as often as was said."""

from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.codex_stand_in import SCENARIOS
from bot.sandbox.discord_server import DiscordServer
from bot.sandbox.fault_menu import DISHES, FaultMenu, NoSuchFault, menu_lines, read_order
from bot.sandbox.github_server import GitHubServer
from bot.sandbox.prompt import HELP, Prompt
from bot.sandbox.world import World

TOKEN = "a-token"


async def nobody(_): ...


@pytest.fixture
async def menu(tmp_path):
    server = DiscordServer(tmp_path / "discord", token=TOKEN)
    await server.start()
    yield FaultMenu(server, GitHubServer(tmp_path / "github", bot_token=TOKEN, stand_in=nobody))
    await server.stop()


@pytest.mark.parametrize("dish", DISHES, ids=lambda dish: f"{dish.service} {dish.name}")
async def test_every_fault_of_the_menu_can_be_ordered_and_says_what_comes(menu, dish):
    sentence = menu.order(f"{dish.service} {dish.name}")

    assert dish.words in sentence
    assert any(f"fault {dish.service} {dish.name} " in line for line in menu_lines())


async def test_a_fault_is_ordered_as_often_as_was_said_and_can_be_forgotten(menu):
    assert menu.order("github 500 3") == "github: a server error, 3 times."
    menu.order("discord 10062")

    assert (len(menu.github.faults), len(menu.discord.faults.queued)) == (3, 1)
    assert menu.order("clear") == "4 fault(s) forgotten."
    assert (len(menu.github.faults), len(menu.discord.faults.queued)) == (0, 0)


async def test_a_discord_that_went_away_comes_back_at_the_same_port(menu, monkeypatch):
    monkeypatch.setattr("bot.sandbox.fault_menu.AWAY_SECONDS", 0)
    port = menu.discord.port

    menu.order("discord away")
    (coming,) = menu._running
    await coming

    assert menu.discord.port == port
    assert not menu._running


@pytest.mark.parametrize("words", ["", "github", "github 500 0", "github 500 101", "github 500 x", "a b c d"])
async def test_an_order_that_cannot_be_read_says_how_to_write_it(menu, words):
    with pytest.raises(NoSuchFault, match="fault SERVICE NAME"):
        menu.order(words)


async def test_an_unknown_fault_points_to_the_menu(menu):
    with pytest.raises(NoSuchFault, match="type  fault  to see"):
        menu.order("github flood")


def test_the_prompts_help_names_it_and_names_are_told_apart():
    assert "fault github 500 2" in HELP
    assert read_order("  github   500 2 ") == ("github", "500", 2)
    assert len({(dish.service, dish.name) for dish in DISHES}) == len(DISHES)


async def test_at_the_terminal_a_fault_is_ordered_by_typing_it(menu, capsys):
    parts: dict[str, Any] = {"chat": None, "railway": None, "model": menu.model}
    world = World(directory=Path(), discord=menu.discord, github=menu.github, base_sha="", panel_key="", **parts)
    prompt = Prompt(world, world.admin)

    await prompt.obey("fault github 502 2")
    await prompt.obey("fault github flood")
    await prompt.obey("fault")

    printed = capsys.readouterr().out
    assert len(menu.github.faults) == 2
    assert "github: a gateway's web page, 2 times." in printed
    assert "✋ There is no fault “github flood”" in printed
    assert "fault discord away" in printed


async def test_a_scenario_of_the_model_waits_for_the_next_run_and_can_be_forgotten(menu):
    for name in SCENARIOS:
        assert menu.order(f"model {name}").startswith("model: ")

    assert list(menu.model.next_up) == list(SCENARIOS)
    menu.clear()
    assert not menu.model.next_up
