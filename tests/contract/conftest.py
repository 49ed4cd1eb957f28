"""The databases that every test of the store is run on."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from bot.records.sql_store import open_store
from bot.records.store import Store
from tests.databases import an_empty_postgresql

Opener = Callable[[], AbstractAsyncContextManager[Store]]


@pytest.fixture(params=["sqlite file", "postgresql"])
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """Opens the same empty database again and again."""
    if request.param == "sqlite file":
        yield lambda: open_store(tmp_path / "state")
        return
    with an_empty_postgresql() as url:
        yield lambda: open_store(tmp_path / "state", url)


@pytest.fixture
async def store(opener: Opener) -> AsyncIterator[Store]:
    async with opener() as opened:
        yield opened
