"""What is served is what the settings ask for; a secret for deliveries that nobody could receive is told once."""

import asyncio
import io
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.app import open_app
from bot.client import SutureClient
from bot.logging import setup_logging, teardown
from bot.serving import opened_http
from bot.settings import Settings


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[SutureClient]:
    settings = Settings.model_validate({"discord_token": "lab." + "x" * 40, "state_dir": str(tmp_path)})
    handler = setup_logging("INFO", settings.secrets, stream=io.StringIO())
    try:
        async with open_app(settings, handler) as opened:
            yield opened
    finally:
        teardown()


async def told(client: SutureClient, **given: object) -> list[str]:
    """What is logged about GitHub's webhooks while it is served with these settings."""
    settings = Settings.model_validate({"discord_token": "lab." + "x" * 40, **given})
    async with AsyncExitStack() as stack:
        await opened_http(stack, settings, client, asyncio.Event())
        lines = await client.face.handler.find()
    return [line["msg"] for line in map(json.loads, lines) if line.get("action") == "hook_unheard"]


async def test_a_webhook_secret_that_nothing_listens_with_is_told_once(client: SutureClient) -> None:
    secret = secrets.token_hex(20)

    assert await told(client) == []
    assert await told(client, github_webhook_secret=secret, port=0) == []
    (warning,) = await told(client, github_webhook_secret=secret)

    assert "set PORT (or WEB_ENABLED=true)" in warning
    assert secret not in warning
