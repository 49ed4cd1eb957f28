"""All signals of one fault are one incident, counted over processes and restarts; on every database."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any

from bot.records.sighting import Sighting, Wanted
from bot.records.store import Store
from tests.factories import INCIDENT_ID, NOW, an_incident

Opener = Callable[[], AbstractAsyncContextManager[Store]]
FAULT = "f" * 16
LATER = NOW + timedelta(minutes=1)


def a_sighting(**changes: Any) -> Sighting:
    fields: dict[str, Any] = {"fingerprint": FAULT, "incident_id": INCIDENT_ID, "title": "lunch \x00 is lost"}
    fields |= {"severity": "medium", "sources": frozenset({"log"}), "count": 1, "first_seen": NOW, "last_seen": NOW}
    return Sighting(**fields | changes)


async def test_a_new_fault_gets_the_incident_that_came_with_it(store: Store) -> None:
    kept = await store.sightings.add([a_sighting()], [an_incident(fingerprint=FAULT)])

    assert kept == [a_sighting()] == [await store.sightings.get(FAULT)]
    assert (await store.incidents.get(INCIDENT_ID)).fingerprint == FAULT


async def test_a_known_fault_keeps_its_incident_and_grows(store: Store) -> None:
    other = an_incident(id="inc_000000000002", fingerprint=FAULT)
    await store.sightings.add([a_sighting()], [an_incident(fingerprint=FAULT)])
    again = a_sighting(
        incident_id=other.id, severity="blocker", sources=frozenset({"sentry"}), count=4, last_seen=LATER
    )

    (kept,) = await store.sightings.add([again], [other])

    assert (kept.incident_id, kept.count, kept.severity) == (INCIDENT_ID, 5, "blocker")
    assert kept.sources == frozenset({"log", "sentry"})
    assert (kept.first_seen, kept.last_seen) == (NOW, LATER)


async def test_a_fault_that_gets_milder_stays_as_grave_as_it_was(store: Store) -> None:
    await store.sightings.add([a_sighting(severity="high")])

    (kept,) = await store.sightings.add([a_sighting(severity="low")])

    assert kept.severity == "high"


async def test_counts_of_several_processes_add_up(opener: Opener) -> None:
    async with opener() as one, opener() as two:
        ids = [f"inc_00000000000{n}" for n in range(10)]
        await asyncio.gather(
            *(
                (one, two)[n % 2].sightings.add(
                    [a_sighting(incident_id=ids[n], count=2)], [an_incident(id=ids[n], fingerprint=FAULT)]
                )
                for n in range(10)
            )
        )
        kept = await two.sightings.get(FAULT)

    assert kept is not None
    assert kept.count == 20
    assert kept.incident_id in ids


async def test_the_newest_come_first(store: Store) -> None:
    await store.sightings.add([a_sighting(), a_sighting(fingerprint="a" * 16, last_seen=LATER)])

    assert [each.fingerprint[0] for each in await store.sightings.newest()] == ["a", "f"]
    assert await store.sightings.get("0" * 16) is None
    assert await store.sightings.known([FAULT, "0" * 16]) == {FAULT}


async def test_pages_of_faults_have_no_gap_and_no_double_though_many_were_seen_at_once(store: Store) -> None:
    faults = [a_sighting(fingerprint=f"{n:016x}", last_seen=NOW + timedelta(microseconds=n // 4)) for n in range(10)]
    await store.sightings.add(faults)
    found: list[Sighting] = []

    while page := await store.sightings.newest(
        3, Wanted(before=(found[-1].last_seen, found[-1].fingerprint) if found else None)
    ):
        found += page

    assert [int(each.fingerprint, 16) for each in found] == list(range(9, -1, -1))


async def test_faults_are_found_by_severity_and_by_each_of_their_sources(store: Store) -> None:
    grave = a_sighting(severity="blocker", sources=frozenset({"log", "sentry"}))
    await store.sightings.add([grave, a_sighting(fingerprint="a" * 16, sources=frozenset({"command"}))])

    found = [await store.sightings.newest(wanted=wanted) for wanted in (
        Wanted(severity="blocker"), Wanted(source="sentry"), Wanted(source="log"), Wanted(source="junit"),
        Wanted(severity="medium", source="sentry"),
    )]  # fmt: skip

    assert found == [[grave], [grave], [grave], [], []]
