"""Promise: whatever Discord does, the bot answers again, says once what was lost, and never doubles a card."""

import asyncio
import gc
import io
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import pytest

from bot.app import open_app
from bot.client import CannotStart, SutureClient, serve
from bot.cogs.connection import Patience
from bot.cogs.invalid_requests import LIMIT, WINDOW, InvalidRequests
from bot.logging import RingBufferHandler, setup_logging, teardown
from bot.sandbox.discord_server import DiscordServer
from bot.settings import Settings
from tests.stories.lab import TOKEN, Lab, by_field, open_discord, open_lab
from tests.stories.test_process import environment, started

UNSET = "alerts_unset"
QUICK = Patience(first=0.02, longest=0.1, limited=0.05, longest_limited=0.1)
CALLBACK, FOLLOW_UP, CHANNEL = "/callback$", "/webhooks/", "/channels/[0-9]+/messages$"


def told(handler: RingBufferHandler, action: str = "") -> list[dict[str, object]]:
    """The log lines of warnings and worse, of one action when it is named; not that alerts are unset."""
    lines = [json.loads(line) for line in handler.lines(level="WARNING")]
    return [line for line in lines if line.get("action") == action or (not action and line.get("action") != UNSET)]


async def seen(discord_: DiscordServer, look: Callable[[], object], what: str, seconds: float = 20.0) -> None:
    await discord_.world.events.wait_for(lambda: look() or None, what, seconds)


def nothing_unhandled(handler: RingBufferHandler) -> bool:
    """Whether no exception reached the loop or the log with its traceback."""
    gc.collect()
    return not [line for line in told(handler) if "exception" in line or "never retrieved" in str(line["msg"])]


async def answers(lab: Lab) -> bool:
    """Whether the bot answers a command now."""
    reply = await lab.use(lab.person("ada"), "debug_logs", lines=3)
    return bool(reply.messages[0].content)


# the way to Discord


@asynccontextmanager
async def not_yet_served(
    discord_: DiscordServer, directory: Path
) -> AsyncIterator[tuple[SutureClient, RingBufferHandler]]:
    """A bot that has not been started."""
    settings = Settings.model_validate(
        by_field({
            "DISCORD_TOKEN": TOKEN,
            "DISCORD_API_URL": discord_.api_url,
            "DISCORD_GATEWAY_URL": discord_.gateway_url,
            "STATE_DIR": str(directory / "state"),
        })
    )  # fmt: skip
    handler = setup_logging("INFO", settings.secrets, stream=io.StringIO())
    try:
        async with open_app(settings, handler) as client:
            yield client, handler
    finally:
        teardown()


@asynccontextmanager
async def serving(client: SutureClient) -> AsyncIterator[asyncio.Task[None]]:
    """The bot at work, until the block ends."""
    living = asyncio.create_task(serve(client, TOKEN, QUICK))
    try:
        yield living
    finally:
        await client.close()
        with suppress(CannotStart):
            await asyncio.wait_for(living, 5)


async def test_a_discord_that_is_not_there_at_the_start_is_waited_for(tmp_path):
    async with open_discord(tmp_path) as server, not_yet_served(server, tmp_path) as (client, handler):
        port = server.port
        await server.go_away()
        async with serving(client):
            await seen(server, lambda: len(told(handler, "discord_unreachable")) >= 3, "Three tries")
            await server.start(port)
            await server.wait_until_connected(20)
            await client.wait_until_ready()

            assert [guild.name for guild in client.guilds] == ["Suture Lab"]
        assert nothing_unhandled(handler)
        assert {line["level"] for line in told(handler, "discord_unreachable")} == {"WARNING"}
        assert server.gateway.identify_count == 1


async def test_a_gateway_that_is_not_there_at_the_start_is_waited_for(tmp_path):
    async with open_discord(tmp_path) as server, not_yet_served(server, tmp_path) as (client, handler):
        server.gateway.refusals = 2
        async with serving(client):
            await server.wait_until_connected(20)
            await client.wait_until_ready()

        assert len(told(handler, "discord_unreachable")) == 2
        assert "503" in str(told(handler, "discord_unreachable")[0]["msg"])
        assert nothing_unhandled(handler)


