"""The API of a real bot in a local Discord, and somebody who asks it over a real socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from bot.records.api_key import KeyRing
from bot.serving import desk_of
from bot.settings import Settings
from bot.web.server import open_web
from tests.stories.lab import TOKEN, Lab, by_field, open_lab

KEY = "admin-" + "k" * 24


@dataclass
class WebLab:
    """The bot, its address, and an admin's client."""

    lab: Lab
    url: str
    admin: httpx.AsyncClient
    keys: KeyRing


async def always_ready() -> str | None:
    """Ready."""
    return None


def settings_with_key() -> Settings:
    """A bot whose admin's key is `KEY`."""
    return Settings.model_validate(by_field({"DISCORD_TOKEN": TOKEN, "WEB_ADMIN_KEY": KEY}))


@asynccontextmanager
async def open_web_lab(directory: Path, **settings: object) -> AsyncIterator[WebLab]:
    """A bot with its API."""
    async with open_lab(directory, **settings) as lab:
        desk = desk_of(settings_with_key(), lab.client, always_ready)
        async with (
            open_web(desk, "127.0.0.1", 0) as url,
            httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {KEY}"}, timeout=30) as admin,
        ):
            yield WebLab(lab, url, admin, desk.keys)
