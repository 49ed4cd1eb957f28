"""How far a diff holds, on real little repositories."""

import secrets
from contextlib import suppress
from pathlib import Path

import pytest

from bot.repair.git import git
from bot.repair.proof import Suite, prove
from tests.factories import a_diff, a_repository, diff_of, sha256

FILES = {
    "amount.py": "def read(text):\n    return float(text)\n",
    "check.py": "import amount\nassert amount.read('12,50') == 12.5\nprint('1 passed')\n",
}
FIX: dict[str, str | None] = {"amount.py": "def read(text):\n    return float(text.replace(',', '.'))\n"}
HARMLESS: dict[str, str | None] = {"README.md": "hello\n"}
CHECK = Suite(command="python check.py", seconds=60)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return a_repository(tmp_path / "repo", FILES)


def state_of(repo: Path) -> dict[str, object]:
    """Everything in a checkout that a proof might have changed."""
    return {
        "head": git(repo, "rev-parse", "HEAD"),
        "status": git(repo, "status", "--porcelain", "--ignored"),
        "worktrees": git(repo, "worktree", "list"),
        "branches": git(repo, "branch", "--all"),
        "files": {
            str(path): path.read_bytes() for path in repo.rglob("*") if path.is_file() and ".git" not in path.parts
        },
        "git": sorted(str(path) for path in (repo / ".git").rglob("*") if "index" not in path.name),
    }


def test_a_diff_with_which_the_tests_pass_is_level_2(repo: Path) -> None:
    diff = diff_of(repo, FIX)

    proof = prove(repo, diff, CHECK)

    assert (proof.level, proof.diff_sha256) == (2, sha256(diff))
    assert proof.tests.items() >= {"command": "python check.py", "summary": "1 passed", "exit_code": 0}.items()
    assert any("1 passed" in reason for reason in proof.reasons)


def test_a_diff_with_which_they_fail_is_level_1_and_quotes_the_end(repo: Path) -> None:
    proof = prove(repo, diff_of(repo, HARMLESS), CHECK)

    assert proof.level == 1
    assert "could not convert string to float" in proof.reasons[1]
    assert proof.tests["exit_code"] == 1


def test_pytest_is_the_default_and_its_colour_is_told(tmp_path: Path) -> None:
    test = "from amount import read\n\ndef test_comma():\n    assert read('12,50') == 12.5\n"
    repo = a_repository(tmp_path / "repo", {"amount.py": FILES["amount.py"], "test_amount.py": test})

    green, red = prove(repo, diff_of(repo, FIX), Suite()), prove(repo, diff_of(repo, HARMLESS), Suite())

    assert (green.level, red.level) == (2, 1)
    assert "1 passed" in str(green.tests["summary"])
    assert "1 failed" in str(red.tests["summary"])


def test_a_command_that_switches_xdist_off_is_run_all_the_same(tmp_path: Path) -> None:
    repo = a_repository(tmp_path / "tested", {**FILES, "test_amount.py": "def test_it():\n    assert True\n"})

    proof = prove(repo, diff_of(repo, HARMLESS), Suite("python -m pytest -q -p no:xdist", 60))

    assert (proof.level, proof.tests["collected"]) == (2, 1)


def test_no_tests_at_all_prove_nothing(tmp_path: Path) -> None:
    repo = a_repository(tmp_path / "repo", {"amount.py": "x = 1\n"})

    assert prove(repo, diff_of(repo, HARMLESS), Suite()).level == 1


@pytest.mark.parametrize(
    ("diff", "why"),
    [
        (b"", "There is no diff."),
        (b"\n \n", "There is no diff."),
        (b"Sorry, I cannot help.", "cannot be read safely"),
        (a_diff("no/such/file.py"), "does not apply"),
        (a_diff("amount.py", old="something else"), "does not apply"),
        (a_diff(".github/workflows/ci.yml"), "GitHub's own files"),
    ],
)
def test_what_cannot_be_applied_is_level_0_with_the_reason(repo: Path, diff: bytes, why: str) -> None:
    proof = prove(repo, diff, CHECK)

    assert (proof.level, proof.diff_sha256) == (0, sha256(diff))
    assert why in proof.reasons[0]


