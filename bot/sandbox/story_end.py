"""The story's second half: a person merges the draft, Railway deploys it, and the fault stays away."""

from bot.sandbox.discord_view import Message
from bot.sandbox.github_hands import act_on_pull
from bot.sandbox.github_records import PullRecord
from bot.sandbox.railway_records import Deployment
from bot.sandbox.story_steps import Steps, StoryFailed
from bot.sandbox.world import VERIFY_REQUESTS, World

DEPLOY_SECONDS = 60.0
CARD_SECONDS = 30.0
VERIFY_SECONDS = 60.0
SAID = "lunch 12,50"


class Ending:
    """What happens to the pull request of one world."""

    def __init__(self, world: World, steps: Steps, incident_id: str) -> None:
        self.world = world
        self.steps = steps
        self.incident_id = incident_id

    async def tell(self) -> None:
        """Play it all. Raises StoryFailed."""
        await self.check_it()
        sha = await self.merge_it()
        await self.deploy_it(sha)
        await self.use_it()
        await self.verify_it()

    @property
    def pull(self) -> PullRecord:
        """The story's only pull request."""
        return self.world.github.pulls[-1]

    async def wait_for_card(self, words: str, seconds: float) -> Message:
        """The incident's card, once it shows these words."""

        def look() -> Message | None:
            cards = [each for each in self.world.admin.sees("ops") if each.embeds and not each.ephemeral]
            return next((each for each in cards if self.incident_id in str(each.embeds) and words in str(each.embeds)),
                        None)  # fmt: skip

        return await self.world.discord.world.events.wait_for(look, f"“{words}” on the card", seconds)

    async def check_it(self) -> None:
        """A person marks the draft ready, which starts the checks, and approves it."""
        with self.steps.step(
            "check", "ada marks the draft ready, which starts its checks, and approves the changes", 20
        ):
            number = self.pull.number
            await act_on_pull(self.world.github, number, "ready", "ada")
            await act_on_pull(self.world.github, number, "approve", "ada")
            runs = [run for run in self.world.github.runs if run.event == "pull_request"]
            ended = [await self.world.github.wait_for_run(run.id) for run in runs]
            if [run.conclusion for run in ended] != ["success"]:
                raise StoryFailed(f"the checks ended {[run.conclusion for run in ended]}")

    async def merge_it(self) -> str:
        """A person merges it; the bot only looks on."""
        with self.steps.step("merge", "ada merges it on the local GitHub", 5):
            await act_on_pull(self.world.github, self.pull.number, "merge", "ada")
            return self.pull.merge_commit_sha or ""

    async def deploy_it(self, sha: str) -> None:
        """Railway deploys the merge: a new process runs it, the old one leaves in order."""
        with self.steps.step(
            "deploy", f"the local Railway deploys {sha[:12]}; the bot leaves, the next one takes over", 20
        ):
            book = self.world.railway.host.book
            old = self.world.bot.process

            def look() -> Deployment | None:
                made = [each for each in book.all() if each.commit == sha]
                return made[-1] if made and made[-1].status in ("SUCCESS", "FAILED") else None

            events = self.world.discord.world.events
            made = await events.wait_for(look, "the deployment", DEPLOY_SECONDS)
            if made.status != "SUCCESS":
                raise StoryFailed(f"the deployment failed: {made.why}")
            await self.wait_for_card("Live: watching", CARD_SECONDS)
            if self.world.bot.process is old:
                raise StoryFailed("the same process still runs")

    async def use_it(self) -> None:
        """The sentence that broke the bot is understood now."""
        with self.steps.step("use", f"bob writes “{SAID}” again, and the bot keeps it as a row", 10):
            for _ in range(int(VERIFY_REQUESTS)):
                said = await self.world.member.say("ledger", SAID)
                answer = await self.answer_after(said)
                if "12.50" not in answer.content:
                    raise StoryFailed(f"the bot answered: {answer.content}")

    async def answer_after(self, said: Message) -> Message:
        """The bot's answer to a message in the ledger's channel."""
        bot_id = self.world.discord.bot.id

        def look() -> Message | None:
            newer = [each for each in self.world.admin.sees("ledger") if each.author.id == bot_id and each.id > said.id]
            return newer[-1] if newer else None

        return await self.world.discord.world.events.wait_for(look, "the bot's answer in #ledger", 20)

    async def verify_it(self) -> None:
        """The fault stays away for the window, under enough requests."""
        with self.steps.step("verify", "the fault stays away, and the card says “Verified”", 20):
            await self.wait_for_card("Verified: live", VERIFY_SECONDS)
