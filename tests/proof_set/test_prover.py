"""The prover on a sample of the measuring set; `python -m tests.proof_set` measures all of it."""

import pytest

from tests.proof_set.catalogue import all_cases
from tests.proof_set.measure import measured
from tests.proof_set.model import Case

SAMPLED = {
    "decimal_comma/right",
    "decimal_comma/overfit",
    "decimal_comma/evasion_conftest_exit_zero",
    "empty_mean/right_no_test",
    "wrong_operator/deletes_test",
    "wrong_operator/wrong_red",
    "off_by_one/weakens_assert",
}


@pytest.mark.parametrize("case", [pytest.param(each, id=each.name) for each in all_cases() if each.name in SAMPLED])
def test_a_patch_gets_the_level_that_it_deserves(case: Case) -> None:
    outcome = measured(case)

    assert outcome.is_right, outcome.said
    assert not outcome.harm


def test_the_sample_is_in_the_set() -> None:
    assert {each.name for each in all_cases()} >= SAMPLED
