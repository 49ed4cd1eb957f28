"""`python -m bot intake`: what it says to people and to programs, and how it ends."""

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli.intake import intake
from bot.settings import EXIT_CONFIG

ROOT = Path(__file__).resolve().parents[3]
CASE = '<testcase classname="a" name="b"><failure message="TypeError: no"/></testcase>'
JUNIT = f"<testsuite>{CASE}</testsuite>"


@pytest.fixture
def run(tmp_path):
    """Runs a step in an empty folder, with these variables alone."""

    async def step(*arguments, stderr=subprocess.PIPE, **variables):
        given = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **variables}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "intake", *arguments,
            cwd=tmp_path, env=given, stdout=subprocess.PIPE, stderr=stderr,
        )  # fmt: skip
        out, err = await process.communicate()
        return process.returncode, out.decode(), (err or b"").decode()

    return step


@pytest.fixture
def say(tmp_path, monkeypatch):
    """The same in this process: exit code, standard output, standard error."""
    for name in list(os.environ):
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def step(*arguments, **variables):
        result = CliRunner().invoke(intake, arguments, env=variables)
        return result.exit_code, result.stdout, result.stderr

    return step


def variables_of(world):
    sentry = {"SENTRY_AUTH_TOKEN": world.sentry.token, "SENTRY_ORG": "suture-lab", "SENTRY_PROJECT": "suture"}
    return {**sentry, "SENTRY_URL": world.sentry.url}


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("sentry",), ["SENTRY_AUTH_TOKEN", "SENTRY_ORG", "SENTRY_PROJECT"]),
        (("prs",), ["GITHUB_TOKEN", "GITHUB_REPO"]),
        (("prs", "--dispatch"), ["DISCORD_GUILD_ID", "DEBUG_CHANNEL_ID"]),
    ],
)
def test_each_missing_variable_is_named_with_its_remedy(say, tmp_path, arguments, named):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/patchtasks.json").write_text("[]")

    code, out, err = say(*arguments)

    assert (code, out) == (EXIT_CONFIG, "")
    assert [line.partition(" ")[0] for line in err.splitlines()] == named
    assert all("set it to" in line for line in err.splitlines())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("playwright",), "playwright-report/report.json"),
        (("playwright", "nowhere.json"), "nowhere.json"),
        (("junit", "nowhere.xml"), "nowhere.xml"),
        (("normalize",), "run `intake sentry`"),
        (("prs", "--dry-run"), "run `intake normalize`"),
    ],
)
def test_a_file_that_is_not_there_ends_a_step_with_a_sentence(say, arguments, words):
    code, out, err = say(*arguments)

    assert (code, out) == (2, "")
    assert words in err
    assert "Traceback" not in err


def test_a_table_of_rules_that_is_wrong_is_told_with_its_place(say, tmp_path):
    (tmp_path / "rules.toml").write_text("[[severity]]\nis = 'grave'\n")

    code, _, err = say("normalize", INTAKE_RULES="rules.toml")

    assert code == EXIT_CONFIG
    assert "severity.0.is is wrong" in err


def test_a_dry_run_needs_no_token(say, tmp_path):
    (tmp_path / "junit.xml").write_text(JUNIT)
    say("junit", "junit.xml")

    code, out, _ = say("prs", "--dry-run", "--all")

    assert code == 0
    assert "title: [HIGH] a › b: TypeError: no" in out
    assert "Nothing was sent" in out


async def test_programs_get_one_document_of_each_step(run, world, tmp_path):
    github = {
        "GITHUB_TOKEN": world.github.bot_token,
        "GITHUB_REPO": world.github.repo,
        "GITHUB_API_URL": world.github.api_url,
    }

    steps = [
        await run("sentry", "--json", **variables_of(world)),
        await run("normalize", "--json"),
        await run("prs", "--json", **github),
    ]

    assert [(code, err) for code, _, err in steps] == [(0, "")] * 3
    told = [json.loads(out) for _, out, _ in steps]
    assert [each["step"] for each in told] == ["sentry", "normalize", "prs"]
    assert told[2]["steps"][0]["url"] == f"{world.github.url}/{world.github.repo}/pull/1"


async def test_a_service_that_refuses_ends_the_step_with_its_words(run, reading):
    code, out, err = await run("sentry", **{**variables_of(reading), "SENTRY_AUTH_TOKEN": "wrong"})

    assert (code, out) == (1, "")
    assert "answered 401" in err


async def test_a_log_gets_plain_lines_and_a_terminal_a_bar_without_colour_when_asked(run, reading):
    _, _, plain = await run("sentry", **variables_of(reading))
    leader, follower = os.openpty()
    await run("sentry", stderr=follower, **variables_of(reading), TERM="xterm", NO_COLOR="1")
    os.close(follower)
    shown = os.read(leader, 65_536).decode()
    os.close(leader)

    assert plain == "Issues from Sentry …\n"
    assert "\x1b[" in shown
    assert not re.search(r"\x1b\[(3|9)\d", shown)
