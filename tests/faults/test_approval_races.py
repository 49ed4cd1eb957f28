"""Promise: whatever two admins do to one patch at one moment, exactly one decision takes effect, and is on record."""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.incident.confirmation import TOKEN_LIFE, ConfirmationRefused
from bot.records.audit import Decision
from bot.records.audit_trail import read_trail
from bot.records.sql_store import open_store
from bot.records.store import Store
from bot.records.work_order import WorkOrder
from bot.repair.rules import RepairRefused
from tests.databases import an_empty_postgresql
from tests.factories import (
    ADMIN,
    GUILD,
    OTHER_ADMIN,
    Bench,
    Clock,
    ScriptedAgent,
    a_bench,
    a_diff,
    a_proposal,
    a_token,
    awaiting_approval,
)

RACES = int(os.environ.get("SOAK_RACES", "200"))
"""How many; `make soak` runs a thousand."""
AT_ONCE = 20
DECISIVE = {"approve", "reject", "cancel"}
ENDS = {"approve": "publishing", "reject": "rejected", "cancel": "cancelled"}
Act = Callable[[], Coroutine[Any, Any, WorkOrder]]
Opener = Callable[[], AbstractAsyncContextManager[Store]]


@pytest.fixture(params=["sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    if request.param == "sqlite":
        async with open_store(tmp_path) as opened:
            yield opened
        return
    with an_empty_postgresql() as url:
        async with open_store(tmp_path, url) as opened:
            yield opened


@dataclass
class Race:
    """One order that waits for approval, and what is done to it at the same moment."""

    bench: Bench
    order: WorkOrder
    acts: list[Act]
    outcomes: list[WorkOrder | BaseException]

    @property
    def won(self) -> list[WorkOrder]:
        return [outcome for outcome in self.outcomes if isinstance(outcome, WorkOrder)]


async def prepared(bench: Bench, rng: random.Random) -> Race:
    """An order with a token for each admin, and a hand of acts in a random order."""
    order = await awaiting_approval(bench.store)
    tokens = {person: await a_token(bench, order, person) for person in (ADMIN, OTHER_ADMIN)}
    repairs = bench.repairs

    def approve(person: int) -> Act:
        return lambda: repairs.approve(tokens[person], person=person, guild_id=GUILD)

    async def expire() -> WorkOrder:
        bench.clock.forward(TOKEN_LIFE.total_seconds() + 1)
        raise ConfirmationRefused("the time ran out")

    async def swap() -> WorkOrder:
        await bench.store.proposals.put(a_proposal(order_id=order.id, diff=a_diff(new="return worse(text)")))
        raise ConfirmationRefused("the diff was changed")

    acts: list[Act] = [
        approve(ADMIN),
        approve(ADMIN),  # the button beside the typed token, or a double click
        approve(OTHER_ADMIN),
        lambda: repairs.approve(tokens[ADMIN], person=OTHER_ADMIN, guild_id=GUILD),
        lambda: repairs.reject(order.id, person=OTHER_ADMIN, reason="too risky"),
        lambda: repairs.cancel(order.id, person=ADMIN, seen="awaiting_approval"),
        expire,
        swap,
    ]
    rng.shuffle(acts)
    return Race(bench, order, acts[: rng.randint(3, len(acts))], [])


async def run(race: Race) -> None:
    """Everything at once."""
    race.outcomes = await asyncio.gather(*(act() for act in race.acts), return_exceptions=True)


async def raced(store: Store, number: int) -> Race:
    """A race of its own clock and tokens; only the store is shared."""
    rng = random.Random(number)
    race = await prepared(a_bench(store, ScriptedAgent(), Clock()), rng)
    await run(race)
    return race


async def in_batches(races: list[Awaitable[Race]]) -> AsyncIterator[Race]:
    """So many at once."""
    for start in range(0, len(races), AT_ONCE):
        for race in await asyncio.gather(*races[start : start + AT_ONCE]):
            yield race


def effective(decisions: list[tuple[int, Decision]]) -> list[Decision]:
    """The decisions on one order that were acted on: those that no later entry takes back."""
    not_done = {decision.details.get("not_done") for _, decision in decisions}
    return [each for seq, each in decisions if each.action in DECISIVE and str(seq) not in not_done]


async def test_races_end_in_one_decision_each_and_the_audit_says_which(store: Store) -> None:
    decided = 0
    by_order: dict[str, list[tuple[int, Decision]]] = {}
    races = [race async for race in in_batches([raced(store, number) for number in range(RACES)])]
    trail = await read_trail(store.audit)
    for entry in trail.entries:
        by_order.setdefault(entry.decision.subject, []).append((entry.seq, entry.decision))

    assert trail.problems() == []
    for race in races:
        assert all(isinstance(each, WorkOrder | ConfirmationRefused | RepairRefused) for each in race.outcomes)
        now = await store.orders.get(race.order.id)
        (on_record, done) = (effective(by_order[race.order.id]), race.won)
        assert len(done) == len(on_record) <= 1, (race.outcomes, on_record)
        if not done:
            assert now.status == "awaiting_approval"
            continue
        decided += 1
        (decision,) = on_record
        assert now.status == ENDS[decision.action] == done[0].status
        who = {now.approved_by, now.rejected_by, now.cancelled_by} - {None}
        assert who == {int(decision.actor)}
        assert [status for status, _ in now.history].count(now.status) == 1
        if decision.action == "approve":
            assert (decision.details["diff"], decision.details["base"]) == (now.diff_sha256, now.base_sha)

    assert decided > RACES // 2, "most races have somebody who is in time"
