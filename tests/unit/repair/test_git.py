"""Git by argv, deaf to the machine."""

from pathlib import Path

import pytest

from bot.repair.git import GitFailed, git
from tests.factories import TEST_AUTHOR, a_repository


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return a_repository(tmp_path / "repo", {"x": "a\n"})


def test_it_gives_what_git_prints_and_takes_bytes_on_stdin(repo: Path) -> None:
    assert git(repo, "rev-parse", "--abbrev-ref", "HEAD") == "main"
    assert git(repo, "hash-object", "--stdin", stdin=b"a\n") == "78981922613b2afb6025042ff6bd878ac1994e85"


def test_a_failure_is_told_in_gits_words(repo: Path) -> None:
    with pytest.raises(GitFailed, match=r"git rev-parse failed: .*no-such-branch"):
        git(repo, "rev-parse", "no-such-branch")


def test_a_missing_git_or_folder_is_a_failure_and_no_crash(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(GitFailed, match="could not run"):
        git(repo / "nowhere", "status")

    monkeypatch.setenv("PATH", str(repo))
    with pytest.raises(GitFailed, match="could not run"):
        git(repo, "status")


def test_the_machines_configuration_and_environment_are_not_heard(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".gitconfig").write_text("[user]\n\tname = somebody else\n", encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "somebody else")

    assert git(repo, "config", "--default", "nobody", "user.name") == "nobody"
    assert git(repo, "log", "--format=%an") == "ada"


def test_no_hook_of_a_repository_runs(repo: Path, tmp_path: Path) -> None:
    marker = tmp_path / "hook-ran"
    for name in ("pre-commit", "post-commit", "post-checkout", "commit-msg"):
        hook = repo / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch {marker}\n", encoding="utf-8")
        hook.chmod(0o755)

    git(repo, "commit", "--allow-empty", "--quiet", "-m", "x", extra=TEST_AUTHOR)
    git(repo, "checkout", "--quiet", "-b", "other")

    assert git(repo, "log", "--format=%s").splitlines() == ["x", "first"]
    assert not marker.exists()


def test_secrets_of_the_environment_do_not_reach_git(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "t" * 20)

    seen = git(repo, "-c", "alias.show-env=!env", "show-env")

    assert "GITHUB_TOKEN" not in seen
    assert "GIT_TERMINAL_PROMPT=0" in seen
