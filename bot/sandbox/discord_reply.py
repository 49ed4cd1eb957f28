"""The bot's reply to one interaction in the sandbox's Discord, as its person watches it come."""

from collections.abc import Callable

from bot.sandbox.discord_interactions import NO_ANSWER, AnswerKind, Interaction, Interactions
from bot.sandbox.discord_view import Choice, Message, Modal, show_message, show_modal
from bot.sandbox.discord_world import DiscordWorld

DEFERRALS = (AnswerKind.DEFERRED_MESSAGE, AnswerKind.DEFERRED_UPDATE)


class NoAnswerError(Exception):
    """The bot did not do what was waited for; the sentence is what Discord shows."""


class Reply:
    """What became of an interaction so far; its properties tell the state at the moment they are read."""

    def __init__(self, world: DiscordWorld, interactions: Interactions, interaction: Interaction) -> None:
        self._world = world
        self._interactions = interactions
        self.interaction = interaction

    @property
    def deferred(self) -> bool:
        """Whether the first answer put the real one off."""
        return self.interaction.answer in DEFERRALS

    @property
    def ephemeral(self) -> bool:
        """Whether only the person sees the first answer."""
        return self.interaction.is_ephemeral

    @property
    def messages(self) -> list[Message]:
        """The original and the follow-ups that exist now, in this order."""
        stored = [self._world.state.messages.get(message_id) for message_id in self.interaction.message_ids]
        return [show_message(self._world, message) for message in stored if message is not None]

    @property
    def content(self) -> str:
        """The text of the original message; empty when there is none."""
        messages = self.messages
        return messages[0].content if messages else ""

    @property
    def modal(self) -> Modal | None:
        """The modal that was opened instead of a message."""
        body = self.interaction.modal
        return show_modal(self.interaction.id, body) if body is not None else None

    @property
    def choices(self) -> list[Choice] | None:
        """The suggestions of an autocomplete, once they came."""
        found = self.interaction.choices
        return None if found is None else [Choice(choice["name"], choice["value"]) for choice in found]

    @property
    def error(self) -> str | None:
        """What Discord shows when the three seconds passed without an answer."""
        return NO_ANSWER if self._interactions.is_overdue(self.interaction) else None

    async def first(self, timeout: float = 10.0) -> "Reply":  # noqa: ASYNC109 - part of the hands' interface
        """Wait for the first answer, or for `error` in its place."""
        return await self._wait(lambda: self.interaction.answer is not None, "The first answer", timeout)

    async def done(self, timeout: float = 10.0) -> "Reply":  # noqa: ASYNC109 - part of the hands' interface
        """Wait until the first answer is there and no bare "thinking…" any more, or for `error` in its place."""
        return await self._wait(self._is_done, "The end of the bot's thinking", timeout)

    async def message(self, n: int = 0, timeout: float = 10.0) -> Message:  # noqa: ASYNC109 - part of the hands' interface
        """Wait for message n (0 is the original) and until it says something; NoAnswerError when nothing can come."""
        await self._wait(lambda: self._has_message(n), f"Message {n} of the reply", timeout)
        if self.error is not None:
            raise NoAnswerError(self.error)
        return self.messages[n]

    async def _wait(self, is_there: Callable[[], bool], what: str, timeout: float) -> "Reply":  # noqa: ASYNC109 - as above
        name = f"{what} to the interaction {self.interaction.name or self.interaction.id}"
        await self._world.events.wait_for(lambda: True if is_there() or self.error else None, name, timeout)
        return self

    def _is_done(self) -> bool:
        original = self._world.state.messages.get(self.interaction.original_id or 0)
        return self.interaction.answer is not None and (original is None or not original.is_loading)

    def _has_message(self, n: int) -> bool:
        messages = self.messages
        return len(messages) > n and not messages[n].thinking
