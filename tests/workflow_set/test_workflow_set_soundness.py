"""The workflow set is fit to judge by: whole files, every mistake marked, no mark in a good file."""

import yaml

from tests.workflow_set.catalogue import good, planted, plants


def test_every_file_is_a_workflow() -> None:
    paths = [path for path, _ in planted()] + good()

    found = {path.name: yaml.safe_load(path.read_text()) for path in paths}

    # YAML 1.1 reads the key `on` as true.
    assert not [name for name, file in found.items() if not (file.get(True) and file.get("jobs"))]


def test_every_planted_file_holds_one_to_three_mistakes() -> None:
    counts = {path.name: len(marks) for path, marks in planted()}

    assert len(counts) >= 40
    assert not {name: count for name, count in counts.items() if not 1 <= count <= 3}


def test_a_good_file_is_marked_nowhere() -> None:
    marked = [path.name for path in good() if plants(path.read_text())]

    assert len(good()) >= 14
    assert not marked
