"""An incident's state is what its orders make it: a fix that did not hold opens it again until another one does."""

import pytest

from bot.records.incident_state import IncidentState, state_of
from bot.records.work_order import Status
from tests.factories import an_order


@pytest.mark.parametrize(
    ("statuses", "state"),
    [
        ((), "open"),
        (("staged",), "open"),
        (("proposing",), "mending"),
        (("pr_open",), "mending"),
        (("no_fix",), "open"),
        (("failed", "awaiting_approval"), "mending"),
        (("rejected",), "open"),
        (("verified",), "resolved"),
        (("regressed",), "reopened"),
        (("regressed", "dispatched"), "reopened"),
        (("regressed", "cancelled"), "reopened"),
        (("regressed", "verified"), "resolved"),
        (("regressed", "verified", "regressed"), "reopened"),
        (("verified", "proposing"), "mending"),
    ],
)
def test_the_orders_of_an_incident_tell_its_state(statuses: tuple[Status, ...], state: IncidentState) -> None:
    orders = [an_order(attempt=number, status=status) for number, status in enumerate(statuses, 1)]

    assert state_of(reversed(orders)) == state
