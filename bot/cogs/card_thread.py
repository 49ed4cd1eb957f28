"""A thread under each card, for the people's talk about it: opened once, and missed quietly where it may not be."""

import logging

import discord

from bot.cogs.face import Face
from bot.records.work_order import WorkOrder

OPEN_ALREADY = 160004
"""Discord's code when the message has its thread."""

log = logging.getLogger(__name__)


class Threads:
    """The threads of one client's cards."""

    def __init__(self, client: discord.Client, face: Face) -> None:
        self._client = client
        self._face = face
        self._settled: set[str] = set()
        """The incidents whose thread is there, or cannot be opened by this process."""

    async def open(self, order: WorkOrder, card: discord.Message) -> None:
        """Open the incident's thread, unless it has one. Raises as Discord does when it may go better later."""
        name = order.incident_id
        if name in self._settled:
            return
        channel = self._client.get_partial_messageable(card.channel.id, guild_id=order.guild_id)
        message = channel.get_partial_message(card.id)
        has_one = await self._face.store.notes.read(f"thread:{name}") is not None
        if not has_one and message.guild is not None:
            try:
                await message.create_thread(name=f"Talk about {name}")
                await self._face.store.notes.write({f"thread:{name}": str(card.id)})
            except discord.HTTPException as error:
                if error.code != OPEN_ALREADY and not self._cannot(error):
                    raise
        self._settled.add(name)

    def _cannot(self, error: discord.HTTPException) -> bool:
        """Is it refused for good? Then that is said once, and nothing else depends on it."""
        if error.status not in (400, 403, 404):
            return False
        trouble = f"threads: cards get none, for Discord says {error.text}: give the bot Create Public Threads there"
        if self._face.troubles.get("threads") != trouble:
            log.warning("%s", trouble, extra={"action": "no_threads"})
        self._face.troubles["threads"] = trouble
        return True
