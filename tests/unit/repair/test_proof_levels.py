"""Levels 3 and 4, and what keeps a diff below them, on a real little repository."""

from pathlib import Path

import pytest

from bot.records.proposal import Proof
from bot.repair.proof import Suite, prove
from tests.factories import a_repository, diff_of

FILES = {
    "amount.py": "def read(text):\n    return float(text)\n",
    "test_amount.py": "from amount import read\n\n\ndef test_plain():\n    assert read('3') == 3\n",
}
FIX = {"amount.py": "def read(text):\n    return float(text.replace(',', '.'))\n"}
NEW = "from amount import read\n\n\ndef test_comma():\n    assert read('12,50') == 12.5\n"
SPECIAL = "def read(text):\n    if text == '12,50':\n        text = '12.50'\n    return float(text)\n"


def proof_of(tmp_path: Path, files: dict[str, str | None], incident: str = "") -> Proof:
    """The proof of what changes these files."""
    repo = a_repository(tmp_path / "repo", FILES)
    return prove(repo, diff_of(repo, files), Suite(seconds=60), incident)


def test_a_fix_with_a_test_that_fails_without_it_is_level_4(tmp_path: Path) -> None:
    proof = proof_of(tmp_path, {**FIX, "test_comma.py": NEW})

    assert (proof.level, proof.flags) == (4, ())
    assert any("ValueError comes out of amount.py" in reason for reason in proof.reasons)
    assert proof.tests["failing_before"] == 1


def test_an_exception_that_is_not_the_incidents_is_no_evidence(tmp_path: Path) -> None:
    proof = proof_of(tmp_path, {**FIX, "test_comma.py": NEW}, "Traceback\nKeyError: 'x'")

    assert proof.level == 2


def test_a_patch_that_knows_only_the_reported_input_is_told(tmp_path: Path) -> None:
    proof = proof_of(tmp_path, {"amount.py": SPECIAL, "test_comma.py": NEW})

    assert proof.level == 3
    assert proof.flags == ("overfit amount.py:2",)


def test_a_test_that_is_deleted_because_it_fails_still_counts(tmp_path: Path) -> None:
    proof = proof_of(tmp_path, {"amount.py": "def read(text):\n    return 12.5\n", "test_amount.py": NEW})

    assert proof.level == 1
    assert "test_plain" in proof.reasons[1]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("conftest.py", "import os\n\n\ndef pytest_sessionfinish():\n    os._exit(0)\n"),
        ("pytest.ini", "[pytest]\naddopts = --deselect test_amount.py\n"),
        ("sitecustomize.py", "import sys\n"),
        ("test_comma.py", "import sys\nsys.modules['amount'] = sys\n"),
    ],
)
def test_who_works_on_the_prover_stays_at_level_1(tmp_path: Path, name: str, text: str) -> None:
    proof = proof_of(tmp_path, {**FIX, name: text})

    assert proof.level == 1
    assert proof.flags


def test_tests_reach_neither_the_repository_nor_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    kept = home / "kept.txt"
    kept.write_text("mine", encoding="utf-8")
    hostile = f"from pathlib import Path\n\n\ndef test_harm():\n    Path({str(kept)!r}).write_text('gone')\n"

    proof = proof_of(tmp_path, {"test_harm.py": hostile})

    assert kept.read_text(encoding="utf-8") == "mine"
    assert proof.level == 1


def test_a_proof_of_an_earlier_version_is_still_read() -> None:
    stored = '{"level": 2, "reasons": ["3 passed"], "tests": {"exit_code": 0}, "diff_sha256": ""}'

    assert Proof.model_validate_json(stored).flags == ()


def test_a_test_that_was_red_before_is_no_new_one(tmp_path: Path) -> None:
    red = FILES["test_amount.py"] + NEW.partition("\n\n")[2]
    repo = a_repository(tmp_path / "repo", {**FILES, "test_amount.py": red})
    diff = diff_of(repo, {**FIX, "test_amount.py": red + "\n\ndef test_four():\n    assert read('4') == 4\n"})

    assert prove(repo, diff, Suite(seconds=60)).level == 2
