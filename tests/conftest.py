"""What every test starts from: none of the machine's own settings; and how they are spread."""

import os

import pytest
from hypothesis import settings

from bot.settings import Settings

LONG = ("tests/stories", "tests/faults", "tests/proof_set")
"""Where tests of ten seconds and more are."""

settings.register_profile("the same examples each time", derandomize=True)
settings.register_profile("new examples each time")
settings.load_profile("new examples each time" if "SOAK_EXAMPLES" in os.environ else "the same examples each time")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """How many `-n auto` means: one more than there are processors, for a story waits as long as it works."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first, so that no worker is left alone with one at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


@pytest.fixture(autouse=True)
def no_settings_of_the_machine(monkeypatch, request):
    for name in (*Settings.model_fields, "ENV", "RAILWAY_GIT_COMMIT_SHA"):
        monkeypatch.delenv(name.upper(), raising=False)
