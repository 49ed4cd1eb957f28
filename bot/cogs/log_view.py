"""The log, page by page: newest page first, a level to choose, and everything as a file."""

from dataclasses import dataclass

import discord

from bot.cogs.face import Face
from bot.cogs.pages import Pages
from bot.cogs.replies import NOBODY, answer, file_of, in_block
from bot.cogs.review import stamp
from bot.incident.foreign_text import cut

PAGE = 1700
"""Characters of log lines on a page."""
LONGEST = 400
"""Characters of one line on a page; the file has it whole."""
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


@dataclass(frozen=True)
class Filter:
    """Which lines are wanted."""

    last: int
    level: str | None = None
    contains: str | None = None

    async def of(self, face: Face) -> list[str]:
        """The lines that the log holds now, oldest first."""
        return await face.handler.find(last=self.last, level=self.level, contains=self.contains)


def pages_of(lines: list[str]) -> list[list[str]]:
    """The lines cut into pages that fit a message, newest page first, each page oldest line first."""
    pages: list[list[str]] = []
    room = 0
    for line in reversed(lines):
        short = cut(in_block(line), LONGEST)
        if len(short) + 1 > room:
            pages.append([])
            room = PAGE
        pages[-1].insert(0, short)
        room -= len(short) + 1
    return pages


def log_file(lines: list[str]) -> discord.File:
    """All lines as `logs.txt`."""
    return file_of("logs.txt", "\n".join(lines) + "\n", f"Last {len(lines)} log lines")


class LogView(Pages):
    """The pages of one reading of the log, for the person who asked."""

    def __init__(self, face: Face, wanted: Filter, lines: list[str]) -> None:
        super().__init__(face)
        self.wanted = wanted
        self.lines = lines
        self.pages = pages_of(self.lines)
        self.show_state()

    @property
    def text(self) -> str:
        """The page as a message."""
        since = f"since this bot started {stamp(self.face.facts.started_at.timestamp())}"
        if not self.pages:
            return f"No logs available for the given filters, {since}."
        told = f"Last {len(self.lines)} log line(s) {since} · page {self.at + 1} of {len(self.pages)}"
        return f"{told}\n```json\n" + "\n".join(self.pages[self.at]) + "\n```"

    @property
    def last(self) -> int:
        """The number of the last page."""
        return len(self.pages) - 1

    async def page(self) -> str:
        """The page as a message."""
        return self.text

    def show_state(self) -> None:
        """Let only those buttons be pressed that lead somewhere."""
        super().show_state()
        self.everything.disabled = not self.lines
        option: discord.SelectOption
        for option in self.level.options:
            option.default = option.value == (self.wanted.level or "DEBUG")

    @discord.ui.button(label="All of it", style=discord.ButtonStyle.primary)
    async def everything(self, interaction: discord.Interaction, _: discord.ui.Button["LogView"]) -> None:
        """The lines as a file."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await answer(interaction, f"Last {len(self.lines)} log lines", file=log_file(self.lines))

    @discord.ui.select(
        placeholder="Level", options=[discord.SelectOption(label=f"{name} and above", value=name) for name in LEVELS]
    )
    async def level(self, interaction: discord.Interaction, choice: discord.ui.Select["LogView"]) -> None:
        """Read the log anew from this level on."""
        self.wanted = Filter(self.wanted.last, choice.values[0], self.wanted.contains)
        self.lines = await self.wanted.of(self.face)
        self.pages = pages_of(self.lines)
        self.at = 0
        self.show_state()
        files = [log_file(self.lines)] if self.lines else []
        await interaction.response.edit_message(
            content=self.text, view=self, attachments=files, allowed_mentions=NOBODY
        )
