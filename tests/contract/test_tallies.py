"""What builds handled and which faults they had, counted over processes and restarts; on every database."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any

from bot.records.store import Fault, Store
from tests.factories import NOW, an_incident, an_order

Opener = Callable[[], AbstractAsyncContextManager[Store]]
LATER = NOW + timedelta(minutes=1)


def a_fault(**changes: Any) -> Fault:
    fields: dict[str, Any] = {"fingerprint": "f" * 16, "kin": "k" * 16, "build": "abc1234", "count": 1}
    fields |= {"first_seen": NOW, "last_seen": NOW}
    return Fault(**fields | changes)


async def test_counts_of_several_processes_add_up(opener: Opener) -> None:
    async with opener() as one, opener() as two:
        await asyncio.gather(
            *((one, two)[n % 2].tallies.add([a_fault()], {("abc1234", "message"): 2}) for n in range(20))
        )
        (fault,) = await two.tallies.faults("f" * 16)
        handled = await one.tallies.handled()

    assert fault.count == 20
    assert handled == {("abc1234", "message"): 40}


async def test_a_fault_is_told_for_each_build_with_its_kin(store: Store) -> None:
    of_another = a_fault(fingerprint="b" * 16, kin="x" * 16)
    kin = a_fault(fingerprint="a" * 16)
    await store.tallies.add([a_fault(), a_fault(build="def5678", count=3), kin, of_another], {})
    await store.tallies.add([a_fault(last_seen=LATER)], {})

    found = {(each.fingerprint[0], each.build): each for each in await store.tallies.faults("f" * 16)}

    assert set(found) == {("f", "abc1234"), ("f", "def5678"), ("a", "abc1234")}
    first = found["f", "abc1234"]
    assert (first.count, first.first_seen, first.last_seen) == (2, NOW, LATER)


async def test_verified_orders_whose_fault_was_seen_lately_are_in_doubt(store: Store) -> None:
    for number, (fault, status) in enumerate([("a", "verified"), ("b", "verified"), ("a", "rejected")], 1):
        incident = an_incident(id=f"inc_{number:012}", fingerprint=fault * 16)
        await store.incidents.add(incident)
        await store.orders.create(an_order(incident_id=incident.id, status=status))
    await store.tallies.add([a_fault(fingerprint="b" * 16), a_fault(fingerprint="a" * 16, last_seen=LATER)], {})

    assert [order.incident_id for order in await store.orders.in_doubt(NOW)] == ["inc_000000000001"]


async def test_orders_are_found_by_their_fault(store: Store) -> None:
    await store.incidents.add(an_incident(fingerprint="f" * 16))
    await store.incidents.add(an_incident(id="inc_000000000002"))
    order = await store.orders.create(an_order())
    await store.orders.create(an_order(incident_id="inc_000000000002"))

    assert await store.orders.newest(fingerprint="f" * 16) == [order]


async def test_versions_are_told_by_id(store: Store) -> None:
    one = await store.orders.create(an_order())
    two = await store.orders.save((await store.orders.create(an_order(attempt=2))).evolve(progress="x"))

    assert await store.orders.versions() == {one.id: 1, two.id: 2}
