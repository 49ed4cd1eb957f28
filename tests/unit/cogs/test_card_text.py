"""What a card offers is what can be done: no more, and nothing that would be refused."""

import pytest

from bot.cogs.buttons import RevertButton
from bot.cogs.card_text import view_of
from bot.repair.endings import asked_now
from bot.repair.rules import Rules
from tests.factories import an_order


@pytest.mark.parametrize(("name", "offered"), [("github", True), ("local", True), ("endpoint", False)])
async def test_a_revert_is_offered_where_one_can_be_made_and_elsewhere_the_card_says_who_has_to(
    name: str, *, offered: bool
) -> None:
    order = an_order(status="regressed", merge_sha="a" * 40, agent=name)

    asked = asked_now(order, Rules()) or ""

    assert ("git revert" in asked) is not offered
    assert any(isinstance(item, RevertButton) for item in view_of(order).children) is offered
    reverted = order.evolve(reverts="b" * 40)
    assert not any(isinstance(item, RevertButton) for item in view_of(reverted).children)
    assert "git revert" not in (asked_now(reverted, Rules()) or "")
