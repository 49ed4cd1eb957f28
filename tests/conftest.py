"""What every test starts from: none of the machine's own settings; and how many workers run them."""

import os

import pytest

from bot.settings import Settings


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """How many `-n auto` means: one more than there are processors, for a story waits as long as it works."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(autouse=True)
def no_settings_of_the_machine(monkeypatch, request):
    for name in (*Settings.model_fields, "ENV", "RAILWAY_GIT_COMMIT_SHA"):
        monkeypatch.delenv(name.upper(), raising=False)
