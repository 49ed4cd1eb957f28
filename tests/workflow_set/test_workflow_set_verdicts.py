"""What the linter makes of the set, which was written without sight of its rules."""

import pytest

from bot.repair.workflow_lint import lint_text
from tests.workflow_set.catalogue import good, planted


def found_in(text: str) -> set[tuple[int, str]]:
    return {(finding.line, finding.rule.name) for finding in lint_text(text, "x.yml")}


@pytest.mark.parametrize("path", good(), ids=lambda path: path.stem)
def test_a_good_workflow_raises_no_alarm(path):
    assert found_in(path.read_text(encoding="utf-8")) == set()


def test_every_planted_mistake_is_found_on_its_very_line():
    cases = [(path, plant) for path, plants in planted() for plant in plants]
    missed = [
        f"{path.stem}:{plant}" for path, plant in cases if plant not in found_in(path.read_text(encoding="utf-8"))
    ]

    assert missed == []
