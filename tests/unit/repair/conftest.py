"""An order's life on a real store, with an agent that says what it is told to say."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.records.sql_store import open_store
from bot.records.store import Store
from tests.factories import Bench, Clock, ScriptedAgent, a_bench


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(tmp_path) as opened:
        yield opened


@pytest.fixture
def agent() -> ScriptedAgent:
    return ScriptedAgent()


@pytest.fixture
def bench(store: Store, agent: ScriptedAgent) -> Bench:
    return a_bench(store, agent, Clock())
