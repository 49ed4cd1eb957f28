"""What is counted in memory reaches the store once, whatever the store is like at that moment."""

import logging

import pytest

from bot.incident.payload import Context
from bot.logging import RingBufferHandler
from bot.records.store import StoreUnavailable
from bot.repair.presence import LeadLost, Presence
from bot.repair.tally import Tally
from tests.factories import Bench


def a_tally(bench: Bench) -> Tally:
    return Tally(bench.store.tallies, "abc1234", bench.clock)


def log_an_error(handler: RingBufferHandler, number: int) -> None:
    logger = logging.Logger("tallied")
    logger.addHandler(handler)
    try:
        raise ValueError(f"cannot read {number}")
    except ValueError:
        logger.exception("it broke")


async def test_an_incident_and_the_tally_name_the_same_fault_alike(bench: Bench) -> None:
    tally = a_tally(bench)
    bench.handler.on_error = tally.failed

    for number in range(3):
        log_an_error(bench.handler, number)
    incident = bench.repairs.capture.incident("it broke", 10, Context())
    await tally.flush()

    (fault,) = await bench.store.tallies.faults(incident.fingerprint)
    assert (fault.count, fault.build) == (3, "abc1234")


async def test_requests_are_counted_by_their_kind_once(bench: Bench) -> None:
    tally = a_tally(bench)

    for kind in ("message", "message", "debug_logs"):
        tally.handled(kind)
    await tally.flush()
    await tally.flush()

    assert await bench.store.tallies.handled() == {("abc1234", "message"): 2, ("abc1234", "debug_logs"): 1}


async def test_what_cannot_be_written_down_is_kept_for_the_next_time(bench: Bench) -> None:
    class Away:
        async def add(self, *_: object) -> None:
            raise StoreUnavailable("away")

    tally = a_tally(bench)
    real, tally._tallies = tally._tallies, Away()  # type: ignore[assignment]  # only `add` is called
    tally.handled("message")
    with pytest.raises(StoreUnavailable):
        await tally.flush()
    tally.handled("message")
    tally._tallies = real
    await tally.flush()

    assert await bench.store.tallies.handled() == {("abc1234", "message"): 2}


def test_a_tally_that_fails_harms_no_log_line() -> None:
    def failing(_: object) -> None:
        raise RuntimeError("the tally broke")

    handler = RingBufferHandler()
    handler.on_error = failing

    log_an_error(handler, 1)

    assert "cannot read" in handler.lines()[0]
    assert handler.counts.internal_errors == {"RuntimeError": 1}


async def test_the_first_process_leads_and_the_second_takes_over_when_it_leaves(bench: Bench) -> None:
    one, two = (Presence(bench.store.processes, a_tally(bench), "abc1234", bench.clock) for _ in range(2))
    await one.beat()
    await two.beat()
    assert (one.leads.is_set(), two.leads.is_set()) == (True, False)

    await one.leave()
    await two.beat()

    assert two.leads.is_set()


async def test_a_leader_that_was_away_for_too_long_ends_when_another_leads(bench: Bench) -> None:
    one, two = (Presence(bench.store.processes, a_tally(bench), "abc1234", bench.clock) for _ in range(2))
    await one.beat()
    bench.clock.forward(60)
    await two.beat()

    with pytest.raises(LeadLost, match="another process leads"):
        await one.beat()
    assert two.leads.is_set()


async def test_in_a_hundred_overlaps_never_two_processes_lead(bench: Bench) -> None:
    leader: Presence | None = None
    for _ in range(100):
        fresh = Presence(bench.store.processes, a_tally(bench), "abc1234", bench.clock)
        await fresh.beat()
        assert fresh.leads.is_set() == (leader is None)
        if leader is not None:
            await leader.beat()
            await leader.leave()
            await fresh.beat()
        leader = fresh
        assert leader.leads.is_set()
        bench.clock.forward(1)
