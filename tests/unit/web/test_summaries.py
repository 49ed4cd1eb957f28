"""A page that asks for a summary again and again costs one, and many pages cost bounded memory."""

import asyncio
from datetime import timedelta

from bot.incident.payload import Incident
from bot.incident.summary import Known, Summary, from_the_record
from bot.web.summaries import FRESH, MOST_KEPT, Summaries
from tests.factories import NOW, an_incident


class Desk:
    """Makes summaries, and counts them."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.now = NOW

    async def summarise(self, incident: Incident) -> Summary:
        """One summary, not at once."""
        await asyncio.sleep(0)
        self.made.append(incident.id)
        return from_the_record(incident, Known())


async def test_a_summary_is_made_once_until_it_is_old() -> None:
    desk = Desk()
    summaries, incident = Summaries(desk.summarise, lambda: desk.now), an_incident()

    same = await asyncio.gather(*(summaries.of(incident) for _ in range(20)))
    desk.now += FRESH - timedelta(seconds=1)
    await summaries.of(incident)
    once = len(desk.made)
    desk.now += timedelta(seconds=1)
    await summaries.of(incident)

    assert (once, len(desk.made)) == (1, 2)
    assert len(set(same)) == 1


async def test_only_so_many_are_kept() -> None:
    desk = Desk()
    summaries = Summaries(desk.summarise, lambda: desk.now)
    incidents = [an_incident(id=f"inc_{number:012}") for number in range(MOST_KEPT + 1)]

    for incident in (*incidents, incidents[-1], incidents[0]):
        await summaries.of(incident)

    assert desk.made == [incident.id for incident in (*incidents, incidents[0])]
