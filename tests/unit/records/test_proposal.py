"""What an agent returned is checked, bounded and never trusted for its own digest."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.records.proposal import Proof, Proposal, Report, read_report
from tests.factories import a_diff, a_proof, a_proposal, a_report


def test_the_digest_is_over_the_bytes_and_not_over_what_somebody_says() -> None:
    proposal = a_proposal(diff=b"\xff\r\n", proof=a_proof(diff_sha256="0" * 64))

    assert proposal.diff_sha256 == hashlib.sha256(b"\xff\r\n").hexdigest()


def test_the_files_are_those_of_the_diff() -> None:
    moved = b"diff --git a/x b/y z\nsimilarity index 100%\nrename from x\nrename to y z\n"
    gone = b"diff --git a/old.py b/old.py\ndeleted file mode 100644\n--- a/old.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"
    quoted = (
        a_diff()
        .replace(b"a/bot/ledger/amount.py", b'"a/\\303\\244.py"')
        .replace(b"b/bot/ledger/amount.py", b'"b/\\303\\244.py"')
    )

    assert a_proposal(diff=a_diff("a.py") + moved + gone + quoted).files == ["a.py", "y z", "old.py", "ä.py"]


def test_a_line_of_content_is_no_file() -> None:
    assert a_proposal(diff=a_diff("a.py", new="diff --git a/x b/x")).files == ["a.py"]


@pytest.mark.parametrize("sha", ["", "b" * 39, "B" * 40, "b" * 40 + "\n", "main"])
def test_a_base_that_is_no_commit_id_is_refused(sha: str) -> None:
    with pytest.raises(ValidationError):
        a_proposal(base_sha=sha)


@pytest.mark.parametrize(
    "changes",
    [
        {"confidence": "certain"},
        {"root_cause": 7},
        {"files_examined": ["x"] * 101},
        {"pr_title": None},
    ],
)
def test_a_report_of_another_form_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        a_report(**changes)


def test_a_text_that_is_too_long_is_cut_and_marked() -> None:
    report = a_report(diagnosis="x" * 30_000, pr_title="y" * 600)

    assert (len(report.diagnosis), len(report.pr_title)) <= (20_000, 500)
    assert "characters cut" in report.diagnosis
    assert "characters cut" in report.pr_title


def test_a_secret_that_the_agent_read_does_not_stay_in_its_report() -> None:
    secret = "ghp_" + "x9Y8" * 9

    report = a_report(root_cause=f"the token {secret} is wrong", files_examined=[secret])

    assert secret not in report.model_dump_json()


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[]", b"[" * 200_000, b"{}"], ids=range(6))
def test_what_is_no_report_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        read_report(data)


def test_a_report_with_half_a_character_is_read() -> None:
    data = a_report(fix="HALF").model_dump_json().replace("HALF", "\\ud800 half").encode()

    assert read_report(data).fix == "? half"


def test_an_unknown_field_of_a_report_is_left_out() -> None:
    report = Report.model_validate({**a_report().model_dump(), "approved": True})

    assert not hasattr(report, "approved")


@pytest.mark.parametrize("level", [-1, 5, "high", 2.5])
def test_a_level_outside_the_scale_is_refused(level: object) -> None:
    with pytest.raises(ValidationError):
        Proof.model_validate({"level": level})


@given(st.text(st.characters(exclude_categories=[]), max_size=50))
def test_any_text_of_a_report_can_be_stored(text: str) -> None:
    report = a_report(root_cause=text, pr_title=text, files_examined=[text], no_fix_reason=text)

    proposal = a_proposal(report=report)

    assert (
        Proposal.model_validate_json(proposal.model_dump_json(exclude={"diff"})[:-1] + ',"diff":""}').report == report
    )
