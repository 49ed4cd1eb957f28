"""Who asks for a fix to be taken back gets a further attempt of the same incident, once, and only where one can be."""

import asyncio
from typing import Any

import pytest

from bot.records.work_order import Status
from bot.repair.reverting import open_revert
from bot.repair.rules import RepairRefused
from tests.factories import OTHER_ADMIN, Bench, ScriptedAgent, stored

MERGE = "a" * 40


@pytest.mark.parametrize("name", ["github", "local"])
async def test_a_regressed_fix_is_asked_to_be_taken_back_once_however_many_press(
    bench: Bench, agent: ScriptedAgent, name: str
) -> None:
    agent.name = name
    order = await stored(bench.store, status="regressed", merge_sha=MERGE, pr_number=7)

    asked = [open_revert(bench.repairs, order.id, person=OTHER_ADMIN) for _ in range(5)]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)

    (again,) = [each for each in outcomes if not isinstance(each, BaseException)]
    assert all(isinstance(each, RepairRefused) for each in outcomes if isinstance(each, BaseException))
    assert (again.attempt, again.reverts, again.requested_by) == (2, MERGE, OTHER_ADMIN)
    assert (again.incident_id, again.status) == (order.incident_id, "dispatched")
    assert "#7" in again.summary
    assert agent.sent == [again.key("propose")]


@pytest.mark.parametrize(
    ("status", "merge", "name", "why"),
    [
        ("verified", MERGE, "github", "only a fix that was merged and did not hold"),
        ("regressed", None, "github", "only a fix that was merged and did not hold"),
        ("regressed", MERGE, "endpoint", r"git revert\), or set AUTOFIX_AGENT to github or local"),
    ],
)
async def test_what_cannot_be_taken_back_is_refused_with_a_sentence(
    bench: Bench, agent: ScriptedAgent, status: Status, merge: str | None, name: str, why: str
) -> None:
    agent.name = name
    order = await stored(bench.store, status=status, merge_sha=merge)

    with pytest.raises(RepairRefused, match=why):
        await open_revert(bench.repairs, order.id, person=OTHER_ADMIN)

    assert agent.sent == []
    assert await bench.store.audit.entries() == []


@pytest.mark.parametrize(
    ("before", "name", "takes_back"),
    [
        ({"status": "failed"}, "github", MERGE),
        ({"status": "failed"}, "endpoint", None),
        ({"status": "regressed", "merge_sha": "b" * 40}, "github", None),
    ],
    ids=["a revert that failed", "an agent that makes none", "a revert that was merged"],
)
async def test_another_try_of_a_revert_is_that_revert_where_it_can_be_and_else_a_new_patch(
    bench: Bench, agent: ScriptedAgent, before: dict[str, Any], name: str, takes_back: str | None
) -> None:
    agent.name = name
    order = await stored(bench.store, reverts=MERGE, summary="Take back pull request #7, which did not hold", **before)

    again = await bench.repairs.retry(order.id, person=OTHER_ADMIN)

    incident = await bench.store.incidents.get(order.incident_id)
    assert again.reverts == takes_back
    assert again.summary == (order.summary if takes_back else incident.summary)
