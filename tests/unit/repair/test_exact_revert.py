"""A fix that is taken back stands at level 2 when it is exactly the state before, and that state's suite is green."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from bot.records.proposal import Proof
from bot.repair.brief import Proposing
from bot.repair.git import git
from bot.repair.git_revert import take_back
from bot.repair.proof import Suite, prove_revert
from bot.repair.steps import Trial, prove_step
from tests.factories import TEST_AUTHOR, a_repository, an_incident, an_order, staged_diff

BEFORE = {
    "amount.py": "def read(text):\n    return float(text)\n",
    "test_amount.py": "from amount import read\n\n\ndef test_a_point():\n    assert read('1.5') == 1.5\n",
}
FIX = {
    "amount.py": "def read(text):\n    return float(text.replace(',', '.'))\n",
    "test_amount.py": BEFORE["test_amount.py"] + "\n\ndef test_a_comma():\n    assert read('1,5') == 1.5\n",
    "test_more.py": "from amount import read\n\n\ndef test_commas():\n    assert read('2,5') == 2.5\n",
}
TESTS = Suite("python -m pytest -q", 60)


def committed(repo: Path, files: dict[str, str], message: str = "fix") -> str:
    for name, text in files.items():
        (repo / name).write_text(text, encoding="utf-8")
    git(repo, "add", "--all")
    git(repo, "commit", "--quiet", "-m", message, extra=TEST_AUTHOR)
    return git(repo, "rev-parse", "HEAD")


def taken_back(repo: Path, merge: str, **more: str) -> bytes:
    """The diff that takes the merge back, and writes more files beside it."""
    take_back(repo, merge, "inc_0123456789ab")
    for name, text in more.items():
        (repo / f"{name}.py").write_text(text, encoding="utf-8")
    return staged_diff(repo)


def test_the_exact_state_before_with_a_green_suite_is_level_2_and_says_what_is_not_shown(tmp_path: Path) -> None:
    repo = a_repository(tmp_path / "repo", BEFORE)
    merge = committed(repo, FIX)
    committed(repo, {"other.py": "x = 1\n"}, "later work elsewhere")
    diff = taken_back(repo, merge)

    proof = prove_revert(repo, diff, merge, TESTS)

    assert (proof.level, proof.diff_sha256) == (2, sha256(diff).hexdigest())
    assert "exactly the state before" in proof.reasons[0]
    assert "3 file(s)" in proof.reasons[0]
    assert proof.tests["collected"] == 1
    assert "breaks again" in proof.reasons[-1]


def test_a_red_suite_of_the_state_before_is_level_1(tmp_path: Path) -> None:
    repo = a_repository(tmp_path / "repo", BEFORE)
    merge = committed(repo, FIX)
    late = "from amount import read\n\n\ndef test_both():\n    assert read('3,5') == read('3.5')\n"
    committed(repo, {"test_later.py": late}, "a test that needs the fix by now")

    proof = prove_revert(repo, taken_back(repo, merge), merge, TESTS)

    assert proof.level == 1
    assert "test_both" in " ".join(proof.reasons)


@pytest.mark.parametrize("how", ["more beside it", "only a part of it", "of a commit that is not in it"])
def test_anything_but_the_exact_state_before_is_proved_as_any_other_patch(tmp_path: Path, how: str) -> None:
    repo = a_repository(tmp_path / "repo", BEFORE)
    merge = committed(repo, FIX)
    if how == "more beside it":
        diff = taken_back(repo, merge, helper="import os\n")
    elif how == "only a part of it":
        (repo / "amount.py").write_text(BEFORE["amount.py"], encoding="utf-8")
        diff = staged_diff(repo)
    else:
        diff, merge = taken_back(repo, merge), "a" * 40

    proof = prove_revert(repo, diff, merge, Suite("true", 60))

    assert "proved as any other patch" in proof.reasons[0]


def test_the_step_proves_a_revert_by_its_event_and_no_flag_says_that_it_undoes_what_it_was_asked_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTOFIX_TEST_COMMAND", "true")
    incident = an_incident()
    repo = a_repository(tmp_path / "repo", BEFORE)
    merge = committed(repo, FIX, f"fix\n\nSuture-Incident: {incident.id}\n")
    (tmp_path / "patch.diff").write_bytes(taken_back(repo, merge))
    asked = Proposing(phase="propose", attempt="2", order_id=an_order().id, incident=incident, revert=merge)
    event, out = tmp_path / "event.json", tmp_path / "proof.json"
    levels = []
    for payload in (asked, asked.model_copy(update={"revert": ""})):
        event.write_text(json.dumps({"client_payload": payload.model_dump(mode="json")}), encoding="utf-8")
        assert prove_step(Trial(repo=repo, diff=tmp_path / "patch.diff", incident=event), out) == 0
        proof = Proof.model_validate_json(out.read_bytes())
        levels.append((proof.level, bool(proof.policy_flags)))

    assert levels == [(2, False), (1, True)]
