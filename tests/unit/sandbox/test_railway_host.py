"""The local Railway: a deployment that does not come up changes nothing, and its memory outlives the process."""

import asyncio

from bot.repair.git import git
from bot.repair.publication import AUTHOR
from bot.sandbox.railway_host import RailwayHost
from bot.sandbox.railway_records import UNFINISHED, DeploymentBook


async def the_end_of(host: RailwayHost, deployment_id: str) -> str:
    """The status of a deployment once it is over."""
    async with asyncio.timeout(60):
        while (made := host.book.get(deployment_id)) is None or made.status in UNFINISHED:
            await asyncio.sleep(0.02)
    return f"{made.status}: {made.why}"


async def test_what_cannot_be_built_or_does_not_come_up_has_failed_and_says_why(tmp_path):
    repo = tmp_path / "repo"
    repo.mkdir()
    git(repo, "init", "--quiet")
    (repo / "README.md").write_text("no bot in here\n")
    git(repo, "add", "--all")
    git(repo, "commit", "--quiet", "-m", "x", extra=AUTHOR)
    told: list[str] = []
    host = RailwayHost(tmp_path / "world", f"file://{repo}", say=told.append)

    unknown = await the_end_of(host, host.deploy("a" * 40).id)
    broken = await the_end_of(host, host.deploy(git(repo, "rev-parse", "HEAD")).id)
    await host.stop()

    assert unknown.startswith("FAILED: The bot's code could not be checked out")
    assert broken == "FAILED: the bot ended before it was healthy"
    assert host.bot is None
    assert [each.status for each in DeploymentBook(tmp_path / "world" / "railway").all()] == ["FAILED", "FAILED"]
    assert "failed" in told[-1]
