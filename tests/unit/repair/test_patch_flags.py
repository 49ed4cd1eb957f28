"""Promise: what guards, what mends and what a patch takes back is told, and such a patch never stands above level 1."""

import subprocess
import sys
from pathlib import Path

import pytest

from bot.records.diff import read_diff
from bot.records.sql_store import open_store
from bot.records.work_order import advance
from bot.repair.git import git
from bot.repair.protected_paths import Policy, policy_of
from bot.repair.undone_fix import Fix, committed_fixes, published_fixes, undone
from tests.factories import NOW, PULL_URL, TEST_AUTHOR, a_diff, a_repository, awaiting_approval, diff_of

ROOT = Path(__file__).resolve().parents[3]

GUARD, HEALER = "a file that guards", "the healer itself"
FLAGGED = {
    "bot/cogs/guards.py": GUARD,
    "bot/logging/redaction.py": GUARD,
    "bot/incident/confirmation.py": GUARD,
    "bot/cogs/buttons.py": GUARD,
    "tests/faults/test_hostile_arguments.py": GUARD,
    "tests/stories/test_authorisation.py": GUARD,
    "src/app/auth/views.py": GUARD,
    "src/permissions.py": GUARD,
    "lib/user_oauth.py": GUARD,
    "src/AUTH/x.py": GUARD,
    "src/\uff41uth/x.py": GUARD,
    "bot/repair/protected_paths.py": HEALER,
    "bot/healing/engine.py": HEALER,
    "bot/agents/github_dispatch.py": HEALER,
    "bot/watchdog/log_patterns.py": HEALER,
    "tests/unit/repair/test_proof.py": HEALER,
    "bot/cli/autofix.py": HEALER,
    "AGENTS.md": "what coding agents are told",
    "web/.codex/config.toml": "what coding agents are told",
    "bot/records/migrations/0002_more.py": "a migration",
    "migrations/0001.py": "a migration",
    "db/schema.sql": "a migration",
    "pyproject.toml": "the dependencies",
    "requirements-dev.txt": "the dependencies",
    "web/package.json": "the dependencies",
    "pytest.ini": "the dependencies",
    "bot/sitecustomize.py": "starts by itself",
    "x.pth": "starts by itself",
}
PLAIN = (
    "bot/ledger/amount.py", "tests/unit/ledger/test_amount.py", "src/author.py", "tests/conftest.py",
    "src/tokenizer.py", "docs/reading.md",
    "bot/cogs/ledger.py", "src/immigrations.py", "navigate.py", "sql.py",
)  # fmt: skip


@pytest.mark.parametrize("name", FLAGGED)
def test_a_file_that_guards_or_mends_is_told_and_caps_the_level(name: str) -> None:
    policy = policy_of(a_diff(name))

    assert policy.refusals == ()
    assert any(FLAGGED[name] in flag and name in flag for flag in policy.flags)
    assert [policy.level(proved) for proved in range(5)] == [0, 1, 1, 1, 1]


@pytest.mark.parametrize("name", PLAIN)
def test_an_ordinary_file_is_not_flagged(name: str) -> None:
    policy = policy_of(a_diff(name))

    assert policy == Policy()
    assert policy.level(4) == 4


def test_a_project_names_guarded_paths_of_its_own() -> None:
    policy = policy_of(a_diff("src/billing/invoice.py"), guarded=("**/billing/**", "*.cfg"))

    assert policy.flags == ("The patch touches a file that this project guards: src/billing/invoice.py.",)
    assert policy_of(a_diff("src/bills.py"), guarded=("**/billing/**",)) == Policy()


def test_a_move_is_flagged_by_either_of_its_names() -> None:
    away = b"diff --git a/src/auth.py b/src/x.py\nsimilarity index 100%\nrename from src/auth.py\nrename to src/x.py\n"

    assert "src/x.py" in policy_of(away).flags[0]


def test_a_refused_patch_has_no_level() -> None:
    policy = policy_of(a_diff(".github/workflows/ci.yml"))

    assert policy.refusals
    assert policy.level(4) == 0


def test_many_files_of_one_kind_are_one_sentence() -> None:
    policy = policy_of(b"".join(a_diff(f"auth/f{number}.py") for number in range(9)))

    assert len(policy.flags) == 1
    assert policy.flags[0].endswith("and 6 more.")


