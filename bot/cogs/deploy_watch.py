"""A deploy's public message, edited in place until the deploy's end, also by the process that it started."""

import asyncio
import logging
from dataclasses import dataclass, field

import discord

from bot.cogs.lost_answers import LOST
from bot.cogs.replies import NOBODY, as_code, as_text
from bot.records.store import StoreUnavailable
from bot.repair.deploys import Deploy, Deploys
from bot.repair.rules import RepairRefused

MOST_LOOKS = 360
"""At five seconds each: half an hour."""
WORDS = {
    "QUEUED": "⏳ queued",
    "INITIALIZING": "⏳ being prepared",
    "WAITING": "⏳ waiting (for checks, or for its turn)",
    "NEEDS_APPROVAL": "✋ waiting for an approval on Railway",
    "BUILDING": "🔨 building",
    "DEPLOYING": "🚢 starting",
    "SUCCESS": "✅ live",
    "SLEEPING": "✅ deployed, and asleep",
    "FAILED": "❌ failed: its log on Railway says why; what ran before still runs",
    "CRASHED": "💥 crashed: its log on Railway says why",
    "SKIPPED": "⏭️ skipped by Railway",
    "REMOVED": "🗑️ replaced by another deployment",
}

log = logging.getLogger(__name__)


def deploy_text(deploy: Deploy, trouble: str = "") -> str:
    """The public message of a deploy."""
    told = as_text(trouble, 500) if trouble else WORDS.get(deploy.status, as_text(deploy.status, 40))
    return f"🚢 <@{deploy.asked_by}> deploys {as_code(deploy.commit[:12])}: {told}"


@dataclass
class DeployWatch:
    """The deploys that one client follows."""

    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def begin(self, client: discord.Client, deploys: Deploys, deploy: Deploy) -> None:
        """Follow a deploy to its end, in a task of its own."""
        task = asyncio.create_task(self._follow(client, deploys, deploy), name=f"deploy {deploy.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def go_on(self, client: discord.Client, deploys: Deploys) -> None:
        """After a restart: follow what an earlier process began. Raises StoreUnavailable."""
        if deploys.off is None and (deploy := await deploys.unfinished()):
            self.begin(client, deploys, deploy)

    async def close(self) -> None:
        """Follow nothing any more; the next process goes on."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _follow(self, client: discord.Client, deploys: Deploys, deploy: Deploy) -> None:
        for _ in range(MOST_LOOKS):
            await asyncio.sleep(deploys.pause)
            try:
                seen = await deploys.look(deploy)
            except RepairRefused as error:
                await self._tell(client, deploy, str(error))
                return
            if seen != deploy and await self._tell(client, seen):
                deploy = seen
                await self._keep(deploys, deploy)
            if deploy.is_over:
                return
        await self._tell(client, deploy, "not watched any more: look at it on Railway")

    @staticmethod
    async def _tell(client: discord.Client, deploy: Deploy, trouble: str = "") -> bool:
        channel = client.get_partial_messageable(deploy.channel_id)
        try:
            text = deploy_text(deploy, trouble)
            await channel.get_partial_message(deploy.message_id).edit(content=text, allowed_mentions=NOBODY)
        except LOST as error:
            log.warning("a deploy could not be told: %s", error, extra={"action": "deploy_untold"})
            return False
        return True

    @staticmethod
    async def _keep(deploys: Deploys, deploy: Deploy) -> None:
        try:
            await deploys.keep(deploy)
        except StoreUnavailable as error:
            log.warning("a deploy could not be kept: %s", error, extra={"action": "deploy_not_kept"})
