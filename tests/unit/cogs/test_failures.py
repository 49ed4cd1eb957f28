"""A fault that comes again is told under the id that it had, with how often it came, and a new one under a new id."""

import logging
from decimal import Decimal, InvalidOperation
from pathlib import Path

from bot.cogs.failures import explained
from bot.events.bus import open_bus
from bot.incident.capture import identity_of_raised
from bot.logging import RingBufferHandler
from bot.records.sighting import Sighting
from bot.records.sql_store import open_store
from bot.repair.noticed_orders import NoticedOrders
from bot.repair.triage import Triage
from tests.factories import NOW, Clock, ScriptedAgent, a_bench


def an_error() -> Exception:
    """The same fault each time."""
    try:
        Decimal("12,50")
    except InvalidOperation as error:
        return error
    raise AssertionError("Decimal reads a comma")


def known(fingerprint: str, count: int) -> Sighting:
    return Sighting(
        fingerprint=fingerprint, incident_id="inc_0123456789ab", title="x", severity="high", count=count,
        sources=frozenset({"log"}), first_seen=NOW, last_seen=NOW,
    )  # fmt: skip


async def test_a_fault_that_comes_again_keeps_its_id_and_tells_how_often_it_came() -> None:
    async def recall(fingerprint: str) -> Sighting:
        return known(fingerprint, count=2)

    told = await explained(an_error(), recall, to_admin=False)

    assert told.startswith(f"💥 Something broke again, 3× since <t:{int(NOW.timestamp())}:f>: `inc_0123456789ab`.")


async def test_a_new_fault_has_a_new_id_each_time() -> None:
    async def recall(fingerprint: str) -> None:
        return None

    one, other = [await explained(an_error(), recall, to_admin=True) for _ in range(2)]

    assert one.startswith("💥 Something broke: `inc_")
    assert one != other


async def test_what_is_known_of_a_fault_counts_what_is_not_written_down_yet(tmp_path: Path) -> None:
    clock = Clock()
    async with open_store(tmp_path) as store, open_bus(store.events, lambda told: told, clock) as bus:
        bench = a_bench(store, ScriptedAgent(), clock)
        triage = Triage(store, bench.repairs.capture, bus, NoticedOrders(bench.repairs, clock, auto_propose=False))
        ring = RingBufferHandler()
        ring.on_error = triage.saw
        logger = logging.Logger("test")
        logger.addHandler(ring)
        error = an_error()
        assert await triage.recall(identity_of_raised(error)) is None

        logger.error("broke", exc_info=error)
        waits = await triage.recall(identity_of_raised(error))
        await triage.flush()
        logger.error("broke", exc_info=error)
        again = await triage.recall(identity_of_raised(error))

        assert waits is not None
        assert again is not None
        assert (waits.count, again.count, again.incident_id) == (1, 2, waits.incident_id)
        ring.close()
        bench.handler.close()


async def test_a_store_that_is_away_holds_no_answer_up(tmp_path: Path) -> None:
    clock = Clock()
    async with open_store(tmp_path) as store, open_bus(store.events, lambda told: told, clock) as bus:
        bench = a_bench(store, ScriptedAgent(), clock)
        triage = Triage(store, bench.repairs.capture, bus, NoticedOrders(bench.repairs, clock, auto_propose=False))
    async with open_store(tmp_path / "gone") as gone:
        triage._store = gone
    assert await triage.recall("f" * 16) is None
    bench.handler.close()
