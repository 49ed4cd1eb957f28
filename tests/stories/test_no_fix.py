"""Promise: a repair that comes to nothing says in Discord which nothing it is; a flagged one says what is flagged."""

from pathlib import Path

import pytest
import yaml

from bot.agents.run_failures import STEPS
from bot.records.work_order import Status
from bot.sandbox.codex_stand_in import Repertoire
from bot.sandbox.planted_fault import project_root
from tests.stories.github_lab import open_loop

ENDS: dict[str, tuple[Status, str]] = {
    "nothing": (
        "no_fix",
        "No fix: I am the sandbox's scripted stand-in, not a model: I could not find the cause. It looked at",
    ),
    "sandbox": (
        "no_fix",
        "No fix: the coding agent could not run its commands, so it saw no code: its sandbox did not start.",
    ),
    "down": ("failed", "The model gave no answer: it is down, its key is refused, or its quota is spent"),
    "large": ("failed", "The patch is larger than 256 KiB"),
    "babble": ("failed", "The model's report is not of the form that was asked for"),
    "workflow": ("failed", "The patch touches git's and GitHub's own files, which no patch may."),
}


async def test_each_way_to_come_to_nothing_has_its_own_sentence(tmp_path: Path, subtests: pytest.Subtests) -> None:
    model = Repertoire()
    async with open_loop(tmp_path, model) as loop:
        for scenario, (status, sentence) in ENDS.items():
            with subtests.test(scenario):
                loop.lab.client.face.gate.cooldowns.clear()  # this story is not about haste
                model.next_up.append(scenario)
                told = await loop.open_issue(f"lunch again: {scenario}")
                order = await loop.order("no_fix", "failed")

                assert order.summary.endswith(scenario)
                assert order.status == status
                assert sentence in (order.reason or "")
                assert sentence[:60] in told.content.replace("\\", "")

        assert {write.rsplit("/", 1)[-1] for write in loop.writes} == {"dispatches"}
        assert len(loop.writes) == len(ENDS)


async def test_a_missing_key_is_named_before_the_model_is_asked(tmp_path: Path) -> None:
    asked = Repertoire()
    async with open_loop(tmp_path, asked, secrets={}) as loop:
        asked.next_up.append("down")
        told = await loop.open_issue()

        assert "put OPENAI" in told.content.replace("\\", "")
        assert list(asked.next_up) == ["down"]


async def test_a_patch_that_touches_a_guard_is_flagged_in_review_card_and_pull_request(tmp_path: Path) -> None:
    model = Repertoire()
    model.next_up.append("guard")
    async with open_loop(tmp_path, model) as loop:
        review = await loop.open_issue()
        order = await loop.order("awaiting_approval")
        proposal = await loop.lab.client.face.store.proposals.get(order.id)

        assert proposal.proof.level == 1
        assert "level 1" in review.content
        assert "Flagged" in review.content
        assert "The patch touches a file that guards: bot/cogs/guards.py." in (order.reason or "")


def test_every_step_with_a_sentence_is_a_step_of_the_workflow() -> None:
    workflow = yaml.safe_load((project_root() / ".github/workflows/codex-autofix.yml").read_text())
    steps = {step["name"] for job in workflow["jobs"].values() for step in job["steps"]}

    assert set(STEPS) <= steps
