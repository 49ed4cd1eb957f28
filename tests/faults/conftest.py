"""What the tests of faults share: a discord.py that does not wait for guilds which are not there."""

import pytest
from discord.ext import commands


@pytest.fixture(autouse=True)
def guilds_are_ready_soon(monkeypatch):
    """discord.py waits for the details of further guilds; here there are none."""
    made = commands.Bot.__init__

    def quick(self, *given, **options):
        made(self, *given, **{**options, "guild_ready_timeout": 0.02})

    monkeypatch.setattr(commands.Bot, "__init__", quick)
