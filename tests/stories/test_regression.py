"""Promise: a fix that does not hold opens its incident again, and its revert is offered behind an approval."""

import asyncio

from bot.sandbox.discord_view import Message
from bot.sandbox.github_tokens import BOT_PERMISSIONS
from tests.stories.github_lab import QUICK, Loop, log_the_planted_fault, open_bot_at, open_github_server, token_in
from tests.stories.lab import open_discord


async def merged_fix(loop: Loop) -> str:
    """Approve and merge the loop's patch; the merge's commit."""
    review = await loop.open_issue()
    await loop.lab.use(loop.lab.person("ada"), "debug_confirm_fix", token=token_in(review))
    await loop.order("pr_open")
    await loop.github.mark_pull_ready(1)
    sha = await loop.github.merge_pull(1)
    await loop.order("merged")
    return sha


async def card_with(loop: Loop, label: str) -> Message:
    """The card that has this button."""

    def look() -> Message | None:
        return next((each for each in loop.lab.person("bob").sees("ops") if each.button(label)), None)

    return await loop.lab.discord.world.events.wait_for(look, label, 30)


async def card_without(loop: Loop, label: str) -> None:
    """Until no card has this button: a card is edited a while after its truth changed."""

    def gone() -> bool | None:
        return not any(each.button(label) for each in loop.lab.person("bob").sees("ops")) or None

    await loop.lab.discord.world.events.wait_for(gone, f"no {label}", 30)


BY_NAME = {"AUTOFIX_TRIGGER": "workflow_dispatch"}
MAY_START = {**BOT_PERMISSIONS, "actions": "write"}


async def test_a_fix_that_does_not_hold_is_taken_back_by_git_after_an_approval(tmp_path):
    """Here the workflow is started by name, so that this whole path is gone by that trigger, too."""
    github_here = open_github_server(tmp_path, tests=QUICK, rights=MAY_START)
    async with open_discord(tmp_path) as discord, github_here as github:
        base = await github.read_branch("main") or ""
        async with open_bot_at(discord, github, tmp_path, GIT_SHA=base, **BY_NAME) as lab:
            sha = await merged_fix(Loop(lab, github))
        async with open_bot_at(discord, github, tmp_path, GIT_SHA=sha, **BY_NAME) as lab:
            loop, ada = Loop(lab, github), lab.person("ada")
            beating = asyncio.create_task(lab.client.face.presence.run(0.2))
            log_the_planted_fault()

            first = await loop.order("regressed")
            card = await card_with(loop, "Propose the revert")
            assert "pull request #1" in (first.reason or "")
            assert "open again" in str(card.embeds)
            refused = await (await lab.person("bob").click(card, "Propose the revert")).done()
            assert "Not authorized" in refused.content

            review = await (await ada.click(card, "Propose the revert")).message(1, 120)
            await card_without(loop, "Propose the revert")  # it shows the revert's own attempt now
            assert "level 2" in review.content  # exactly the state before, and that state's tests are green
            assert "no model was asked" in review.content
            assert len(github.pulls) == 1

            await lab.use(ada, "debug_confirm_fix", token=token_in(review))
            second = await loop.order("pr_open")

            pull = github.pulls[1]
            assert (second.attempt, second.reverts, second.pr_number) == (2, sha, 2)
            assert (pull.draft, pull.head_branch) == (True, f"suture/{first.incident_id}-2")
            assert await github.read_diff(base, pull.head_sha) == ""
            decisions = [each.decision for each in await lab.client.face.store.audit.entries()]
            assert [each.details["merge"] for each in decisions if each.action == "revert"] == [sha]
            assert [run.event for run in github.runs] == ["workflow_dispatch"] * 4
            beating.cancel()