def test_all_code_that_runs_beside_the_write_token_is_flagged() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import sys, bot.cli, bot.repair.steps\n"
         "print(*(m.__file__ for n, m in sys.modules.items() if n.split('.')[0] == 'bot'), sep='\\n')"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    names = [Path(line).relative_to(ROOT).as_posix() for line in told.stdout.splitlines()]

    assert len(names) > 20
    assert [name for name in names if not policy_of(a_diff(name)).flags] == []


FILES = {"a.py": "def read(text):\n    amount = text.strip()\n    return float(amount)\n", "b.py": "other = 1\n"}
FIXED = "def read(text):\n    amount = text.strip().replace(',', '.')\n    return float(amount)\n"
FIX = {"a.py": FIXED, "test_a.py": "from a import read\n\n\ndef test_comma():\n    assert read('1,5') == 1.5\n"}


@pytest.fixture(scope="module")
def mended(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Fix]:
    """A repository whose newest commit but one is a fix of ours, and that fix."""
    repo = a_repository(tmp_path_factory.mktemp("mended") / "repo", FILES)
    diff = diff_of(repo, dict(FIX))
    git(repo, "apply", "--index", "-", stdin=diff)
    git(repo, "commit", "--quiet", "-m", "Read a comma\n\nSuture-Incident: inc_0123456789ab", extra=TEST_AUTHOR)
    (repo / "b.py").write_text("other = 2\n")
    git(repo, "commit", "--quiet", "-am", "by hand", extra=TEST_AUTHOR)
    return repo, Fix("inc_0123456789ab", diff)


UNDOING: dict[str, dict[str, str | None]] = {
    "all of it": {"a.py": FILES["a.py"], "test_a.py": None},
    "the fix, its test kept": {"a.py": FILES["a.py"]},
    "the test alone": {"test_a.py": None},
    "the fix, with other changes": {"a.py": "import re\n" + FILES["a.py"], "b.py": "other = 3\n"},
    "the fix, indented otherwise": {"a.py": FILES["a.py"].replace("    ", "\t")},
    "the fix, in a renamed file": {"a.py": None, "c.py": FILES["a.py"]},
}
KEEPING: dict[str, dict[str, str | None]] = {
    "another file": {"b.py": "other = 5\n"},
    "another line of the same file": {"a.py": FIXED.replace("return float(amount)", "return round(float(amount), 2)")},
    "a move of the fixed file": {"a.py": None, "c.py": FIXED},
    "one more test": {"test_a.py": f"{FIX['test_a.py']}\n\ndef test_more():\n    assert read('2') == 2\n"},
}


@pytest.mark.parametrize("what", UNDOING)
def test_a_patch_that_takes_a_recent_fix_back_is_told(mended: tuple[Path, Fix], what: str) -> None:
    repo, fix = mended
    diff = diff_of(repo, UNDOING[what])

    policy = policy_of(diff, recent=[fix])

    assert "The patch takes back lines of the fix for inc_0123456789ab." in policy.flags
    assert policy.level(4) == 1
    assert undone(diff, committed_fixes(repo, "HEAD")) == undone(diff, [fix])


@pytest.mark.parametrize("what", KEEPING)
def test_a_patch_that_keeps_the_recent_fix_is_not_flagged(mended: tuple[Path, Fix], what: str) -> None:
    repo, fix = mended

    assert undone(diff_of(repo, KEEPING[what]), [fix]) == []


def test_fixes_are_found_in_the_history_and_no_other_commits(mended: tuple[Path, Fix]) -> None:
    repo, fix = mended

    (found,) = committed_fixes(repo, "HEAD")

    assert found.incident_id == fix.incident_id
    assert [file.name for file in read_diff(found.diff)] == ["a.py", "test_a.py"]
    assert committed_fixes(repo, "HEAD~2") == []


async def test_published_fixes_come_from_the_store_and_waiting_ones_do_not(tmp_path: Path) -> None:
    async with open_store(tmp_path / "store.db") as store:
        order = await awaiting_approval(store)
        waiting = await published_fixes(store)
        order = await store.orders.save(advance(order, "publishing", NOW))
        await store.orders.save(advance(order, "pr_open", NOW, None, pr_number=3, pr_url=PULL_URL))

        (fix,) = await published_fixes(store)

    assert waiting == []
    assert fix == Fix(order.incident_id, a_diff())


def test_a_fix_that_cannot_be_read_is_passed_over() -> None:
    assert undone(a_diff(), [Fix("inc_0123456789ab", b"diff --cc a\n")]) == []
