"""A merged fix is taken back by git, whatever kind of merge it was; what git cannot take back is said."""

from pathlib import Path

import pytest

from bot.repair.git import git
from bot.repair.git_revert import take_back
from bot.repair.publication import AUTHOR

INCIDENT = "inc_0123456789ab"


def commit(repo: Path, files: dict[str, str], message: str = "x") -> str:
    for name, text in files.items():
        (repo / name).write_text(text)
    git(repo, "add", "--all")
    git(repo, "commit", "--quiet", "-m", message, extra=AUTHOR)
    return git(repo, "rev-parse", "HEAD")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    commit(tmp_path, {"amount.py": "old\n"})
    return tmp_path


def test_a_merge_commit_and_a_squashed_one_are_taken_back(repo: Path) -> None:
    git(repo, "switch", "--quiet", "-c", "fix")
    commit(repo, {"amount.py": "new\n", "test_amount.py": "1\n"})
    git(repo, "switch", "--quiet", "main")
    git(repo, "merge", "--quiet", "--no-ff", "-m", "merge", "fix", extra=AUTHOR)
    merge = git(repo, "rev-parse", "HEAD")

    report = take_back(repo, merge, INCIDENT)

    assert (report.no_fix_reason, (repo / "amount.py").read_text()) == (None, "old\n")
    assert not (repo / "test_amount.py").exists()
    assert git(repo, "rev-parse", "HEAD") == merge
    git(repo, "reset", "--quiet", "--hard")
    squashed = commit(repo, {"amount.py": "newer\n"})
    take_back(repo, squashed, INCIDENT)
    assert (repo / "amount.py").read_text() == "new\n"


def test_what_was_changed_since_is_left_alone_and_said(repo: Path) -> None:
    fix = commit(repo, {"amount.py": "new\n"})
    commit(repo, {"amount.py": "newer still\n"})

    report = take_back(repo, fix, INCIDENT)

    assert "cannot be taken back by git alone" in (report.no_fix_reason or "")
    assert (repo / "amount.py").read_text() == "newer still\n"
    assert git(repo, "status", "--porcelain") == ""


def test_a_commit_that_is_not_there_is_said(repo: Path) -> None:
    assert "cannot be taken back" in (take_back(repo, "a" * 40, INCIDENT).no_fix_reason or "")
