"""Who waits for news of which order, while their interaction lives."""

import time
from collections import defaultdict
from dataclasses import dataclass, field

import discord

LIFE = 14 * 60
"""Seconds that an interaction takes follow-ups; Discord ends it at 15 minutes."""


@dataclass
class Followups:
    """The interactions to answer once more when their order moves on."""

    _waiting: defaultdict[str, list[tuple[float, discord.Interaction]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def expect(self, order_id: str, interaction: discord.Interaction) -> None:
        """Tell this person what comes next of the order."""
        self._forget_ended()
        self._waiting[order_id].append((time.monotonic() + LIFE, interaction))

    def of(self, order_id: str) -> list[discord.Interaction]:
        """Who waits for this order: each person once, by their newest interaction."""
        self._forget_ended()
        newest = {interaction.user.id: interaction for _, interaction in self._waiting.get(order_id, [])}
        return list(newest.values())

    def forget(self, order_id: str) -> None:
        """There is nothing more to tell of this order."""
        self._waiting.pop(order_id, None)

    def _forget_ended(self) -> None:
        now = time.monotonic()
        for order_id in list(self._waiting):
            living = [each for each in self._waiting[order_id] if each[0] > now]
            if living:
                self._waiting[order_id] = living
            else:
                del self._waiting[order_id]
