"""What steps print and write to the command files is understood as GitHub's runner does."""

import base64

import pytest

from bot.sandbox.workflow_commands import Masker, StepLog, read_assignments
from bot.sandbox.workflow_shell import build_command, is_installation
from bot.sandbox.workflow_values import WorkflowError


def a_log():
    return StepLog(Masker(), "a step")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a=1\n\nb=x=y\n", {"a": "1", "b": "x=y"}),
        ("a<<END\none\n\ntwo=2\nEND\nb=\n", {"a": "one\n\ntwo=2", "b": ""}),
        ("a<<EOF_1\nEOF\nEOF_1\n", {"a": "EOF"}),
        ("a=1\na=2\n", {"a": "2"}),
        ("a=x<<y\n", {"a": "x<<y"}),
    ],
)
def test_assignments_are_read_in_both_forms(text, values):
    assert read_assignments(text, "GITHUB_OUTPUT") == values


@pytest.mark.parametrize(("text", "words"), [("plain\n", "'plain'"), ("=1\n", "'=1'"), ("a<<END\nx\n", "'END' never")])
def test_a_broken_command_file_is_an_error(text, words):
    with pytest.raises(WorkflowError, match=words):
        read_assignments(text, "GITHUB_ENV")


def test_annotations_are_kept_with_their_place():
    log = a_log()
    log.take("::error file=a.py,line=3,title=Oh%3A no::it%0Abroke\n::notice::fine\n::warning::careful\n")

    error, notice, warning = log.annotations
    assert (error.level, error.path, error.line, error.title, error.message) == (
        "failure",
        "a.py",
        3,
        "Oh: no",
        "it\nbroke",
    )
    assert (notice.level, notice.message, warning.level) == ("notice", "fine", "warning")


def test_retired_commands_are_ignored_with_a_warning():
    log = a_log()
    log.take("::set-output name=a::1\n::set-env name=B::2\n")

    assert [note.level for note in log.annotations] == ["warning", "warning"]
    assert "set-output is retired" in log.annotations[0].message


def test_nothing_is_obeyed_between_stop_commands_and_its_word():
    log = a_log()
    log.take("::stop-commands::w0rd\n::error::quoted\n::w0rd::\n::error::real\n")

    assert [note.message for note in log.annotations] == ["real"]
    assert "::error::quoted" in log.lines


def test_secrets_are_masked_in_every_form():
    secret = "s3cret/" + "value"
    log = a_log()
    log.masker.add(f"{secret}\nsecond line")
    log.take(f"a {secret}\nb {base64.b64encode(secret.encode()).decode()}\nc s3cret%2Fvalue\nd second line\n")
    log.take("::add-mask::later\n::error::not later\n")

    assert log.lines == ["a ***", "b ***", "c ***", "d ***", "::add-mask::***", "##[error]not ***"]
    assert log.annotations[0].message == "not ***"


def test_endless_output_is_cut():
    log = a_log()
    log.take("x" * 1000 + "\n" + "\n".join(["y" * 1000] * 2000))

    assert len(log.lines) < 1100
    assert log.lines[-1].endswith("was not kept")


@pytest.mark.parametrize(
    ("script", "answer"),
    [
        ("python -m pip install -r requirements.txt", True),
        ("pip install ruff\npython3 -m pip install --upgrade pip\n", True),
        ("# tools\npython -m pip install \\\n  --require-hashes \\\n  -r requirements.lock\n\n", True),
        ("python -m pip install 'ruff>=0.9' \"x[extra]>1\"", True),
        ('python -m pip install "$(cat list)"', False),
        ("python -m pip install x && rm -rf y", False),
        ("python -m pip install $(cat list)", False),
        ("python -m pip install x\npytest", False),
        ("python -m pip list", False),
        ("", False),
    ],
)
def test_only_a_script_of_nothing_but_installs_is_not_run(script, answer):
    assert is_installation(script) is answer


def test_shells_start_as_at_github(tmp_path):
    script = tmp_path / "step.sh"

    assert build_command("", script) == ["bash", "-e", str(script)]
    assert build_command("bash", script) == ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
    assert build_command("python", script) == ["python", str(script)]
    assert build_command("perl {0}", script) == ["perl", str(script)]
    with pytest.raises(WorkflowError, match="'pwsh'"):
        build_command("pwsh", script)
