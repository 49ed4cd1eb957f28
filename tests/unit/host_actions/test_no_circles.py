"""A heal never begets a heal: what it logs while it acts is an incident for people, and none for the healer."""

import logging
from pathlib import Path

from bot.healing.host import Action, Facts
from bot.healing.reactions import Wanted
from tests.unit.host_actions.ward import Ward, a_ward, a_wish, soon


async def test_an_error_that_a_heal_logs_is_told_and_not_healed(tmp_path: Path) -> None:
    async def act(facts: Facts) -> str:
        logging.getLogger("bot.trial").error("broken while healing")
        return "done"

    async def told(ward: Ward) -> int | None:
        return ward.healing.skipped or None

    async with a_ward(tmp_path) as ward:
        ward.healing.host.register("restart_service", Action(does="restart", act=act))

        run = await ward.healing.heal(Wanted(trouble=a_wish(argument="web"), playbook="service_restart"))

        assert await soon(lambda: told(ward)) == 1
        (line,) = ward.face.handler.lines(contains="broken while healing")
        assert f'"healing_run":"{run.id}"' in line
        assert [each.id for each in await ward.face.store.runs.newest()] == [run.id]
        assert any("broken while healing" in seen.title for seen in await ward.face.store.sightings.newest())
