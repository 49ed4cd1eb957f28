"""What an error weighs, where it is and whose it is; a table of one's own comes first."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.intake.code_owners import CodeOwners, glob_matches, read_code_owners, rows_of
from bot.intake.fault import Fault, Frame
from bot.intake.normalise import Judge
from bot.intake.repository import Repository, relative
from bot.intake.rules import RulesUnreadable, load_rules, packaged
from tests.intake_factories import NOW

RULES = load_rules()


def a_fault(title="ValueError: no", **changes):
    kind, _, message = title.partition(": ")
    told = {"source": "sentry", "id": "7", "title": title, "kind": kind, "message": message, "last_seen": NOW}
    return Fault(**(told | changes))


@pytest.mark.parametrize(
    ("title", "severity"),
    [
        ("LoginFailure: Improper token has been passed.", "blocker"),
        ("Error: auth redirect loop detected", "blocker"),
        ("Error: Session is invalid", "blocker"),
        ("Error: Hydration failed because the initial UI does not match", "blocker"),
        ("Failed to create debate", "blocker"),
        ("OSError: [Errno 28] No space left on device", "blocker"),
        ("APIError: [429]: Quota exceeded for quota metric 'Read requests'", "high"),
        ("HTTPException: 503 Service Unavailable", "high"),
        ("Internal Server Error", "high"),
        ("TypeError: unsupported operand type(s)", "high"),
        ("ReferenceError: foo is not defined", "high"),
        ("AttributeError: 'NoneType' object has no attribute 'id'", "high"),
        ("Error: vote could not be counted", "high"),
        ("Error: translation missing for 'cart'", "medium"),
        ("Error: dark mode colours are wrong", "medium"),
        ("Something unknown", "medium"),
        ("DeprecationWarning: utcnow() is deprecated", "low"),
        ("console.warn: prop is odd", "low"),
        ("TypeError: Failed to fetch", "low"),
        ("ResizeObserver loop limit exceeded", "low"),
        ("AbortError: The user aborted a request.", "low"),
    ],
)
def test_an_error_weighs_what_its_words_say(title, severity):
    assert RULES.severity(a_fault(title))[0] == severity


@pytest.mark.parametrize(
    ("level", "severity"), [("flaky", "low"), ("interrupted", "low"), ("timedOut", "high"), ("failed", "medium")]
)
def test_a_tests_failure_is_as_grave_as_what_it_came_to(level, severity):
    fault = a_fault("checkout › pays: expected 1", source="playwright", level=level)

    assert RULES.severity(fault)[0] == severity


def test_a_table_of_ones_own_is_tried_first(tmp_path):
    own = tmp_path / "rules.toml"
    own.write_text(
        '[[severity]]\nis = "low"\nany = ["TypeError"]\nsources = ["sentry"]\n'
        '[[area]]\nis = "billing"\npaths = ["bot/pay/**"]\n[[owner]]\nis = "@acme/pay"\nareas = ["billing"]\n'
    )
    judge = Judge(rules=load_rules(own), repository=Repository(lambda name: name == "bot/pay/card.py"))

    task = judge.task_of(a_fault("TypeError: no", frames=(Frame(file="/app/bot/pay/card.py", function="pay"),)))
    other = judge.task_of(a_fault("TypeError: no", frames=(Frame(file="app/bot/pay/card.py"),), source="junit"))

    assert (task.severity, task.area, task.owner) == ("low", "billing", "@acme/pay")
    assert other.severity == "high"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[severity]]\nis = 'grave'\n", "severity.0.is is wrong"),
        ("[[severity]]\nis = 'low'\nany = ['(']\n", "is no regular expression"),
        ("[[severity]]\nis = 'low'\nwords = ['x']\n", "severity.0.words is wrong"),
        ("severity =", "is not TOML"),
        ("[[colour]]\nis = 'red'\n", "colour is wrong"),
    ],
)
def test_a_wrong_table_is_told_with_its_place(tmp_path, text, words):
    (tmp_path / "rules.toml").write_text(text)

    with pytest.raises(RulesUnreadable, match=words):
        load_rules(tmp_path / "rules.toml")


def test_a_table_that_is_not_there_is_told():
    with pytest.raises(RulesUnreadable, match="INTAKE_RULES"):
        load_rules(Path("nowhere.toml"))


@pytest.mark.parametrize(
    ("glob", "path", "matches"),
    [
        ("*", "a/b.py", True),
        ("*.py", "a/b.py", True),
        ("/*.py", "a/b.py", False),
        ("docs/*", "docs/a.md", True),
        ("docs/*", "docs/a/b.md", False),
        ("docs/", "x/docs/a.md", True),
        ("/docs/", "x/docs/a.md", False),
        ("/docs", "docs/a/b.md", True),
        ("a/**/b.py", "a/b.py", True),
        ("a/**/b.py", "a/x/y/b.py", True),
        ("**/logs", "x/logs/y.txt", True),
        ("a?c.py", "abc.py", True),
        ("a.c", "abc", False),
    ],
)
def test_globs_mean_what_they_mean_to_git(glob, path, matches):
    assert glob_matches(glob, path) is matches


def test_the_last_matching_row_owns_and_may_name_nobody():
    rows = rows_of("# head\n* @all\n/bot/ @bot @ada # both\n/bot/free.py\n[Section]\n")
    owners = CodeOwners(tuple(rows))

    assert owners.owners("bot/a.py") == ("@bot", "@ada")
    assert owners.owners("bot/free.py") == ()
    assert owners.owners("x") == ("@all",)


def test_code_owners_are_read_where_github_reads_them(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/CODEOWNERS").write_text("* @docs\n")

    assert read_code_owners(tmp_path).owners("a") == ("@docs",)


@pytest.mark.parametrize(
    "file",
    ["/app/bot/ledger/amount.py", "C:\\app\\bot\\ledger\\amount.py", "webpack:///./bot/ledger/amount.py?x",
     "https://cdn.test/bot/ledger/amount.py", "app:///bot/ledger/amount.py"],
)  # fmt: skip
def test_a_traces_file_is_found_in_the_repository_wherever_it_ran(tree, file):
    assert Repository.at(tree).existing(file) == "bot/ledger/amount.py"


@pytest.mark.parametrize("file", ["../../etc/passwd", "/etc/passwd", "", "nothing/here.py", "bot/\x00.py", "a/" * 200])
def test_no_file_outside_the_repository_is_ever_named(tree, file):
    assert Repository.at(tree).existing(file) is None


def test_files_to_look_at_are_our_own_that_exist_the_crash_first(judge):
    frames = (
        Frame(file="/app/bot/cogs/ledger.py", function="on_message"),
        Frame(file="/usr/lib/python3.12/site-packages/discord/client.py", own=False),
        Frame(file="/app/bot/gone.py"),
        Frame(file="/app/bot/ledger/amount.py", function="parse"),
    )

    hints = judge.task_of(a_fault(frames=frames)).expected_fix.files_hint

    assert hints == ("bot/ledger/amount.py", "bot/cogs/ledger.py")


def test_a_route_as_culprit_is_no_file(judge):
    assert judge.task_of(a_fault(culprit="/api/users/{id}")).expected_fix.files_hint == ()


@given(st.text(max_size=400), st.text(max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_words_have_a_severity_and_any_name_a_place(title, file):
    task = Judge(rules=RULES, repository=Repository()).task_of(a_fault(title, frames=(Frame(file=file),), culprit=file))

    assert task.severity in ("blocker", "high", "medium", "low")
    assert ".." not in relative(file).split("/")


def test_the_packaged_table_says_why_in_each_row():
    assert all(rule.why for rule in packaged().severity)
