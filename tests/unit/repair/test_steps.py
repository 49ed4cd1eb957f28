"""The workflow's steps as the runner calls them: an exit code, a line, and a file that says what came of it."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from bot.repair.proof import DEFAULT_TESTS
from bot.repair.steps import Trial, brief_step, environment, incident_words, prove_step, publish_step, say, set_output
from tests.factories import a_fake_api, a_repository, an_incident, diff_of

RUNS = "GET /repos/octo/bot/actions/workflows/codex-autofix.yml/runs"


class Runner:
    """A runner's surroundings: its variables, its files, and a GitHub that runs beside the synchronous steps."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.loop = asyncio.new_event_loop()
        self.thread = Thread(target=self.loop.run_forever)
        self.thread.start()
        self.server = a_fake_api()
        self.api = asyncio.run_coroutine_threadsafe(self.server.__aenter__(), self.loop).result(10)
        for name, value in {
            "GITHUB_API_URL": self.api.url,
            "GITHUB_TOKEN": "ghs_" + "a" * 36,
            "GITHUB_REPOSITORY": "octo/bot",
            "GITHUB_RUN_ID": "7",
            "GITHUB_SERVER_URL": "http://127.0.0.1:9",
            "GITHUB_OUTPUT": str(folder / "output"),
        }.items():
            monkeypatch.setenv(name, value)

    def close(self) -> None:
        """End the server and its loop."""
        asyncio.run_coroutine_threadsafe(self.server.__aexit__(None, None, None), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()

    def event(self, payload: dict[str, Any]) -> Path:
        """The event's file."""
        path = self.folder / "event.json"
        path.write_text(json.dumps({"client_payload": payload}), encoding="utf-8")
        return path

    def runs_are(self, *runs: tuple[int, str]) -> None:
        """The workflow's runs, by id and title."""
        found = [
            {
                "id": number,
                "display_title": title,
                "status": "in_progress",
                "html_url": "https://github.test/run",
                "head_sha": "b" * 40,
                "event": "repository_dispatch",
                "created_at": "2026-01-05T12:00:00Z",
            }
            for number, title in runs
        ]
        self.api.says(RUNS, {"workflow_runs": found})

    @property
    def outputs(self) -> str:
        """What the step gave out."""
        return (self.folder / "output").read_text(encoding="utf-8")


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runner]:
    made = Runner(tmp_path, monkeypatch)
    yield made
    made.close()


PROPOSE: dict[str, Any] = {
    "phase": "propose",
    "attempt": "1",
    "order_id": "wo_20260105_0001",
    "incident": an_incident().model_dump(mode="json"),
}
PUBLISH: dict[str, Any] = {
    "phase": "publish",
    "attempt": "1",
    "order_id": "wo_20260105_0001",
    "incident": {"id": "inc_0123456789ab"},
    "run_id": "7",
    "diff_sha256": "d" * 64,
    "base_sha": "b" * 40,
}
OURS = "suture inc_0123456789ab propose 1"


@pytest.mark.parametrize(
    "others", [[], [(6, "suture inc_0123456789ab propose 2")], [(6, "suture inc_zzzzzzzzzzzz propose 1")], [(8, OURS)]]
)
def test_the_first_run_of_a_dispatch_writes_its_brief(runner: Runner, others: list[tuple[int, str]]) -> None:
    runner.runs_are((7, OURS), *others)

    code = brief_step(runner.event(PROPOSE), runner.folder / "out")

    assert (code, runner.outputs) == (0, "go=true\nreverts=false\n")
    assert (runner.folder / "out" / "prompt.md").exists()


def test_a_doubled_dispatch_ends_without_a_brief(runner: Runner, capsys: pytest.CaptureFixture[str]) -> None:
    runner.runs_are((7, OURS), (6, OURS))

    code = brief_step(runner.event(PROPOSE), runner.folder / "out")

    assert (code, runner.outputs) == (0, "go=false\n")
    assert not (runner.folder / "out").exists()
    assert "An earlier run has inc_0123456789ab already" in capsys.readouterr().out


def test_when_it_cannot_tell_it_stops(runner: Runner, capsys: pytest.CaptureFixture[str]) -> None:
    runner.api.says(RUNS, {"message": "no access"}, 403)

    code = brief_step(runner.event(PROPOSE), runner.folder / "out")

    assert code == 1
    assert not (runner.folder / "out").exists()
    assert capsys.readouterr().out.startswith("::error::")


def test_a_foreign_event_gets_no_brief_and_no_publication(runner: Runner) -> None:
    event = runner.event({"phase": "propose", "attempt": "1; id"})

    assert brief_step(event, runner.folder / "out") == 1
    assert publish_step(event, runner.folder / "publication.json", runner.folder) == 1
    assert runner.api.asked == []


