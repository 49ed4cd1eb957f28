"""Without a coding agent nothing leaves, and what would leave can be seen."""

import json

import pytest

from bot.agents.agent import AgentRefused, NotSeen
from bot.agents.staged import StagedAgent
from tests.factories import an_incident, an_order


def test_it_names_the_variables_that_are_missing() -> None:
    assert StagedAgent(["GITHUB_DISPATCH_TOKEN", "GITHUB_REPO"]).off == (
        "no coding agent is configured: GITHUB_DISPATCH_TOKEN and GITHUB_REPO not set"
    )
    assert StagedAgent([]).off == "AUTOFIX_AGENT is staged: nothing is sent"


async def test_it_sends_nothing_and_says_so() -> None:
    agent = StagedAgent(["GITHUB_REPO"])

    with pytest.raises(AgentRefused, match="only staged"):
        await agent.propose(an_order(), an_incident())
    with pytest.raises(AgentRefused, match="only staged"):
        await agent.publish(an_order())

    assert await agent.look(an_order()) == NotSeen()


def test_the_preview_holds_the_incident_and_can_be_attached() -> None:
    body = StagedAgent([]).request(an_order(), an_incident(logs=["x" * 8000] * 2000))

    assert json.loads(body)["incident"]["summary"] == "lunch is not counted"
    assert len(body) < 64 * 1024
