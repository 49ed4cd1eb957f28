import pytest

from tests.redaction_held_out.clean import clean_lines
from tests.redaction_held_out.kinds import ALL_KINDS
from tests.redaction_held_out.measure import Cell, all_cells
from tests.redaction_held_out.placements import ALL_PLACEMENTS


@pytest.fixture(scope="module")
def cells() -> list[Cell]:
    return list(all_cells(1_500, seed=3))


def test_the_set_is_as_large_as_it_says() -> None:
    assert len({kind.name for kind in ALL_KINDS}) == len(ALL_KINDS) >= 450
    assert len({placement.name for placement in ALL_PLACEMENTS}) == len(ALL_PLACEMENTS) >= 100
    assert len(clean_lines()) >= 2_000


def test_every_line_holds_its_needle_and_tells_it_when_left_alone(cells: list[Cell]) -> None:
    silent = [
        (cell.kind.name, cell.placement.name)
        for cell in cells
        if cell.needle not in cell.line or not cell.leaks_in(cell.line)
    ]

    assert not silent


def test_a_redactor_that_takes_the_needle_away_leaks_nothing(cells: list[Cell]) -> None:
    blamed = [
        (cell.kind.name, cell.placement.name)
        for cell in cells
        if cell.leaks_in(cell.line.replace(cell.needle, "[redacted]"))
    ]

    assert not blamed


def test_a_redactor_that_leaves_the_last_half_leaks(cells: list[Cell]) -> None:
    plain = [
        cell
        for cell in cells
        if cell.needle == cell.credential.secret and "\n" not in cell.needle and len(cell.needle) >= 16
    ]

    halves = [cell.line.replace(cell.needle, "[redacted]" + cell.needle[len(cell.needle) // 2 :]) for cell in plain]

    assert all(cell.leaks_in(half) for cell, half in zip(plain, halves, strict=True))


def test_clean_lines_hold_the_words_that_must_stay_and_no_unfilled_fact() -> None:
    wrong = [line for line in clean_lines() if any(word not in line.text for word in line.kept) or "«" in line.text]

    assert not wrong


def test_the_same_seed_gives_the_same_set() -> None:
    first, second = ([cell.line for cell in all_cells(50, seed=9)] for _ in range(2))

    assert first == second
    assert clean_lines() == clean_lines()
