"""What the environment says is read once, checked at once, and never told to anybody when it is secret."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.settings import EXIT_CONFIG, Settings, SettingsError, given_names, load_settings, suspicious, variables

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "M" + "x" * 23 + "." + "y" * 6 + "." + "z" * 38
DISPATCH_TOKEN = "ghp_" + "d" * 36
MODEL_KEY = "sk-" + "m" * 45
SECRETS = {"DISCORD_TOKEN": TOKEN, "GITHUB_DISPATCH_TOKEN": DISPATCH_TOKEN, "OPENAI_API_KEY": MODEL_KEY}
ADMIN, OTHER_ADMIN = 111111111111111111, 222222222222222222

Load = Callable[..., Settings]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Load:
    """Settings from these variables alone; a token is set unless told otherwise."""
    for name in list(os.environ):
        monkeypatch.delenv(name)

    def load_given(env_file: Path | None = None, **given: str) -> Settings:
        for name, value in {"DISCORD_TOKEN": TOKEN, **given}.items():
            monkeypatch.setenv(name, value)
        return load_settings(env_file)

    return load_given


def problems_of(load: Load, **given: str) -> list[str]:
    """The problems that these variables have."""
    with pytest.raises(SettingsError) as refused:
        load(**given)
    return refused.value.problems


def test_a_token_is_enough(load: Load) -> None:
    settings = load()

    assert settings.discord_token.get_secret_value() == TOKEN
    assert (settings.bot_env, settings.git_sha, settings.log_level) == ("development", "unknown", "INFO")
    assert settings.debug_admins == frozenset()
    assert settings.missing_for_github == ["GITHUB_DISPATCH_TOKEN", "GITHUB_REPO"]


@pytest.mark.parametrize("nothing", ["", "  ", "\n"])
def test_a_missing_or_blank_token_is_named_with_its_remedy(load: Load, nothing: str) -> None:
    [problem] = problems_of(load, DISCORD_TOKEN=nothing)

    assert problem.startswith("DISCORD_TOKEN is missing: set it to the bot's token")
    assert "Reset Token" in problem


def test_all_problems_are_told_at_once_each_with_variable_and_remedy(load: Load) -> None:
    wrong = {
        "DISCORD_TOKEN": "",
        "DEBUG_ADMINS": "anna",
        "DISCORD_GUILD_ID": "my guild",
        "LOG_LEVEL": "LOUD",
        "GITHUB_REPO": "my-bot",
        "AUTOFIX_AGENT": "github",
        "AUTOFIX_POLL_SECONDS": "often",
        "GITHUB_API_URL": "api.github.com",
    }

    problems = problems_of(load, **wrong)

    remedies = {
        "DISCORD_TOKEN": "Reset Token",
        "DISCORD_GUILD_ID": "Copy ID",
        "DEBUG_ADMINS": "Copy ID",
        "LOG_LEVEL": "use one of CRITICAL, DEBUG, ERROR, INFO, WARNING",
        "GITHUB_REPO": "write owner/repo, or set GITHUB_OWNER",
        "AUTOFIX_AGENT": "needs GITHUB_DISPATCH_TOKEN",
        "AUTOFIX_POLL_SECONDS": "valid number",
        "GITHUB_API_URL": "https://api.github.com",
    }
    assert {problem.split()[0] for problem in problems} == set(wrong)
    for problem in problems:
        assert remedies[problem.split()[0]] in problem
        assert problem.endswith(".")


def test_an_agent_asked_for_by_name_does_not_repeat_what_another_sentence_says(load: Load) -> None:
    problems = problems_of(load, AUTOFIX_AGENT="github", GITHUB_REPO="a/b/c", GITHUB_DISPATCH_TOKEN=DISPATCH_TOKEN)

    assert [problem.split()[0] for problem in problems] == ["GITHUB_REPO"]


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"BOT_ENV": "production", "ENV": "staging"}, "production"),
        ({"ENV": "staging"}, "staging"),
        ({"BOT_ENV": "", "ENV": "staging"}, "staging"),
        ({"BOT_ENV": "", "ENV": ""}, "development"),
    ],
)
def test_bot_env_wins_over_env(load: Load, given: dict[str, str], read: str) -> None:
    assert load(**given).bot_env == read


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"GIT_SHA": "aaa111", "RAILWAY_GIT_COMMIT_SHA": "bbb222"}, "aaa111"),
        ({"RAILWAY_GIT_COMMIT_SHA": "bbb222"}, "bbb222"),
        ({"GIT_SHA": "", "RAILWAY_GIT_COMMIT_SHA": "bbb222"}, "bbb222"),
        ({"GIT_SHA": "", "RAILWAY_GIT_COMMIT_SHA": ""}, "unknown"),
    ],
)
def test_git_sha_wins_over_railways(load: Load, given: dict[str, str], read: str) -> None:
    assert load(**given).git_sha == read


@pytest.mark.parametrize(
    ("given", "admins"),
    [
        ("", set()),
        (" , ,", set()),
        (str(ADMIN), {ADMIN}),
        (f" {ADMIN} ,{OTHER_ADMIN},", {ADMIN, OTHER_ADMIN}),
        (f"{ADMIN},{ADMIN}", {ADMIN}),
    ],
)
def test_admins_are_user_ids_between_commas(load: Load, given: str, admins: set[int]) -> None:
    assert load(DEBUG_ADMINS=given).debug_admins == admins


@pytest.mark.parametrize(
    "malformed",
    ["anna", "12345", f"<@{ADMIN}>", f"{ADMIN} {OTHER_ADMIN}", f"{ADMIN};{OTHER_ADMIN}", "*", "-1", f"{ADMIN},x"],
)
def test_a_malformed_admin_list_is_refused_as_a_whole(load: Load, malformed: str) -> None:
    [problem] = problems_of(load, DEBUG_ADMINS=malformed)

    assert problem.startswith("DEBUG_ADMINS is wrong: ")
    assert "is not a Discord id" in problem


@pytest.mark.parametrize(
    ("given", "repository"),
    [
        ({"GITHUB_REPO": "octocat/my-bot"}, "octocat/my-bot"),
        ({"GITHUB_REPO": "my-bot", "GITHUB_OWNER": "octocat"}, "octocat/my-bot"),
        ({"GITHUB_REPO": "octocat/my.bot", "GITHUB_OWNER": "somebody"}, "octocat/my.bot"),
        ({"GITHUB_OWNER": "octocat"}, None),
        ({}, None),
    ],
)
def test_a_repository_has_its_owner_before_the_slash_or_beside_it(
    load: Load, given: dict[str, str], repository: str | None
) -> None:
    assert load(**given).repository == repository


@pytest.mark.parametrize("given", ["my-bot", "a/b/c", "octocat/", "https://github.com/octocat/my-bot", "my bot"])
def test_a_repository_that_cannot_be_found_is_refused(load: Load, given: str) -> None:
    [problem] = problems_of(load, GITHUB_REPO=given)

    assert problem.startswith("GITHUB_REPO is wrong: ")
    assert "write owner/repo" in problem


@pytest.mark.parametrize(("given", "level"), [("warn", "WARNING"), (" debug ", "DEBUG"), ("Error", "ERROR")])
def test_a_level_may_be_written_in_any_case(load: Load, given: str, level: str) -> None:
    assert load(LOG_LEVEL=given).log_level == level


def test_secrets_are_shown_nowhere_but_to_the_redactor(load: Load) -> None:
    settings = load(**SECRETS)

    shown = f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    assert not [secret for secret in SECRETS.values() if secret in shown]
    assert sorted(settings.secrets) == sorted(SECRETS.values())


def test_a_ceiling_under_the_price_of_one_run_is_named(load: Load) -> None:
    [problem] = problems_of(load, AUTOFIX_MAX_COST_PER_DAY="0.5", AUTOFIX_ASSUMED_RUN_COST="0.75")

    assert problem.startswith("AUTOFIX_MAX_COST_PER_DAY is wrong: 0.5 is below AUTOFIX_ASSUMED_RUN_COST (0.75)")
    assert load(AUTOFIX_MAX_COST_PER_DAY="0.75", AUTOFIX_ASSUMED_RUN_COST="0.75").autofix_max_cost_per_day


@pytest.mark.parametrize(
    "variable", ["DEBUG_ADMINS", "CHANNEL_ID", "LOG_LEVEL", "GITHUB_REPO", "AUTOFIX_AGENT", "GITHUB_API_URL"]
)
@pytest.mark.parametrize("secret", SECRETS.values(), ids=list(SECRETS))
def test_a_secret_in_the_wrong_variable_is_not_quoted_in_the_error(load: Load, variable: str, secret: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load(**SECRETS, **{variable: secret})

    told = f"{refused.value} {refused.value!r} {refused.value.__cause__} {refused.value.__cause__!r}"
    assert variable in told
    assert not [each for each in SECRETS.values() if each in told]


def test_the_environment_wins_over_the_file(load: Load, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(f"LOG_LEVEL=ERROR\nBOT_ENV=staging\nDEBUG_ADMINS={ADMIN}\nCHANNEL_NAME=\n", encoding="utf-8")

    settings = load(file, LOG_LEVEL="DEBUG")

    assert (settings.log_level, settings.bot_env, settings.channel_name) == ("DEBUG", "staging", None)
    assert settings.debug_admins == {ADMIN}


def test_a_file_that_is_not_text_is_named(load: Load, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes("LOG_LEVEL=ERROR\n".encode("utf-16"))

    with pytest.raises(SettingsError, match=r"\.env is not UTF-8 text: save it as UTF-8"):
        load(file)


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="no file here whose reading fails for everybody")
def test_an_env_file_that_cannot_be_read_is_told_in_a_sentence():
    with pytest.raises(SettingsError, match=r"/proc/self/mem cannot be read: Input/output error\."):
        load_settings(Path("/proc/self/mem"))


def test_a_line_of_the_file_that_is_not_understood_is_told_with_all_else(load: Load, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("LOG_LEVEL='DEBUG\nBOT ENV=staging\nPORT=99999\nCHANNEL_NAME=rows\n", encoding="utf-8")

    with pytest.raises(SettingsError) as refused:
        load(file)

    assert [problem.partition(" is ")[0] for problem in refused.value.problems] == [
        f"{file}, line 1",
        f"{file}, line 2",
        "PORT",
    ]


def test_a_file_with_a_byte_order_mark_and_windows_line_ends_is_read(load: Load, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"\xef\xbb\xbfexport LOG_LEVEL=DEBUG\r\nBOT_ENV='staging' # as of today\r\n")

    settings = load(file)

    assert (settings.log_level, settings.bot_env) == ("DEBUG", "staging")


def test_a_folder_in_the_place_of_the_file_is_told_in_a_sentence(load: Load, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"cannot be read: Is a directory\. It has to be a file"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("DEBUG_ADMIN", "DEBUG_ADMINS"),
        ("DISCORD_BOT_TOKEN", "DISCORD_TOKEN"),
        ("GITHUB_DISPATCH_TOKN", "GITHUB_DISPATCH_TOKEN"),
        ("LOGLEVEL", "LOG_LEVEL"),
        ("OPENAI_KEY", "OPENAI_API_KEY"),
    ],
)
def test_a_misspelt_variable_is_told_with_the_one_that_was_meant(written: str, meant: str) -> None:
    assert suspicious([written]) == [f"{written} is set, but nothing reads it: did you mean {meant}?"]


def test_a_variable_is_not_suspicious_when_it_is_ours_or_the_platforms() -> None:
    ours = [*variables(), "ENV", "RAILWAY_GIT_COMMIT_SHA"]
    platform = [
        "GITHUB_REF",
        "GITHUB_SHA",
        "GITHUB_REPOSITORY",
        "GITHUB_TOKEN",
        "RAILWAY_GIT_COMMIT_MESSAGE",
        "PATH",
        "HOME",
    ]

    assert suspicious(ours) == []
    assert suspicious(platform) == []
    assert suspicious(["DEBUG_ADMIN", "DEBUG_ADMINS"]) == []


def test_a_misspelt_variable_is_found_in_the_environment_and_in_the_file(load: Load, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("DEBUG_ADMIN=1\nLOGLEVEL=\n", encoding="utf-8")

    load(file, github_owners="octocat")

    assert given_names(file) >= {"DISCORD_TOKEN", "GITHUB_OWNERS", "DEBUG_ADMIN"}
    assert [hint.split()[0] for hint in suspicious(given_names(file))] == ["DEBUG_ADMIN", "GITHUB_OWNERS"]


def test_a_missing_token_is_told_together_with_what_looks_like_it(load: Load) -> None:
    missing, hint = problems_of(load, DISCORD_TOKEN="", DISCORD_BOT_TOKEN=TOKEN)

    assert missing.startswith("DISCORD_TOKEN is missing")
    assert hint == "DISCORD_BOT_TOKEN is set, but nothing reads it: did you mean DISCORD_TOKEN?"


def test_the_example_file_lists_exactly_the_variables_and_their_defaults() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")

    listed = re.findall(r"^(?:# )?([A-Z][A-Z_]+)=(.*)$", example, re.MULTILINE)
    expected = [
        (name, "" if default == "required" else default.strip("`")) for name, (_, default) in variables().items()
    ]
    assert listed == expected


def test_the_example_file_works_as_it_is_but_for_the_token(load: Load) -> None:
    settings = load(ROOT / ".env.example")

    assert settings == load()


def test_the_readme_lists_exactly_the_variables() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    table = readme.partition("<!-- variables -->")[2].partition("<!-- /variables -->")[0]
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    assert rows == [f"| `{name}` | {meaning} | {default} |" for name, (meaning, default) in variables().items()]


def run_bot(directory: Path, **given: str) -> subprocess.CompletedProcess[str]:
    """`python -m bot run` in an empty directory, with these variables alone."""
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **given}
    return subprocess.run(
        [sys.executable, "-m", "bot", "run"],
        cwd=directory,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_start_without_a_token_ends_with_one_clear_sentence(tmp_path: Path) -> None:
    ended = run_bot(tmp_path)

    assert ended.returncode == EXIT_CONFIG
    [problem] = [line for line in ended.stderr.splitlines() if line.startswith("  - ")]
    assert problem.startswith("  - DISCORD_TOKEN is missing: set it to the bot's token: Discord developer portal")
    assert "Traceback" not in ended.stderr + ended.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_start_with_several_wrong_variables_names_all_of_them(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DEBUG_ADMINS=anna\n", encoding="utf-8")

    ended = run_bot(tmp_path, LOG_LEVEL="LOUD", GITHUB_REPO="my-bot", DISCORD_TOKN=TOKEN)

    named = [line.split()[1] for line in ended.stderr.splitlines() if line.startswith("  - ")]
    assert ended.returncode == EXIT_CONFIG
    assert sorted(named) == ["DEBUG_ADMINS", "DISCORD_TOKEN", "DISCORD_TOKN", "GITHUB_REPO", "LOG_LEVEL"]
    assert "Traceback" not in ended.stderr + ended.stdout
    assert TOKEN not in ended.stderr + ended.stdout


def test_the_local_command_is_words_and_its_variables_are_names(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_KEY", DISPATCH_TOKEN)

    settings = load(
        AUTOFIX_LOCAL_COMMAND="codex exec 'two words' $HOME;",
        AUTOFIX_LOCAL_ENV="MODEL_KEY, UNSET_ONE",
        AUTOFIX_LOCAL_READS="/opt/node, /opt/codex",
    )

    assert settings.autofix_local_command == ("codex", "exec", "two words", "$HOME;")
    assert settings.local_environment == {"MODEL_KEY": DISPATCH_TOKEN}
    assert settings.autofix_local_reads == (Path("/opt/node"), Path("/opt/codex"))
    assert DISPATCH_TOKEN in settings.secrets


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"AUTOFIX_LOCAL_COMMAND": "codex 'exec"}, "close what is quoted"),
        ({"AUTOFIX_TEST_COMMAND": "pytest 'x"}, "close what is quoted"),
        ({"AUTOFIX_LOCAL_ENV": "A=b"}, "write names only"),
        (
            {"AUTOFIX_AGENT": "local"},
            "local needs AUTOFIX_LOCAL_COMMAND and AUTOFIX_LOCAL_REPO and GITHUB_DISPATCH_TOKEN",
        ),
    ],
)
def test_a_local_agent_that_cannot_work_is_told_with_its_remedy(load: Load, given: dict[str, str], words: str) -> None:
    (problem,) = problems_of(load, **given)

    assert words in problem
