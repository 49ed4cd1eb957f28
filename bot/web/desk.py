"""What the API works with: the parts that it reads from and the doors that it knocks at, all opened elsewhere."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from bot.events.bus import Bus
from bot.healing.healer import Healer
from bot.incident.summary import Summariser
from bot.logging import RingBufferHandler
from bot.records.api_key import KeyRing
from bot.records.store import Store
from bot.repair.repairs import Repairs
from bot.web.github_hook import GithubHook


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Everything behind the API."""

    store: Store
    bus: Bus
    repairs: Repairs
    healing: Healer
    handler: RingBufferHandler
    summariser: Summariser
    keys: KeyRing
    admin_key: str | None
    clock: Callable[[], datetime]
    why_not_ready: Callable[[], Awaitable[str | None]]
    build: str
    home: Callable[[], tuple[int, int]]
    """The guild and the channel where cards stand; 0 while they are not known."""
    card_url: Callable[[str], Awaitable[str | None]]
    """Where an incident's card stands in Discord, by the incident's id."""
    hook: GithubHook | None = None