@pytest.mark.parametrize(
    ("status", "headers"), [(503, {}), (429, {"Retry-After": "1"}), (403, {}), (500, {"Via": "1.1 google"})]
)
async def test_a_login_that_discord_does_not_take_now_is_tried_again(tmp_path, status, headers, monkeypatch):
    monkeypatch.setattr("discord.http.asyncio", quick_sleeps())
    async with open_discord(tmp_path) as server, not_yet_served(server, tmp_path) as (client, handler):
        for _ in range(5 if status == 500 else 1):
            server.faults.answer_next("GET", "/users/@me$", status, "<html>busy</html>", headers)
        async with serving(client):
            await server.wait_until_connected(20)

        assert len(told(handler, "discord_unreachable")) == 1
        assert nothing_unhandled(handler)


async def test_a_bot_that_waits_for_discord_leaves_when_told(tmp_path):
    async with open_discord(tmp_path) as server, not_yet_served(server, tmp_path) as (client, handler):
        await server.go_away()
        living = asyncio.create_task(serve(client, TOKEN, Patience(first=3600, longest=3600)))
        await seen(server, lambda: told(handler, "discord_unreachable"), "A first try")

        await client.close()

        await asyncio.wait_for(living, 5)
        assert client.is_closed()


def test_pauses_grow_to_a_bound_and_a_rate_limit_is_honoured():
    answered: Any = SimpleNamespace(status=429, reason="Too Many Requests", headers={"Retry-After": "300"})
    limited = discord.HTTPException(answered, "busy")
    patience = Patience()

    waits = [patience.pause(failures, OSError()) for failures in (0, 3, 5000)]

    assert 0.5 <= waits[0] <= 1 < waits[1] <= 8 < waits[2] <= 30
    assert 300 <= patience.pause(0, limited) <= 330
    answered.headers = {"Retry-After": "soon"}
    assert 60 <= patience.pause(0, limited) <= 66
    answered.headers = {"Retry-After": "90000"}
    assert patience.pause(0, limited) <= 1980


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (4004, "DISCORD_TOKEN is not valid any more"),
        (4010, "shard"),
        (4011, "too many guilds"),
        (4012, "update discord.py"),
        (4013, "update discord.py"),
        (4014, "Message Content intent is not allowed"),
    ],
)
async def test_a_final_close_code_ends_the_bot_with_a_sentence(tmp_path, code, words):
    async with open_discord(tmp_path) as server, not_yet_served(server, tmp_path) as (client, handler):
        async with serving(client) as living:
            await server.wait_until_connected(20)
            server.gateway.drop(code)

            with pytest.raises(CannotStart, match=words):
                await asyncio.wait_for(living, 5)
        assert server.gateway.identify_count == 1
        assert nothing_unhandled(handler)


async def test_a_token_revoked_while_the_bot_runs_is_exit_78_and_one_sentence(tmp_path):
    async with open_discord(tmp_path) as server, started(tmp_path, environment(server, tmp_path)) as process:
        await server.wait_until_connected(20)

        server.gateway.drop(4004)
        out, err = await asyncio.wait_for(process.communicate(), 20)

        assert process.returncode == 78
        assert err.decode().strip().splitlines()[-1].startswith("Suture cannot start: DISCORD_TOKEN is not valid any")
        assert "Traceback" not in out.decode() + err.decode()


def silence(server: DiscordServer, client: SutureClient) -> None:
    """No heartbeat is answered, and the client notices after half a second instead of a minute."""
    server.gateway.acknowledges_heartbeats = False
    client.ws._max_heartbeat_timeout = 0.5
    server.world.add_channel(server.guild(), "new")  # an event, for the client waits with the old time until one comes


