"""How the bot answers: short, to the person alone, mentioning nobody, foreign text kept as text."""

import io

import discord
from discord.utils import MISSING

from bot.incident.foreign_text import cut, one_line

MAX_CONTENT = 2000
"""Discord's limit for a message."""
NO_FENCE = "`\u200b"
"""A backtick that no other joins: what looks like a fence and is none."""
NO_LINK = "]\u200b("
"""What looks like a link under other words and is none."""
QUOTE = "\u02cb"
"""Stands for a backtick inside inline code."""
NOBODY = discord.AllowedMentions.none()


def as_text(foreign: str, limit: int = 300) -> str:
    """A foreign text inside a sentence: no Markdown, no link under other words, no mention, at most `limit` long."""
    escaped = discord.utils.escape_markdown(one_line(foreign).replace("](", NO_LINK), ignore_links=False)
    shown = cut(discord.utils.escape_mentions(escaped), limit)
    return shown.replace("\\…", "…")  # never half an escape


def as_code(foreign: str, limit: int = 100) -> str:
    """A foreign name as inline code that it cannot leave."""
    return f"`{cut(one_line(foreign), limit).replace('`', QUOTE)}`"


def in_block(foreign: str) -> str:
    """A foreign text as it may stand in a code block: no run of its backticks ends it."""
    return foreign.replace("`", NO_FENCE)


def file_of(name: str, content: bytes | str, description: str) -> discord.File:
    """An attachment; its name is ours, never the content's."""
    data = content.encode("utf-8", "replace") if isinstance(content, str) else content
    return discord.File(io.BytesIO(data), filename=name, description=description)


async def answer(
    interaction: discord.Interaction,
    content: str,
    *,
    file: discord.File = MISSING,
    view: discord.ui.View = MISSING,
    embed: discord.Embed = MISSING,
) -> None:
    """Answer the person who asked, and nobody else."""
    content = cut(content, MAX_CONTENT)
    done = interaction.response.is_done()
    send = interaction.followup.send if done else interaction.response.send_message
    await send(content, ephemeral=True, allowed_mentions=NOBODY, file=file, view=view, embed=embed)
