"""Every end has a headline of its own, and while an order goes on, somebody is asked for something."""

from datetime import timedelta
from typing import get_args

import pytest

from bot.agents.run_failures import PRUNED
from bot.records.work_order import NEXT, Status, WorkOrder
from bot.repair.endings import BASE_MOVED, ENDS, HEADLINES, asked_now, headline
from bot.repair.rules import Rules
from tests.factories import ADMIN, NOW, an_order


def after(before: Status, status: Status, **facts: object) -> WorkOrder:
    """An order that came from one status to another."""
    return an_order(status=status, history=((before, NOW), (status, NOW + timedelta(seconds=1))), **facts)


def test_every_way_to_an_end_is_told_apart() -> None:
    ways = [(before, end) for before in get_args(Status) for end in NEXT[before] if not NEXT[end]]
    told = {way: headline(after(*way)) for way in ways}

    assert set(ENDS) <= set(ways), "an end that the table does not have"
    for end in {end for _, end in ways}:
        of_end = [(before, told[before, end]) for before, each in ways if each == end]
        if end in ("failed", "rejected"):
            assert len({words for _, words in of_end}) == len(of_end), f"two ways to {end} sound alike: {of_end}"


def test_a_base_that_moved_is_an_end_of_its_own() -> None:
    order = after("publishing", "failed", reason=f"Publishing was refused: {BASE_MOVED}")

    assert "moved on" in headline(order)
    assert "Propose again" in (asked_now(order, Rules()) or "")


@pytest.mark.parametrize("before", ["proposing", "publishing"])
def test_a_pruned_patch_is_an_end_of_its_own(before: Status) -> None:
    order = after(before, "failed", reason=f"Publishing was refused: {PRUNED} Propose again makes a new patch.")

    assert "Pruned" in headline(order)
    assert "Propose again" in (asked_now(order, Rules()) or "")


def test_a_request_that_waits_is_not_said_to_be_sent() -> None:
    waits = after("staged", "dispatched", reason="The budget is spent.", retry_at=NOW)

    assert "nothing was sent yet" in headline(waits)
    assert headline(waits.evolve(sent_at=NOW, retry_at=None)) == HEADLINES["dispatched"]


@pytest.mark.parametrize("status", sorted(HEADLINES))
def test_where_a_person_is_waited_for_the_card_says_for_whom(status: Status) -> None:
    needs_a_person = {"staged", "awaiting_approval", "pr_open", "merged", "no_fix", "failed", "expired", "regressed"}

    assert (asked_now(after(status, status), Rules()) is not None) is (status in needs_a_person)


def test_whoever_may_not_approve_is_not_asked() -> None:
    order = after("proposing", "awaiting_approval", proof_level=1)

    asked = asked_now(order, Rules(second_approver=True, min_proof=2)) or ""

    assert f"any admin but <@{ADMIN}>" in asked
    assert "below level 2" in asked
