"""The intake's drafts on GitHub, wherever it ran, told on this bot's bus."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from bot.adapters import utc_now
from bot.supervision import kept_running

if TYPE_CHECKING:
    from bot.cogs.face import Face
    from bot.settings import Settings


@asynccontextmanager
async def watched_arrivals(settings: "Settings", face: "Face") -> AsyncIterator[None]:
    """Drafts are looked for while this is open, where GitHub is set; the process that leads does it."""
    token, repository = settings.github_dispatch_token, settings.repository
    if not token or not repository:
        yield
        return
    from bot.apis.github_drafts import open_draft_desk
    from bot.intake.arrivals import Arrivals

    async with open_draft_desk(settings.github_api_url, token.get_secret_value(), repository) as desk:
        arrivals = Arrivals(desk, face.store.notes, face.bus.publish, utc_now)
        async with kept_running("the look for drafts", partial(arrivals.run, face.presence.leads)):
            yield
