"""An engine on a real store, with a host whose every effect can be seen, and a process that dies when it is told to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path

from bot.events.catalog import HealingEvent
from bot.events.event import Event
from bot.healing.engine import Engine
from bot.healing.guard_keeper import GuardKeeper
from bot.healing.host import Action, CannotHeal, Facts, Host, NeedsPatch, NotNeeded, RetryAfter, Told
from bot.healing.ladder import Ladder
from bot.healing.loop_guard import Limits
from bot.healing.playbook import Shelf
from bot.healing.playbooks import ALL
from bot.healing.reactions import EPOCH
from bot.healing.trouble import Trouble
from bot.healing.trust_keeper import TrustKeeper
from bot.records.playbook_run import PlaybookRun
from bot.records.sql_store import open_store
from bot.records.store import Store, StoreUnavailable
from tests.factories import Clock

FAULT = "f" * 16
ACTIONS = sorted({name for playbook in ALL for name in playbook.steps})


class Killed(BaseException):
    """The process died here."""


@dataclass
class Patient:
    """The host: what was done to it and stands, and which step goes wrong and how."""

    applied: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    idle: set[str] = field(default_factory=set)
    """Actions that find nothing to do."""
    looking: set[str] = field(default_factory=set)
    """Actions that only look."""
    breaks: dict[str, list[BaseException]] = field(default_factory=dict)
    """What each action raises, one after the other; then it works."""

    def host(self) -> Host:
        """All actions of all playbooks."""
        return Host({name: self.action(name) for name in ACTIONS})

    def action(self, name: str) -> Action:
        """An action that leaves a trace, and can take it away."""

        async def check(facts: Facts) -> None:
            if name in self.idle:
                raise NotNeeded(f"{name} has nothing to do")

        async def act(facts: Facts) -> Told:
            self.applied.append(name)
            if self.breaks.get(name):
                raise self.breaks[name].pop(0)
            self.done.append(name)
            return Told(f"did {name}", {}, changed=name not in self.looking)

        async def undo(facts: Facts) -> str:
            self.applied = [each for each in self.applied if each != name]
            return f"took {name} back"

        return Action(does=name.replace("_", " "), act=act, precheck=check, undo=undo)

    async def sleep(self, seconds: float) -> None:
        """Time asked for by a step."""
        self.waits.append(seconds)


@dataclass
class Orders:
    """Where patches are asked for."""

    asked: dict[str, str] = field(default_factory=dict)
    is_live: bool = False
    verdict: bool | None = None
    reason: str = "the pull request was closed"

    async def ask(self, run: PlaybookRun, why: str) -> str:
        return self.asked.setdefault(run.id, f"wo_20260105_{len(self.asked) + 1:04}")

    async def order(self, order_id: str) -> "Orders":
        return self


@dataclass
class Clinic:
    """Everything around one engine; `restart` is a new process on the same store."""

    store: Store
    clock: Clock = field(default_factory=Clock)
    patient: Patient = field(default_factory=Patient)
    orders: Orders = field(default_factory=Orders)
    events: list[Event] = field(default_factory=list)
    told_since: datetime = EPOCH
    seen: int = 1
    kill_at: int | None = None
    """The save at which the process dies, counted from now."""
    lost: bool = False
    """Whether that save got lost, or it died right after."""
    store_away_at: int | None = None
    """The save at which the store is away for once, counted from now."""
    dies_before: str | None = None
    """The wire name of the event that the process dies before."""
    dead: bool = False
    """Whether the process died: it writes nothing any more."""
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """A new process."""
        self.dead, self.dies_before = False, None
        guard = GuardKeeper(self, self.publish, self.clock, Limits())
        ladder = Ladder(
            host=self.patient.host(), save=self.save, clock=self.clock, redact=str, sleep=self.patient.sleep
        )
        self.engine = Engine(
            runs=self.store.runs, ladder=ladder, shelf=Shelf(ALL), guard=guard, patches=self.orders,
            sight=self, told=self,
            trust=TrustKeeper(self.store.trust, self.clock), publish=self.publish, clock=self.clock,
            new_id=lambda: f"run_{next(self.numbers)}",
        )  # fmt: skip

    async def publish(self, event: Event) -> None:
        """It is told, unless the process dies before."""
        if event.wire == self.dies_before:
            self.dead = True
            raise Killed
        self.events.append(event)

    async def count(self, fingerprint: str) -> int:
        return self.seen

    async def of_runs(self) -> frozenset[tuple[str, str]]:
        return frozenset((event.run_id, event.wire) for event in self.events if isinstance(event, HealingEvent))

    async def since(self) -> datetime:
        return self.told_since

    async def save(self, run: PlaybookRun) -> PlaybookRun:
        """A step's save; the process may die before it or after it, or the store may be away."""
        is_away = self.store_away_at == 0
        self.store_away_at = None if self.store_away_at is None else self.store_away_at - 1
        if is_away:
            raise StoreUnavailable("database is locked")
        dies = self.kill_at == 0
        self.kill_at = None if self.kill_at is None else self.kill_at - 1
        self.dead = self.dead or dies
        if dies and self.lost:
            raise Killed
        saved = await self.store.runs.save(run)
        if dies:
            raise Killed
        return saved

    async def read(self, name: str) -> tuple[str, int]:
        """The guard's document, for who lives."""
        if self.dead:
            raise Killed
        return await self.store.documents.read(name)

    async def replace(self, name: str, body: str, version: int) -> None:
        """The same, written."""
        await self.store.documents.replace(name, body, version)

    async def heal(self, error_type: str, playbook: str | None = None) -> PlaybookRun:
        """A fault is healed, as far as that goes at once."""
        return await self.engine.heal(Trouble(fingerprint=FAULT, error_type=error_type, summary="it broke"), playbook)

    async def later(self, minutes: int = 11) -> PlaybookRun:
        """Time passes, everything open goes on; returns the newest run."""
        self.clock.forward(60 * minutes)
        await self.engine.tick()
        return (await self.store.runs.newest(limit=1))[0]

    def told(self) -> list[str]:
        """The wire names of what was published."""
        return [event.wire for event in self.events]


@asynccontextmanager
async def a_clinic(folder: Path) -> AsyncIterator[Clinic]:
    """A clinic on a store of its own."""
    async with open_store(folder) as store:
        yield Clinic(store)


__all__ = ["CannotHeal", "Clinic", "Killed", "NeedsPatch", "RetryAfter", "a_clinic"]
