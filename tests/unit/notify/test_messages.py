"""People are told the truth of a heal: one that found nothing to do is told as that, never as healed."""

from bot.events.catalog import HealingCompleted
from bot.notify.messages import alert_of
from tests.factories import NOW


def test_a_run_that_found_nothing_to_do_is_not_told_as_healed() -> None:
    ended = HealingCompleted(
        run_id="run_1", playbook_id="schema_recovery", outcome="nothing_to_do", reason="Nothing was changed."
    )

    alert = alert_of(ended, NOW)

    assert alert is not None
    assert (alert.level, alert.title) == ("info", "Nothing to heal: schema_recovery")
    assert "verified" not in alert.title
    assert "/healing_run run_1" in (alert.next_step or "")


def test_a_heal_that_was_verified_is_told_with_its_trust() -> None:
    ended = HealingCompleted(
        run_id="run_1", playbook_id="cog_reload", steps_completed=("reload_cog",), trust_before=0.5, trust_after=0.8
    )

    alert = alert_of(ended, NOW)

    assert alert is not None
    assert (alert.level, alert.action) == ("recovered", "reload_cog; trust 0.50 → 0.80")
