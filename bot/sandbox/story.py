"""The whole path without hands: from a real error in the running bot to a fault that is verified to be gone."""

import asyncio
import sys
import tempfile
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.sandbox.discord_reply import NoAnswerError
from bot.sandbox.discord_slash import ClientRefused
from bot.sandbox.discord_view import Message
from bot.sandbox.github_hands import CannotDo
from bot.sandbox.planted_fault import PIECE, CannotPlant
from bot.sandbox.story_end import Ending
from bot.sandbox.story_steps import Steps, StoryFailed
from bot.sandbox.world import World, open_world

Until = Literal["pull", "verified"]
RUN_SECONDS = 180.0
"""How long a workflow run of the story may take on a slow machine."""


@dataclass
class Story:
    """A world, and the steps told as they happen."""

    world: World
    steps: Steps

    def step(self, name: str, words: str, limit: float) -> AbstractContextManager[None]:
        """Tell one step with its time."""
        return self.steps.step(name, words, limit)

    def check(self, holds: bool, otherwise: str) -> None:
        """Go on only when it holds."""
        if not holds:
            raise StoryFailed(otherwise)

    async def reply_in(self, channel: str, after: Message) -> Message:
        """The bot's next message in a channel."""
        admin, bot_id = self.world.admin, self.world.discord.bot.id

        def look() -> Message | None:
            newer = [
                each for each in admin.sees(channel) if each.author.id == bot_id and each.created_at >= after.created_at
            ]
            return newer[-1] if newer else None

        return await self.world.discord.world.events.wait_for(look, f"The bot's answer in #{channel}", 20)

    def writes(self) -> list[str]:
        """What was written on the local GitHub so far, a line each."""
        return [f"{entry.who} {entry.method} {entry.path}" for entry in self.world.github.journal if entry.is_write]

    async def tell(self, *, until: Until) -> None:
        """Play it, all or until the draft pull request is open. Raises StoryFailed."""
        incident_id = await self.break_it()
        await self.read_logs(incident_id)
        review = await self.open_issue(incident_id)
        await self.refuse_a_stranger(review)
        await self.approve(incident_id, review)
        if until == "verified":
            await Ending(self.world, self.steps, incident_id).tell()

    async def break_it(self) -> str:
        """A member makes a real error by an everyday sentence."""
        with self.step("break", "bob writes “lunch 12,50” in #ledger, and the bot breaks", 5):
            said = await self.world.member.say("ledger", "lunch 12,50")
            answer = await self.reply_in("ledger", said)
            self.check("inc_" in answer.content, f"the bot answered without an incident id: {answer.content}")
            return answer.content.split("`")[1]

    async def read_logs(self, incident_id: str) -> None:
        """The admin finds the traceback by the id that the bot gave."""
        with self.step("logs", f"ada reads /debug_logs contains:{incident_id}", 5):
            reply = await self.world.admin.slash("debug_logs", channel="ops", contains=incident_id)
            message = await (await reply.done()).message()
            text = message.attachments[0].read().decode() if message.attachments else ""
            self.check("InvalidOperation" in text, "the log does not hold the traceback of the incident")
            self.check(message.ephemeral, "the log was shown to everybody")

    async def open_issue(self, incident_id: str) -> Message:
        """The admin opens an issue; the workflow proposes and proves a patch; the review comes back."""
        words = "ada opens an issue; the local GitHub runs the autofix workflow, which proves the patch"
        with self.step("propose", words, 40):
            reply = await self.world.admin.slash(
                "debug_open_issue", channel="ops", summary="a decimal comma breaks lunch"
            )
            opened = await (await reply.done()).message()
            self.check(incident_id in opened.content, f"the issue is not about {incident_id}: {opened.content}")
            review = await reply.message(1, RUN_SECONDS)
            self.check(
                "patch.diff" in [file.filename for file in review.attachments], f"no patch came: {review.content}"
            )
            self.check("level 4" in review.content, f"the patch was not proved: {review.content}")
            writes = self.writes()
            self.check(
                len(writes) == 1 and writes[0].startswith("bot POST") and writes[0].endswith("/dispatches"),
                f"something was written before the approval: {writes}",
            )
        self.steps.say(*("          | " + line for line in review.attachments[0].read().decode().splitlines()))
        return review

    async def refuse_a_stranger(self, review: Message) -> None:
        """Somebody who is no admin tries the same token."""
        token = (
            next(word for word in review.content.split() if word.startswith("token:")).strip("`").removeprefix("token:")
        )
        with self.step("refuse", "bob tries ada's token and is refused", 5):
            reply = await self.world.member.slash("debug_confirm_fix", channel="ops", token=token, force=True)
            await reply.first()
            self.check("Not authorized" in reply.content, f"bob was not refused: {reply.content}")

    async def approve(self, incident_id: str, review: Message) -> None:
        """The admin approves; the publish phase opens the draft; it holds the approved diff and nothing else."""
        with self.step("publish", "ada presses Approve; the publish phase pushes the branch and opens the draft", 20):
            reply = await self.world.admin.click(review, "Approve")
            link = await reply.message(1, RUN_SECONDS)
            self.check("/pull/" in link.content, f"no pull request came: {link.content}")
        with self.step("compare", "the draft pull request is compared with the approved diff", 5):
            pulls = self.world.github.pulls
            self.check(len(pulls) == 1, f"there are {len(pulls)} pull requests")
            pull = pulls[0]
            self.check(
                pull.draft and pull.head_branch == f"suture/{incident_id}", "it is no draft of the incident's branch"
            )
            approved = review.attachments[0].read().decode().strip()
            pushed = (await self.world.github.read_diff(self.world.base_sha, pull.head_sha)).strip()
            self.check(pushed == approved, "the pushed diff is not the approved one")
            self.check(all(f"+{line}" in pushed for line in PIECE.splitlines()), "the diff does not mend the fault")
        self.steps.say(f"          {link.content}")


async def play(directory: Path, codex: str | None, until: Until, steps: Steps) -> None:
    """The story in a world of its own."""
    hands = f", {codex} its hands" if codex else ""
    words = f"Starting a local Discord, GitHub and Railway with the bot; the coding “model” is a script{hands} …"
    steps.say(words)
    async with open_world(directory, lambda line: steps.say(f"[sandbox] {line}"), codex) as world:
        await world.discord.wait_until_commands(60)
        steps.began = time.monotonic()
        await Story(world, steps).tell(until=until)
        steps.say(f"The whole path took {steps.seconds:.1f} s.")


FAILURES = (StoryFailed, ClientRefused, NoAnswerError, TimeoutError, CannotPlant, CannotDo)
"""How a story can go wrong, each with a sentence."""


def tell_story(codex: str | None = None, until: Until = "verified") -> int:
    """`sandbox --story [--codex PROGRAM] [--until pull]`; returns 0 only when all of it came as promised."""
    with tempfile.TemporaryDirectory(prefix="suture-story-") as folder:
        directory = Path(folder, "world")
        try:
            asyncio.run(play(directory, codex, until, Steps()))
        except FAILURES as error:
            print(f"\n❌ The story failed: {error}", file=sys.stderr)
            log = directory / "bot.log"
            if log.exists():
                print("The end of the bot's log:", *log.read_text().splitlines()[-8:], sep="\n  ", file=sys.stderr)
            return 1
    return 0
