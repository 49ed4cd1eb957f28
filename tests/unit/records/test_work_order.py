"""The work order's table: every step that it allows, and every one that it does not."""

from datetime import timedelta
from typing import get_args

import pytest

from bot.records.work_order import NEXT, WAITING_OUTSIDE, IllegalTransition, Status, WorkOrder, advance
from tests.factories import NOW, an_order

STATUSES: tuple[Status, ...] = get_args(Status)
PAIRS = [(before, after) for before in STATUSES for after in STATUSES]
ALLOWED: set[tuple[Status, Status]] = {
    *((status, "cancelled") for status in NEXT if status not in ("publishing", "verified") and NEXT[status]),
    ("staged", "dispatched"),
    ("dispatched", "proposing"),
    ("dispatched", "awaiting_approval"),
    ("dispatched", "no_fix"),
    ("dispatched", "failed"),
    ("proposing", "awaiting_approval"),
    ("proposing", "no_fix"),
    ("proposing", "failed"),
    ("awaiting_approval", "publishing"),
    ("awaiting_approval", "rejected"),
    ("publishing", "pr_open"),
    ("publishing", "failed"),
    ("pr_open", "merged"),
    ("pr_open", "rejected"),
    ("pr_open", "expired"),
    ("merged", "deploying"),
    ("merged", "verifying"),
    ("merged", "regressed"),
    ("merged", "expired"),
    ("deploying", "merged"),
    ("deploying", "verifying"),
    ("deploying", "regressed"),
    ("deploying", "expired"),
    ("verifying", "merged"),
    ("verifying", "verified"),
    ("verifying", "regressed"),
    ("verifying", "expired"),
    ("verified", "regressed"),
}
"""Written out a second time on purpose: a change of the table has to be meant."""


@pytest.mark.parametrize(("before", "after"), PAIRS, ids=str)
def test_an_order_goes_only_where_the_table_leads(before: Status, after: Status) -> None:
    order = an_order(status=before)

    if (before, after) in ALLOWED:
        assert advance(order, after, NOW).status == after
    else:
        with pytest.raises(IllegalTransition, match=f"{order.id} is {before}; it cannot become {after}"):
            advance(order, after, NOW)


def test_every_status_has_its_row_and_every_row_its_statuses() -> None:
    assert set(NEXT) == set(STATUSES)
    assert set().union(*NEXT.values()) <= set(STATUSES)


def test_nothing_is_published_without_having_waited_for_a_person() -> None:
    leads_to_publishing = {status for status, following in NEXT.items() if "publishing" in following}
    leads_to_pull_request = {status for status, following in NEXT.items() if "pr_open" in following}

    assert leads_to_publishing == {"awaiting_approval"}
    assert leads_to_pull_request == {"publishing"}


def test_every_order_can_come_to_an_end() -> None:
    ends = {status for status, following in NEXT.items() if not following}
    reaching = set(ends)
    for _ in STATUSES:
        reaching |= {status for status, following in NEXT.items() if following & reaching}

    assert ends == {"no_fix", "rejected", "failed", "expired", "regressed", "cancelled"}
    assert reaching == set(STATUSES)
    assert not WAITING_OUTSIDE & ends


def test_a_step_is_written_down_with_its_time_and_reason() -> None:
    later = NOW + timedelta(minutes=1)
    order = an_order(progress="one", retry_at=NOW, reason="old")

    after = advance(order, "failed", later, "it broke", run_url="https://x.test")

    assert after.history == ((("dispatched"), NOW), ("failed", later))
    assert (after.reason, after.run_url) == ("it broke", "https://x.test")
    assert (after.progress, after.retry_at) == (None, None)
    assert order.status == "dispatched"


def test_the_status_changes_only_by_a_step() -> None:
    with pytest.raises(IllegalTransition, match="advance"):
        an_order().evolve(status="pr_open")


def test_a_record_is_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        an_order().status = "pr_open"  # type: ignore[misc]  # this is the mistake


@pytest.mark.parametrize(
    ("attempt", "branch", "key"),
    [
        (1, "suture/inc_0123456789ab", "suture inc_0123456789ab propose 1"),
        (2, "suture/inc_0123456789ab-2", "suture inc_0123456789ab propose 2"),
        (12, "suture/inc_0123456789ab-12", "suture inc_0123456789ab propose 12"),
    ],
)
def test_branch_and_key_carry_incident_and_attempt(attempt: int, branch: str, key: str) -> None:
    order = an_order(attempt=attempt)

    assert (order.branch, order.key("propose")) == (branch, key)
    assert order.key("publish") == key.replace("propose", "publish")


def test_an_order_survives_json_with_every_field() -> None:
    order = advance(an_order(sent_at=NOW, sends=1, run_id=7), "proposing", NOW, progress="Prove: tests (2/4)")

    assert WorkOrder.model_validate_json(order.model_dump_json()) == order


def test_a_log_line_about_an_order_names_it_and_its_incident() -> None:
    assert an_order().log_context() == {
        "incident_id": "inc_0123456789ab",
        "order_id": "wo_20260105_0001",
        "order_status": "dispatched",
    }
