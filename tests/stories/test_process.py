"""Promise: the bot as a process starts with a sentence, answers health checks, and leaves in order when told."""

import asyncio
import json
import os
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

import bot
from bot.sandbox.discord_server import DiscordServer
from tests.stories.lab import TOKEN, open_discord, wait_until_synced

ROOT = Path(__file__).parents[2]


def environment(discord: DiscordServer, directory: Path, **more: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "DISCORD_TOKEN": TOKEN,
        "DISCORD_API_URL": discord.api_url,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
        "DEBUG_ADMINS": str(discord.person("ada").id),
        "STATE_DIR": str(directory / "state"),
        **more,
    }


@asynccontextmanager
async def started(directory: Path, env: dict[str, str]):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", cwd=directory, env=env,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def test_sigterm_ends_it_with_0_and_every_line_is_one_json_document(tmp_path):
    async with open_discord(tmp_path) as discord, started(tmp_path, environment(discord, tmp_path)) as process:
        await wait_until_synced(discord)

        process.send_signal(signal.SIGTERM)
        out, err = await asyncio.wait_for(process.communicate(), 20)

        assert process.returncode == 0, err.decode()
        lines = [json.loads(line) for line in out.splitlines()]
        assert {"starting", "ready", "stopping"} <= {line.get("action") for line in lines}
        assert TOKEN not in out.decode() + err.decode()


async def test_health_is_told_on_port_and_nothing_else_is(tmp_path, unused_tcp_port):
    async with open_discord(tmp_path) as discord:
        env = environment(discord, tmp_path, PORT=str(unused_tcp_port))
        async with started(tmp_path, env), httpx.AsyncClient(base_url=f"http://127.0.0.1:{unused_tcp_port}") as client:
            await wait_until_synced(discord)
            alive = await client.get("/healthz")
            ready = await client.get("/readyz")
            other = await client.get("/debug")

    assert (alive.status_code, alive.json()["status"]) == (200, "UP")
    assert (ready.status_code, ready.json()["status"]) == (200, "READY")
    assert other.status_code == 404


async def test_the_version_names_the_build_and_needs_no_settings(tmp_path):
    command = [sys.executable, "-m", "bot", "--version"]
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "GIT_SHA": "abc123"}

    process = await asyncio.create_subprocess_exec(*command, env=env, cwd=tmp_path, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()

    assert process.returncode == 0
    assert out.decode().strip() == f"suture {bot.__version__} (build abc123)"


async def test_a_wrong_token_is_one_sentence_and_exit_78(tmp_path):
    async with open_discord(tmp_path) as discord:
        env = {**environment(discord, tmp_path), "DISCORD_TOKEN": "wrong." + "x" * 40}
        async with started(tmp_path, env) as process:
            _, err = await asyncio.wait_for(process.communicate(), 30)

            assert process.returncode == 78
            assert "DISCORD_TOKEN is not valid" in err.decode()
            assert "Traceback" not in err.decode()


async def test_a_missing_intent_is_one_sentence_and_exit_78(tmp_path):
    async with open_discord(tmp_path) as discord:
        discord.gateway.allowed_intents &= ~(1 << 15)
        async with started(tmp_path, environment(discord, tmp_path)) as process:
            _, err = await asyncio.wait_for(process.communicate(), 30)

            assert process.returncode == 78
            assert "Message Content" in err.decode()


@pytest.mark.parametrize("place", ["a file", "/proc/nowhere"])
async def test_a_state_dir_that_cannot_be_is_one_sentence_and_exit_78(tmp_path, place):
    (tmp_path / "a file").write_text("")
    async with open_discord(tmp_path) as discord:
        env = environment(discord, tmp_path, STATE_DIR=str(tmp_path / place))
        async with started(tmp_path, env) as process:
            _, err = await asyncio.wait_for(process.communicate(), 30)

            assert process.returncode == 78
            assert "STATE_DIR" in err.decode()
