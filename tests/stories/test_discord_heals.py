"""Promise: a part, the commands and the connection are put right while the bot goes on, or stay as they were."""

from pathlib import Path

import pytest

import bot.cogs.ledger as ledger_module
from bot.healing.host import CannotHeal, NeedsPatch
from bot.sandbox.planted_faults import BROKEN, WHOLE, rewrite
from tests.stories.lab import Lab, open_lab


async def act(lab: Lab, name: str, **facts: str) -> str:
    """An action of the lab's host, taken."""
    told = await lab.client.face.healing.host.action(name).act(facts)
    return told if isinstance(told, str) else told.said


async def test_parts_commands_and_connection_are_put_right_under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_lab(tmp_path) as lab:
        before = lab.client.get_cog("LedgerCog")
        assert "loaded anew" in await act(lab, "reload_cog", argument="bot.cogs.ledger")
        after = lab.client.get_cog("LedgerCog")
        assert after is not None
        assert after is not before
        await lab.person("bob").say("ledger", "lunch 12.50")
        await lab.discord.world.events.wait_for(
            lambda: next((m for m in lab.person("bob").sees("ledger") if "Noted" in m.content), None), "an answer"
        )

        with pytest.raises(CannotHeal, match="no part"):
            await act(lab, "reload_cog", argument="os")

        monkeypatch.syspath_prepend(str(tmp_path))
        part = tmp_path / "suture_trial_part.py"
        rewrite(part, WHOLE)
        await lab.client.load_extension("suture_trial_part")
        rewrite(part, BROKEN)
        with pytest.raises(NeedsPatch, match="the old one goes on"):
            await act(lab, "reload_cog", error="Extension 'suture_trial_part' raised an error")
        assert "suture_trial_part" in lab.client.extensions
        await lab.client.unload_extension("suture_trial_part")

        session = lab.client.ws.session_id
        assert "connected again" in await act(lab, "refresh_session")
        assert lab.client.ws.session_id == session
        assert "Discord has the commands" in await act(lab, "resync_commands")

        patience = lab.client.patience
        waits = (patience.first, patience.limited)
        told = await lab.client.face.healing.host.action("back_off_login").act({})
        assert (patience.first, patience.limited) == (4.0, 240.0)
        undo = lab.client.face.healing.host.action("back_off_login").undo
        assert undo is not None
        assert not isinstance(told, str)
        await undo(told.facts)
        assert (patience.first, patience.limited) == waits


async def test_a_cog_of_our_own_that_does_not_load_leaves_the_old_one_at_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(module: object) -> object:
        ledger_module.__dict__["LedgerCog"] = None
        raise ImportError("half a file was written")

    async with open_lab(tmp_path) as lab:
        before, kind = lab.client.get_cog("LedgerCog"), ledger_module.LedgerCog
        monkeypatch.setattr("bot.host_actions.discord_client.importlib.reload", broken)

        with pytest.raises(NeedsPatch, match="the old one goes on"):
            await act(lab, "reload_cog", argument="bot.cogs.ledger")

        assert lab.client.get_cog("LedgerCog") is before
        assert ledger_module.LedgerCog is kind