def test_outside_of_a_runner_the_missing_variables_are_named(
    runner: Runner, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    monkeypatch.delenv("GITHUB_RUN_ID")

    assert brief_step(runner.event(PROPOSE), runner.folder / "out") == 1
    assert "GITHUB_TOKEN, GITHUB_RUN_ID is not set" in capsys.readouterr().out
    assert environment("GITHUB_REPOSITORY") == ["octo/bot"]


def test_a_proof_is_written_whatever_its_level(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOFIX_TEST_COMMAND", "python check.py")
    repo = a_repository(runner.folder / "repo", {"check.py": "print('1 passed')\n"})
    good, bad = runner.folder / "good.diff", runner.folder / "bad.diff"
    good.write_bytes(diff_of(repo, {"x": "x\n"}))
    bad.write_bytes(b"nonsense")
    outs = [runner.folder / "out" / name for name in ("good.json", "bad.json")]

    codes = [prove_step(Trial(repo=repo, diff=diff), out) for diff, out in zip((good, bad), outs, strict=True)]

    assert codes == [0, 0]
    assert [json.loads(out.read_text())["level"] for out in outs] == [2, 0]


@pytest.mark.parametrize("command", ["", "  "])
def test_an_empty_test_command_means_the_default(runner: Runner, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setenv("AUTOFIX_TEST_COMMAND", command)
    repo = a_repository(runner.folder / "repo", {"test_x.py": "def test_x():\n    assert True\n"})
    diff, out = runner.folder / "a.diff", runner.folder / "proof.json"
    diff.write_bytes(diff_of(repo, {"x": "x\n"}))

    prove_step(Trial(repo=repo, diff=diff), out)

    proof = json.loads(out.read_text())
    assert (proof["level"], proof["tests"]["command"]) == (2, DEFAULT_TESTS)


def test_a_missing_patch_is_an_error_of_the_step(runner: Runner, capsys: pytest.CaptureFixture[str]) -> None:
    assert prove_step(Trial(repo=runner.folder, diff=runner.folder / "none.diff"), runner.folder / "proof.json") == 1
    assert "none.diff cannot be read" in capsys.readouterr().out


def test_where_no_cell_can_be_made_nothing_is_proved_and_the_line_says_so(
    runner: Runner, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.platform", "win32")

    assert prove_step(Trial(repo=runner.folder, diff=runner.folder / "a.diff"), runner.folder / "proof.json") == 1

    assert "Windows has no cell" in capsys.readouterr().out
    assert not (runner.folder / "proof.json").exists()


@pytest.mark.parametrize("status", [200, 404, 500])
def test_a_refused_publication_leaves_its_reason(runner: Runner, status: int, no_waits: None) -> None:
    runner.api.says("GET /repos/octo/bot/actions/runs/7", {"message": "x"}, status)
    out = runner.folder / "out" / "publication.json"

    code = publish_step(runner.event(PUBLISH), out, runner.folder)

    told = json.loads(out.read_text(encoding="utf-8"))
    assert (code, told["status"]) == (1, "refused")
    assert told["reason"].startswith("Publishing was refused: ")


@pytest.fixture
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries without their pauses."""
    monkeypatch.setattr("bot.apis.http.wait_as_asked", lambda state: 0.0)


@pytest.mark.parametrize("failed", [True, False])
def test_a_line_for_the_runner_is_one_line_and_no_command_of_strangers(
    capsys: pytest.CaptureFixture[str], failed: bool
) -> None:
    say("one\n::set-output name=go::true\r::add-mask::x\u2028::stop-commands::y", failed=failed)

    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("::error::one ") is failed
    assert line.startswith("one ") is not failed


def test_outside_of_actions_an_output_goes_nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GITHUB_OUTPUT", raising=False)
    monkeypatch.chdir(tmp_path)

    set_output("go", "true")

    assert list(tmp_path.iterdir()) == []


def test_the_incidents_words_and_the_time_limit_reach_the_proof(
    runner: Runner, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    incident = runner.folder / "incident.json"
    incident.write_text(json.dumps({"summary": "a", "context": {"user": "b"}, "logs": ["c"], "count": 1}), "utf-8")
    monkeypatch.setenv("AUTOFIX_TEST_SECONDS", "soon")

    code = prove_step(Trial(repo=runner.folder, diff=incident), runner.folder / "proof.json")

    assert incident_words(incident) == "a\nb\nc"
    assert code == 1
    assert "AUTOFIX_TEST_SECONDS is 'soon'" in capsys.readouterr().out
