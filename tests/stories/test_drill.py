"""Promise: a drill says step by step whether the path holds, and a live one goes no further than the proposal."""

import io
import json

import pytest

from bot.sandbox.drill import PLAN, score, tell_score
from bot.sandbox.live_drill import PLAN as LIVE_PLAN
from bot.sandbox.live_drill import live_drill, play_live
from bot.sandbox.story_steps import Step, Steps
from bot.settings import EmbeddedSettings
from tests.stories.github_lab import github_settings, open_github_server
from tests.stories.lab import by_field


def steps_of(*names: str, seconds: float = 1.0) -> Steps:
    """Steps that were all done, each in so long, of two seconds allowed."""
    return Steps(io.StringIO(), taken=[Step(name, name, 2.0, seconds, is_done=True) for name in names])


def test_a_drill_passes_only_with_all_steps_in_their_time(capsys: pytest.CaptureFixture[str]) -> None:
    cut_short = steps_of(*PLAN[:3])
    cut_short.taken[-1].is_done = False

    assert tell_score(score(steps_of(*PLAN)), as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["score"] == "11/11"
    assert not score(steps_of(*PLAN), longest=5.0)["passed"]
    assert {each["verdict"] for each in score(steps_of(*PLAN, seconds=3.0))["steps"]} == {"late"}
    assert tell_score(score(cut_short, "the model is away"), as_json=False) == 1
    told = capsys.readouterr()
    assert [line.split()[1] for line in told.out.splitlines()[:4]] == ["passed", "passed", "failed", "not"]
    assert "2/11" in told.out
    assert "the model is away" in told.err


async def test_a_live_drill_asks_the_real_agent_and_pushes_nothing(tmp_path):
    async with open_github_server(tmp_path) as github:
        told = by_field({**github_settings(github), "AUTOFIX_POLL_SECONDS": "0.3"})
        steps = Steps(io.StringIO())

        await play_live(EmbeddedSettings.model_validate(told), tmp_path / "store", steps)

        assert score(steps, plan=LIVE_PLAN)["passed"]
        assert {entry.path.rpartition("/")[2] for entry in github.journal if entry.is_write} == {"dispatches"}
        assert github.pulls == []


def test_a_live_drill_without_settings_says_what_is_missing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_DISPATCH_TOKEN", "GITHUB_REPO", "AUTOFIX_AGENT"):
        monkeypatch.delenv(name, raising=False)

    assert live_drill() == 78

    assert "GITHUB_DISPATCH_TOKEN, GITHUB_REPO is not set" in capsys.readouterr().err
