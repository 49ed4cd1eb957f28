"""A run that needs code has one work order, staged until an admin or the operator's switch says otherwise."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.healing.reactions import Wanted
from bot.records.work_order import MACHINE, Status
from bot.repair.run_orders import progress_of
from tests.factories import an_order
from tests.unit.host_actions.ward import Ward, a_ward, a_wish


@pytest.fixture
async def ward(tmp_path: Path) -> AsyncIterator[Ward]:
    async with a_ward(tmp_path) as opened:
        yield opened


async def test_a_run_that_needs_code_has_one_staged_order_however_often_it_asks(ward: Ward) -> None:
    trouble = a_wish(error="KeyError: 'x'", trace='File "/app/bot/ledger/intent.py", line 3, in parse')

    run = await ward.healing.heal(Wanted(trouble=trouble, playbook="verification_fix"))
    again = await ward.healing.engine.patches.ask(run, run.reason)

    assert (run.status, run.work_order_id) == ("awaiting_patch", again)
    (order,) = await ward.face.store.orders.newest()
    assert (order.status, order.requested_by, order.healing_run_id) == ("staged", MACHINE, run.id)
    assert "bot/ledger/intent.py" in (order.reason or "")
    incident = await ward.face.store.incidents.get(order.incident_id)
    assert incident.fingerprint == run.fingerprint


@pytest.mark.parametrize(
    ("status", "is_live", "verdict"),
    [
        ("staged", False, None),
        ("proposing", False, None),
        ("awaiting_approval", False, None),
        ("pr_open", False, None),
        ("deploying", False, None),
        ("verifying", True, None),
        ("verified", True, True),
        ("regressed", False, False),
        ("rejected", False, False),
        ("no_fix", False, False),
        ("failed", False, False),
        ("cancelled", False, False),
    ],
)
def test_what_an_order_is_tells_its_run_how_far_the_patch_is(
    status: Status, is_live: bool, verdict: bool | None
) -> None:
    progress = progress_of(an_order(status=status))

    assert (progress.is_live, progress.verdict) == (is_live, verdict)
    assert progress.reason