GATEWAY_FAULTS: dict[str, Callable[[DiscordServer, SutureClient], object]] = {
    "4000": lambda server, _: server.gateway.drop(4000),
    "1000": lambda server, _: server.gateway.drop(1000),
    "line cut": lambda server, _: server.gateway.cut(),
    "op 7": lambda server, _: server.gateway.request_reconnect(),
    "invalid session, may resume": lambda server, _: server.gateway.invalidate(resumable=True),
    "invalid session": lambda server, _: server.gateway.invalidate(),
    "no heartbeat ACK": silence,
    "half a frame": lambda server, _: server.gateway.garble(),
    "no object": lambda server, _: server.gateway.garble("[]"),
    "an event without its fields": lambda server, _: server.gateway.garble(
        '{"op":0,"t":"MESSAGE_CREATE","s":9,"d":{}}'
    ),
    "zlib garbage": lambda server, _: server.gateway.garble(b"garbage\x00\x00\xff\xff"),
}


@pytest.mark.parametrize("fault", GATEWAY_FAULTS)
async def test_after_a_fault_of_the_gateway_the_bot_answers_again(tmp_path, fault, monkeypatch):
    async def at_once(shard_id, *, initial=False): ...  # discord.py waits five seconds before it identifies anew

    async with open_lab(tmp_path) as lab:
        monkeypatch.setattr(lab.client, "before_identify_hook", at_once)
        gateway = lab.discord.gateway
        before = gateway.disconnect_count

        GATEWAY_FAULTS[fault](lab.discord, lab.client)
        await seen(lab.discord, lambda: gateway.disconnect_count > before and gateway.is_connected, "A reconnect", 30)
        gateway.acknowledges_heartbeats = True
        await lab.client.wait_until_ready()

        assert await answers(lab)
        assert gateway.identify_count <= 2
        assert nothing_unhandled(lab.handler)


async def test_an_outage_is_a_few_plain_lines_and_the_session_is_resumed(tmp_path):
    async with open_lab(tmp_path) as lab:
        port = lab.discord.port
        await lab.discord.go_away()
        await seen(lab.discord, lambda: told(lab.handler, "discord_unreachable"), "A line about the outage")
        logging.getLogger("bot.trial").info("the ring goes on offline")
        await lab.discord.start(port)
        await lab.discord.wait_until_connected(30)

        assert await answers(lab)
        assert lab.discord.gateway.identify_count == 1
        assert lab.handler.lines(contains="goes on offline")
        assert nothing_unhandled(lab.handler)


# answers that Discord does not take


def quick_sleeps() -> SimpleNamespace:
    """asyncio for discord.py's retries, without their pauses."""

    async def at_once(_):
        return None

    return SimpleNamespace(**{**vars(asyncio), "sleep": at_once})


REFUSED = [10062, 40060, 40333]


@pytest.mark.parametrize("code", REFUSED)
async def test_a_callback_that_is_refused_is_one_line_with_an_id_and_the_bot_goes_on(tmp_path, code):
    async with open_lab(tmp_path) as lab:
        lab.discord.faults.refuse_next("POST", CALLBACK, code)
        await lab.person("ada").slash("debug_status", channel="ops")
        await seen(lab.discord, lambda: told(lab.handler), "A line about the lost answer")

        assert await answers(lab)
        (line,) = told(lab.handler)
        assert (line["action"], str(line["incident_id"])[:4], line["user"]) == ("answer_lost", "inc_", "ada")
        assert str(code) in str(line["msg"])
        assert nothing_unhandled(lab.handler)


@pytest.mark.parametrize("code", [50027, 10015])
async def test_a_follow_up_that_is_refused_is_one_line_with_an_id(tmp_path, code):
    async with open_lab(tmp_path) as lab:
        lab.discord.faults.answer_next("POST", FOLLOW_UP, 401, {"message": "gone", "code": code})
        await lab.person("ada").slash("debug_status", channel="ops")
        await seen(lab.discord, lambda: told(lab.handler), "A line about the lost answer")

        assert await answers(lab)
        (line,) = told(lab.handler, "answer_lost")
        assert "incident_id" in line
        assert nothing_unhandled(lab.handler)


