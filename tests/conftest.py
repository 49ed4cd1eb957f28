"""What every test starts from: none of the machine's own settings."""

import pytest

from bot.settings import Settings


@pytest.fixture(autouse=True)
def no_settings_of_the_machine(monkeypatch, request):
    for name in (*Settings.model_fields, "ENV", "RAILWAY_GIT_COMMIT_SHA"):
        monkeypatch.delenv(name.upper(), raising=False)
