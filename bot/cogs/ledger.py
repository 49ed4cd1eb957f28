"""The host feature's face: a sentence in the ledger's channel or a direct message becomes a row."""

import discord
from discord.ext import commands

from bot.cogs.face import Face, Recall
from bot.cogs.failures import explained
from bot.cogs.replies import NOBODY
from bot.logging import bind


class LedgerCog(commands.Cog):
    """Listens where the ledger lives."""

    def __init__(self, face: Face) -> None:
        self.face = face

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Understand the sentence, keep the row, say so."""
        if message.author.bot or not message.content.strip() or not self._is_ledger(message.channel):
            return
        bind(user=str(message.author), user_id=message.author.id, channel=str(message.channel))
        self.face.tally.handled("message")
        intent = await self.face.ledger.understand(message.content)
        bind(intent=intent.name, entities=dict(intent.entities))
        reply = await self.face.ledger.record(
            intent, user_id=message.author.id, message_id=message.id, at=message.created_at
        )
        await message.reply(reply, allowed_mentions=NOBODY, mention_author=False)

    def _is_ledger(self, channel: object) -> bool:
        if isinstance(channel, discord.DMChannel):
            return True
        wanted = self.face.ledger_channel
        if not isinstance(channel, discord.TextChannel) or wanted is None:
            return False
        return wanted in (channel.id, channel.name)


async def answer_message_failure(message: discord.Message, error: Exception, recall: Recall) -> None:
    """A message that broke something is answered with the id that finds it in the log; everybody reads along."""
    sentence = await explained(error, recall, to_admin=False)
    await message.reply(sentence[:2000], allowed_mentions=NOBODY, mention_author=False)