async def test_a_button_whose_interaction_died_is_one_line(tmp_path):
    async with open_lab(tmp_path) as lab:
        ada = lab.person("ada")
        (status,) = (await lab.use(ada, "debug_status")).messages
        lab.discord.faults.refuse_next("POST", CALLBACK, 10062)
        await ada.click(status, "Details")
        await seen(lab.discord, lambda: told(lab.handler), "A line about the lost answer")

        assert [line["action"] for line in told(lab.handler)] == ["answer_lost"]
        assert await answers(lab)
        assert nothing_unhandled(lab.handler)


async def test_a_single_5xx_on_the_callback_is_not_noticed_by_anybody(tmp_path, monkeypatch):
    monkeypatch.setattr("discord.webhook.async_.asyncio", quick_sleeps())
    async with open_lab(tmp_path) as lab:
        lab.discord.faults.answer_next("POST", CALLBACK, 502, "<html>bad gateway</html>")

        assert await answers(lab)
        assert told(lab.handler) == []


async def test_lasting_5xx_on_the_callback_are_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr("discord.webhook.async_.asyncio", quick_sleeps())
    async with open_lab(tmp_path) as lab:
        for _ in range(5):
            lab.discord.faults.answer_next("POST", CALLBACK, 500, {"message": "500: Internal Server Error", "code": 0})
        await lab.person("ada").slash("debug_status", channel="ops")
        await seen(lab.discord, lambda: told(lab.handler, "answer_lost"), "A line about the lost answer")

        assert len(lab.discord.faults.queued) == 0
        assert await answers(lab)
        assert len(told(lab.handler, "answer_lost")) == 1
        assert nothing_unhandled(lab.handler)


@pytest.mark.parametrize("acted", [False, True])
@pytest.mark.parametrize("where", [CALLBACK, FOLLOW_UP])
async def test_an_answer_whose_line_was_cut_is_one_line(tmp_path, where, acted):
    async with open_lab(tmp_path) as lab:
        lab.discord.faults.drop_next("POST", where, acted=acted)
        reply = await lab.person("ada").slash("debug_status", channel="ops")
        await seen(lab.discord, lambda: told(lab.handler), "A line about the lost answer")

        assert [line["action"] for line in told(lab.handler)] == ["answer_lost"]
        assert len(reply.messages) <= 1
        assert await answers(lab)
        assert nothing_unhandled(lab.handler)


@pytest.mark.parametrize("everywhere", [False, True])
@pytest.mark.parametrize("where", [CALLBACK, FOLLOW_UP, CHANNEL])
async def test_a_rate_limit_is_waited_out(tmp_path, where, everywhere):
    async with open_lab(tmp_path) as lab:
        lab.discord.faults.limit_next("POST", where, 0.05, everywhere=everywhere)
        ada = lab.person("ada")

        reply = await lab.use(ada, "debug_open_issue", summary="it hurts")
        await seen(lab.discord, lambda: [m for m in ada.sees("ops") if m.embeds], "The card")

        assert "Staged only" in reply.content
        assert len(lab.discord.faults.queued) == 0
        assert lab.client.refused.count == 1
        assert nothing_unhandled(lab.handler)


async def test_a_429_without_a_body_of_discords_is_one_line(tmp_path):
    async with open_lab(tmp_path) as lab:
        lab.discord.faults.answer_next("POST", CALLBACK, 429, "<html>error 1015</html>")
        await lab.person("ada").slash("debug_status", channel="ops")
        await seen(lab.discord, lambda: told(lab.handler), "A line about the lost answer")

        assert [line["action"] for line in told(lab.handler)] == ["answer_lost"]
        assert await answers(lab)


# channels


async def cards(lab: Lab) -> list[int]:
    """The messages with the card of an order, once there is one."""
    places = ("ops", "general", "ledger")

    def found() -> list[int]:
        return [m.id for place in places for m in lab.person("ada").sees(place) if m.embeds and "wo_" in str(m.embeds)]

    await seen(lab.discord, found, "A card")
    return found()


