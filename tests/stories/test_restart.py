"""Promise: a playbook may end the process in order, and whoever supervises it is asked to start another."""

import asyncio
import io
from pathlib import Path

import pytest

from bot.app import live
from bot.cogs.face import FACES
from bot.host_actions.restarting import RestartWanted
from bot.logging import setup_logging, teardown
from bot.settings import Settings
from tests.stories.lab import TOKEN, open_discord, wait_until_synced


async def test_the_last_rung_ends_the_process_in_order(tmp_path: Path) -> None:
    async with open_discord(tmp_path) as discord:
        settings = Settings.model_validate({
            "discord_token": TOKEN,
            "discord_api_url": discord.api_url,
            "discord_gateway_url": discord.gateway_url,
            "state_dir": tmp_path / "state",
        })  # fmt: skip
        handler = setup_logging("INFO", settings.secrets, stream=io.StringIO())
        try:
            living = asyncio.create_task(live(settings, handler, exit_with_parent=False))
            await wait_until_synced(discord)
            (face,) = FACES.values()

            await face.healing.host.action("exit_for_restart").act({"rung": "3"})

            with pytest.raises(RestartWanted, match="restart"):
                await living
            assert not FACES
        finally:
            teardown()