def test_the_given_checkout_stays_as_it_is(repo: Path) -> None:
    (repo / "uncommitted.txt").write_text("mine\n", encoding="utf-8")
    (repo / "check.py").write_text("raise SystemExit('uncommitted')\n", encoding="utf-8")
    clean = a_repository(repo.parent / "clean", FILES)
    diffs = [diff_of(clean, FIX), diff_of(clean, HARMLESS), b"nonsense"]
    before = state_of(repo)

    levels = [prove(repo, diff, CHECK).level for diff in diffs]

    assert levels == [2, 1, 0]  # what is committed counts, not what lies about
    assert state_of(repo) == before


@pytest.mark.parametrize("how", ["shallow", "detached"])
def test_a_checkout_as_the_workflow_makes_it_will_do(repo: Path, tmp_path: Path, how: str) -> None:
    diff = diff_of(repo, FIX)
    checkout = tmp_path / "checkout"
    git(tmp_path, "clone", "--quiet", *(["--depth=1"] if how == "shallow" else []), f"file://{repo}", str(checkout))
    if how == "detached":
        git(checkout, "checkout", "--quiet", "--detach")

    assert prove(checkout, diff, CHECK).level == 2


def test_the_tests_see_nothing_of_our_environment(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_TOKEN", "OPENAI_API_KEY", "ACTIONS_RUNTIME_TOKEN", "GITHUB_ENV", "GITHUB_OUTPUT"):
        monkeypatch.setenv(name, "leaked")
    show = "import os, sys\nsys.exit(' '.join(sorted(set(os.environ) - {'LC_CTYPE'})))\n"

    proof = prove(repo, diff_of(repo, {"check.py": show}), CHECK)

    assert proof.tests["summary"] == "CI HOME LC_ALL PATH PYTHONDONTWRITEBYTECODE TMPDIR"


def left_running(mark: str) -> list[str]:
    """The processes of this machine whose command line holds a word."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if mark.encode() in path.read_bytes().split(b"\0"):
                found.append(path.parent.name)
    return found


@pytest.mark.parametrize(("then", "level"), [("time.sleep(600)", 1), ("print('1 passed')", 2)])
def test_what_the_tests_started_ends_with_them(tmp_path: Path, then: str, level: int) -> None:
    mark = secrets.token_hex(8)
    child = "print('here', flush=True); import time; time.sleep(30)"
    start = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}, {mark!r}], stdout=subprocess.PIPE, "
        f"start_new_session=True)\nchild.stdout.readline()\n{then}\n"
    )

    repo = a_repository(tmp_path / "repo", {"check.py": start})

    proof = prove(repo, diff_of(repo, HARMLESS), Suite("python check.py", seconds=1.5 if level == 1 else 60))

    assert left_running(mark) == []
    assert proof.level == level
    assert ("did not end within" in proof.reasons[1]) is (level == 1)


@pytest.mark.parametrize("command", ["no-such-program-anywhere", "python 'unclosed", "   "])
def test_a_test_command_that_cannot_run_proves_no_more_than_that_it_applies(repo: Path, command: str) -> None:
    proof = prove(repo, diff_of(repo, FIX), Suite(command=command))

    assert proof.level == 1
    assert len(proof.reasons) == 2


def test_output_that_is_no_text_and_very_long_is_cut(repo: Path) -> None:
    noise = "import sys\nsys.stdout.buffer.write(b'\\xff\\x00' * 1_000_000)\nsys.exit('the end')\n"

    proof = prove(repo, diff_of(repo, {"check.py": noise}), CHECK)

    assert proof.level == 1
    assert "the end" in proof.reasons[-1]
    assert len(proof.reasons[-1]) < 2000