async def test_a_card_whose_answer_was_lost_is_not_posted_twice(tmp_path):
    async with open_lab(tmp_path) as lab:
        lab.client.installation.cards.pause = 0.05
        lab.discord.faults.drop_next("POST", CHANNEL, acted=True)
        await lab.use(lab.person("ada"), "debug_open_issue", summary="it hurts")
        (order,) = await lab.client.face.store.orders.newest()
        await seen(lab.discord, lambda: not lab.client.installation.cards._writers, "The end of the card's writing", 20)

        assert len(await cards(lab)) == 1
        assert await lab.client.face.store.notes.read(f"card:{order.incident_id}")
        assert nothing_unhandled(lab.handler)


@pytest.mark.parametrize("code", [50013, 50001])
async def test_a_channel_that_is_closed_to_the_bot_is_told_in_the_log_and_in_the_status(tmp_path, code):
    async with open_lab(tmp_path) as lab:
        lab.discord.faults.refuse_next("POST", CHANNEL, code, times=2)
        reply = await lab.use(lab.person("ada"), "debug_open_issue", summary="it hurts", channel="general")
        await seen(lab.discord, lambda: told(lab.handler), "A line about the card")
        status = await lab.use(lab.person("ada"), "debug_status")

        assert "Staged only" in reply.content
        assert str(told(lab.handler)[0]["action"]).startswith("card_")
        assert "🔴 cards" in str(status.messages[0].embeds)
        assert nothing_unhandled(lab.handler)


@pytest.mark.parametrize("code", [50013, 50001])
async def test_a_ledger_channel_that_is_closed_to_the_bot_is_one_line_and_one_request(tmp_path, code):
    async with open_lab(tmp_path) as lab:
        lab.discord.faults.refuse_next("POST", CHANNEL, code)
        await lab.person("bob").say("ledger", "lunch 12.50")
        await seen(lab.discord, lambda: told(lab.handler), "A line about the lost answer")

        (line,) = told(lab.handler)
        assert (line["action"], "incident_id" in line) == ("answer_lost", True)
        assert "give it" in str(line["msg"])
        assert lab.client.refused.count == 1
        assert [request.status for request in lab.discord.requests if "/messages" in request.path] == [403]


# the stop before the ban


async def test_after_a_thousand_refused_requests_nothing_more_is_sent(tmp_path):
    async with open_lab(tmp_path) as lab:
        for _ in range(LIMIT - 1):
            lab.client.refused.note(403)
        assert await answers(lab)
        lab.discord.faults.refuse_next("POST", CALLBACK, 40333)
        await lab.person("ada").slash("debug_status", channel="ops")
        await seen(lab.discord, lambda: told(lab.handler, "discord_paused"), "The stop")
        sent = len(lab.discord.requests)

        await lab.person("ada").slash("debug_status", channel="ops")
        await lab.person("bob").say("ledger", "lunch 12.50")
        await seen(lab.discord, lambda: len(told(lab.handler, "answer_lost")) >= 3, "Two more lost answers")

        assert len(lab.discord.requests) == sent
        assert lab.client.refused.pause > 0
        assert lab.discord.gateway.is_connected
        assert nothing_unhandled(lab.handler)


def test_refused_requests_are_counted_in_windows_and_shared_limits_are_not_ours():
    now = [1000.0]
    refused = InvalidRequests(limit=3, clock=lambda: now[0])

    for status in (200, 404, 400, 500, 401, 403):
        refused.note(status)
    refused.note(429, "shared")
    assert (refused.count, refused.pause) == (2, 0)
    now[0] += 100
    refused.note(429, "user")
    assert (refused.count, refused.pause) == (3, WINDOW - 100)
    now[0] += WINDOW - 100
    assert (refused.count, refused.pause) == (0, 0)
    refused.note(403)
    assert refused.count == 1


async def test_a_paused_request_is_an_error_that_everything_here_knows_and_the_gateway_stays_open():
    refused = InvalidRequests(limit=1)
    refused.note(403)

    async with aiohttp.ClientSession(trace_configs=[refused.trace()]) as session:
        with pytest.raises(discord.HTTPException, match="refused too many"):
            await session.get("http://127.0.0.1:9/")
        with pytest.raises(aiohttp.ClientError):
            await session.ws_connect("ws://127.0.0.1:9/")
