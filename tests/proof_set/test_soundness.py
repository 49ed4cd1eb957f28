"""The measuring set keeps its own promises, seen with plain git and plain test runs; no prover is asked."""

from collections import Counter
from pathlib import Path

import pytest

from tests.proof_set.catalogue import all_bugs, all_cases
from tests.proof_set.evasions import EVASIONS
from tests.proof_set.kinds import LABELS
from tests.proof_set.model import Bug, Case, edited
from tests.proof_set.soundness import applied, base_fault, fault_of

SAMPLED = all_bugs()[::6]
"""Few enough to be run in each `make test`; `python -m tests.proof_set --check` looks at all."""


def of_kind(kind: str) -> list[Case]:
    """The cases of a kind."""
    return [case for case in all_cases() if case.kind == kind]


def test_the_set_is_as_large_as_it_claims() -> None:
    attacks = Counter(case.bug.name for case in all_cases() if case.is_evasion)

    assert len(all_bugs()) >= 24
    assert {case.kind for case in all_cases() if not case.is_evasion} == set(LABELS)
    assert all(attacks[bug.name] >= 2 for bug in all_bugs()), attacks
    assert {name for bug in all_bugs() for name in bug.evasions} == set(EVASIONS)


def test_every_case_has_a_name_of_its_own_a_label_and_a_reason() -> None:
    names = Counter(case.name for case in all_cases())

    assert [name for name, number in names.items() if number > 1] == []
    assert all(case.levels <= {0, 1, 2, 3, 4} and case.levels and case.why for case in all_cases())


def test_only_right_patches_may_reach_level_4() -> None:
    may = {case.kind for case in all_cases() if 4 in case.levels and not case.stretch}

    assert may <= {"right", "right_refactor", "early_return"}


def test_every_edit_fits_and_changes_something() -> None:
    idle = [case.name for case in all_cases() if edited(case.bug.files, case.edits) == case.bug.files]

    assert idle == []


@pytest.mark.parametrize("bug", SAMPLED, ids=lambda bug: bug.name)
def test_a_base_is_as_green_as_it_says(bug: Bug, tmp_path: Path) -> None:
    assert base_fault(bug, tmp_path) == ""


@pytest.mark.parametrize("case", [case for case in of_kind("right") if case.bug in SAMPLED], ids=lambda case: case.name)
def test_the_test_of_a_right_patch_fails_before_and_passes_after(case: Case, tmp_path: Path) -> None:
    assert fault_of(case, tmp_path / "case") == ""


@pytest.mark.parametrize("case", [*of_kind("corrupt")[:6], *of_kind("does_not_apply")[:3]], ids=lambda case: case.name)
def test_a_diff_that_is_broken_or_stale_does_not_apply(case: Case, tmp_path: Path) -> None:
    _, fits = applied(case, tmp_path / "case")

    assert not fits
