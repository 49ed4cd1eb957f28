"""Promises of the workflow file itself: who holds what, and that no payload is ever a part of a script or prompt."""

import re
from typing import Any

import pytest
import yaml

from bot.sandbox.planted_fault import project_root

TEXT = (project_root() / ".github/workflows/codex-autofix.yml").read_text(encoding="utf-8")
JOBS: dict[str, dict[str, Any]] = yaml.safe_load(TEXT)["jobs"]
MODEL_KEY = "secrets.OPENAI_API_KEY }}"


def steps(job: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = JOBS[job]["steps"]
    return found


def powers_of(job: str) -> set[str]:
    """Which of the three dangerous things a job holds; Codex's own sandbox apart."""
    held = set()
    if MODEL_KEY in yaml.safe_dump(JOBS[job], width=10_000):
        held.add("model key")
    if any("autofix prove" in step.get("run", "") for step in steps(job)):
        held.add("untrusted code")
    if "write" in JOBS[job]["permissions"].values() or "AUTOFIX_APP_PRIVATE_KEY" in str(JOBS[job]):
        held.add("write token")
    return held


def test_each_job_holds_exactly_one_of_key_untrusted_code_and_write_token() -> None:
    assert {job: powers_of(job) for job in JOBS} == {
        "propose": {"model key"},
        "prove": {"untrusted code"},
        "publish": {"write token"},
    }


def test_nothing_is_permitted_but_what_a_job_asks_for() -> None:
    assert yaml.safe_load(TEXT)["permissions"] == {}
    assert JOBS["prove"]["permissions"] == {"contents": "read"}
    assert "secrets." not in str(JOBS["prove"])


@pytest.mark.parametrize("job", JOBS)
def test_no_expression_stands_in_a_script_and_no_payload_in_a_step(job: str) -> None:
    for step in steps(job):
        assert "${{" not in step.get("run", "")
        assert "client_payload" not in str(step)
        assert "inputs." not in str(step)
    assert JOBS[job]["timeout-minutes"] <= 45


def test_after_the_model_only_git_and_plain_tools_run() -> None:
    names = [step["name"] for step in steps("propose")]
    after = steps("propose")[names.index("Write the patch") + 1 :]

    assert [step["name"] for step in after] == ["Write the diff", "Keep the patch"]
    assert "python" not in after[0]["run"]
    assert "-m bot" not in after[0]["run"]


def test_every_action_is_pinned_to_a_commit_and_codex_to_a_version() -> None:
    uses = [step["uses"] for job in JOBS for step in steps(job) if "uses" in step]
    (codex,) = [step["with"] for step in steps("propose") if "codex-action" in step.get("uses", "")]

    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", use) for use in uses)
    assert re.fullmatch(r"\d+\.\d+\.\d+", codex["codex-version"])
    assert (codex["permission-profile"], codex["safety-strategy"]) == (":workspace", "drop-sudo")
    assert "prompt" not in codex


def test_the_checkouts_keep_no_credentials() -> None:
    checkouts = [step for job in JOBS for step in steps(job) if "checkout" in step.get("uses", "")]

    assert len(checkouts) == 3
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)
