from bot.logging.seen_before import MOST, SeenBefore


def test_what_was_added_is_known_and_nothing_else():
    seen = SeenBefore()
    seen.add("bot.ledger.amount")

    assert "bot.ledger.amount" in seen
    assert "bot.ledger.amounts" not in seen


def test_no_text_is_kept_and_the_memory_stays_small():
    seen = SeenBefore()
    for number in range(3 * MOST):
        seen.add(f"run-{number}")

    kept = seen._hashes
    assert 0 < len(kept) <= MOST
    assert {type(each) for each in kept} == {int}
