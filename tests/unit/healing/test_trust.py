"""Trust moves by what was verified, stays between 0 and 1, and is lost faster than it is won."""

import pytest

from bot.healing.trust import AT_FIRST, after_failure, after_success


def test_a_verified_success_closes_part_of_the_gap():
    assert after_success(0.95) == pytest.approx(0.98)
    assert after_success(0.75) == pytest.approx(0.90)


def test_a_failure_takes_part_of_what_there_is():
    assert after_failure(0.9) == pytest.approx(0.54)


def test_it_stays_between_0_and_1_whatever_happens():
    high = low = AT_FIRST

    for _ in range(1000):
        high, low = after_success(high), after_failure(low)

    assert 0 <= low < high <= 1
