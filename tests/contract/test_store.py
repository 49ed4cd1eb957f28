"""What the rest of the bot relies on, whatever database keeps it. One suite; each adapter is a parameter."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.incident.payload import Context, new_incident_id
from bot.records.sql_store import open_store
from bot.records.store import Asked, LedgerRow, RecordMissing, StaleRecord, Store, StoreUnavailable
from bot.records.work_order import NEXT, WAITING_OUTSIDE, Status, WorkOrder, advance
from tests.factories import NOW, a_diff, a_proof, a_proposal, a_report, an_incident, an_order

Opener = Callable[[], AbstractAsyncContextManager[Store]]
HOSTILE = "\x00 \u2028 \N{PILE OF POO} '; DROP TABLE work_orders; -- \x1b[31m"


def a_row(message_id: int = 1, **changes: Any) -> LedgerRow:
    fields: dict[str, Any] = {
        "at": NOW,
        "user_id": 2**63 - 1,
        "message_id": message_id,
        "item": "lunch",
        "amount": Decimal("12.50"),
        "currency": "EUR",
    }
    return LedgerRow(**(fields | changes))


async def test_an_incident_comes_back_as_it_went_in(store: Store) -> None:
    incident = an_incident(summary=HOSTILE, context=Context(entities={"x": HOSTILE}), logs=[HOSTILE] * 50)

    await store.incidents.add(incident)

    assert await store.incidents.get(incident.id) == incident


async def test_an_incident_is_never_written_over(store: Store) -> None:
    await store.incidents.add(an_incident(summary="first"))

    with pytest.raises(StaleRecord, match="inc_0123456789ab"):
        await store.incidents.add(an_incident(summary="second"))

    assert (await store.incidents.get("inc_0123456789ab")).summary == "first"


async def test_what_is_not_there_is_named(store: Store) -> None:
    with pytest.raises(RecordMissing, match="inc_zzzzzzzzzzzz"):
        await store.incidents.get("inc_zzzzzzzzzzzz")
    with pytest.raises(RecordMissing, match="wo_20990101_0001"):
        await store.orders.get("wo_20990101_0001")
    with pytest.raises(RecordMissing, match="wo_20990101_0001"):
        await store.proposals.get("wo_20990101_0001")

    assert await store.notes.read("nothing") is None


async def test_an_order_comes_back_with_everything_in_it(store: Store) -> None:
    order = an_order(
        summary=HOSTILE,
        attempt=3,
        reason=HOSTILE,
        sent_at=NOW,
        sends=2,
        retry_at=NOW + timedelta(microseconds=1),
        run_id=2**53 + 1,
        requested_by=2**63 - 1,
        pr_number=4,
    )

    created = await store.orders.create(order)

    assert created == order.evolve(id="wo_20260105_0001", version=1)
    assert await store.orders.get(created.id) == created


async def test_orders_are_counted_per_day(store: Store) -> None:
    days = [NOW, NOW, NOW + timedelta(days=1), NOW, NOW.astimezone(timezone(timedelta(hours=14)))]

    made = [await store.orders.create(an_order(created_at=day, attempt=number + 1)) for number, day in enumerate(days)]

    assert [order.id for order in made] == [
        "wo_20260105_0001",
        "wo_20260105_0002",
        "wo_20260106_0001",
        "wo_20260105_0003",
        "wo_20260105_0004",
    ]


async def test_orders_made_at_once_by_two_processes_all_get_their_own_id(opener: Opener) -> None:
    async with opener() as one, opener() as two:
        made = await asyncio.gather(
            *((one, two)[n % 2].orders.create(an_order(summary=str(n), attempt=n + 1)) for n in range(24))
        )
        kept = await one.orders.newest()

    assert {order.id for order in made} == {f"wo_20260105_{number:04}" for number in range(1, 25)}
    assert sorted(order.summary for order in kept) == sorted(str(n) for n in range(24))


@pytest.mark.parametrize("attempt", [1, 2])
async def test_of_two_processes_that_begin_the_same_attempt_one_does(opener: Opener, attempt: int) -> None:
    async with opener() as one, opener() as two:
        begun = (each.orders.create(an_order(attempt=attempt)) for each in (one, two))
        outcomes = await asyncio.gather(*begun, return_exceptions=True)
        kept = await one.orders.newest()

    assert [outcome for outcome in outcomes if isinstance(outcome, WorkOrder)] == kept
    assert [str(error) for error in outcomes if isinstance(error, StaleRecord)] == [
        f"inc_0123456789ab has an attempt {attempt} already."
    ]


async def test_a_save_raises_the_version_and_is_seen(store: Store) -> None:
    order = await store.orders.create(an_order())

    saved = await store.orders.save(order.evolve(progress="one"))

    assert (saved.version, saved.progress) == (order.version + 1, "one")
    assert await store.orders.get(order.id) == saved


async def test_a_save_of_what_somebody_else_changed_is_refused(store: Store) -> None:
    order = await store.orders.create(an_order())
    await store.orders.save(order.evolve(progress="theirs"))

    with pytest.raises(StaleRecord, match=order.id):
        await store.orders.save(order.evolve(progress="ours"))

    assert (await store.orders.get(order.id)).progress == "theirs"


async def test_of_many_saves_at_once_exactly_one_wins(opener: Opener) -> None:
    async with opener() as one, opener() as two:
        order = await one.orders.create(an_order())
        results = await asyncio.gather(
            *((one, two)[n % 2].orders.save(order.evolve(progress=str(n))) for n in range(12)), return_exceptions=True
        )
        kept = await two.orders.get(order.id)

    (winner,) = [result for result in results if isinstance(result, WorkOrder)]
    assert sum(isinstance(result, StaleRecord) for result in results) == 11
    assert kept == winner


async def test_an_order_that_was_never_made_cannot_be_saved(store: Store) -> None:
    with pytest.raises(StaleRecord):
        await store.orders.save(an_order(version=1))

    assert await store.orders.newest() == []


async def test_orders_are_listed_newest_first_and_by_what_is_asked(store: Store) -> None:
    statuses: list[Status] = list(NEXT)
    made = [
        await store.orders.create(
            an_order(status=status, incident_id=f"inc_00000000000{number % 2}", attempt=number + 1)
        )
        for number, status in enumerate(statuses)
    ]

    every = await store.orders.newest()
    waiting = await store.turns.claim("p_one", NOW, 100)
    of_one = await store.orders.newest(incident_id="inc_000000000001")

    assert every == made[::-1]
    assert waiting == [order for order in made if order.status in WAITING_OUTSIDE]
    assert of_one == made[1::2][::-1]


async def test_what_was_asked_for_lately_is_found_behind_any_number_of_newer_orders(store: Store) -> None:
    asked = await store.orders.create(an_order(status="dispatched", sent_at=NOW))
    early = await store.orders.create(an_order(attempt=2, status="dispatched", sent_at=NOW - timedelta(days=2)))
    never = await store.orders.create(an_order(attempt=3, status="staged"))
    taken = advance(asked, "proposing", NOW + timedelta(seconds=1))
    taken = await store.orders.save(advance(taken, "awaiting_approval", NOW + timedelta(hours=1), sent_at=None))

    assert [order for order, _ in await store.orders.asked_since(NOW - timedelta(days=1))] == [taken]
    assert taken.asked_at == NOW + timedelta(seconds=1)
    assert await store.orders.newest(statuses={"awaiting_approval", "staged"}) == [never, taken]
    assert [order for order, _ in await store.orders.asked_since(NOW - timedelta(days=3))] == [taken, early]


async def test_a_run_begins_only_if_it_is_permitted_beside_all_that_began_at_the_same_moment(store: Store) -> None:
    await store.incidents.add(an_incident(id="inc_000000000000", fingerprint="f" * 16))
    orders = [
        await store.orders.create(an_order(incident_id=f"inc_00000000000{number}", status="dispatched"))
        for number in range(8)
    ]
    begun = [order.evolve(sent_at=NOW) for order in orders]

    def permit(asked: Sequence[Asked]) -> None:
        if len(asked) > 3:
            raise RuntimeError("three are enough")

    saves = [store.orders.save_permitted(order, NOW - timedelta(days=1), permit) for order in begun]
    outcomes = await asyncio.gather(*saves, return_exceptions=True)

    saved = {outcome.id for outcome in outcomes if isinstance(outcome, WorkOrder)}
    asked = await store.orders.asked_since(NOW - timedelta(days=1))
    assert len(saved) == 3
    assert {each.order.id for each in asked} == saved
    assert all(each.fingerprint == ("f" * 16 if each.order.id == orders[0].id else None) for each in asked)
    for order in orders:
        assert ((await store.orders.get(order.id)).sent_at is not None) == (order.id in saved)
    stale = next(order for order in begun if order.id in saved)
    with pytest.raises(StaleRecord):
        await store.orders.save_permitted(stale, NOW, lambda _: None)


async def test_an_order_leaves_the_waiting_list_with_its_status(store: Store) -> None:
    order = await store.orders.create(an_order())
    assert await store.turns.claim("p_one", NOW, 100) == [order]

    await store.orders.save(advance(order, "failed", NOW, "it broke"))

    assert await store.turns.claim("p_one", NOW, 100) == []


async def test_a_diff_is_kept_to_the_byte(store: Store) -> None:
    diff = a_diff() + bytes(range(256)) + b"\r\n\xed\xa0\x80"
    proposal = a_proposal(
        diff=diff, report=a_report(fix=HOSTILE), proof=a_proof(tests={"passed": 3, "summary": HOSTILE})
    )

    await store.proposals.put(proposal)

    kept = await store.proposals.get(proposal.order_id)
    assert kept.diff == diff
    assert kept == proposal
    assert kept.diff_sha256 == proposal.diff_sha256


async def test_a_later_proposal_takes_the_place_of_an_earlier_one(store: Store) -> None:
    await store.proposals.put(a_proposal(diff=a_diff(new="one")))
    await store.proposals.put(a_proposal(diff=a_diff(new="two")))
    await store.proposals.put(a_proposal(order_id="wo_20260105_0002"))

    assert (await store.proposals.get("wo_20260105_0001")).diff == a_diff(new="two")
    assert (await store.proposals.get("wo_20260105_0002")).diff == a_diff()


async def test_proposals_put_at_once_leave_one_whole_one(opener: Opener) -> None:
    async with opener() as one, opener() as two:
        await asyncio.gather(*((one, two)[n % 2].proposals.put(a_proposal(diff=a_diff(new=str(n)))) for n in range(8)))
        kept = await one.proposals.get("wo_20260105_0001")

    assert kept.diff in [a_diff(new=str(n)) for n in range(8)]


async def test_a_ledger_row_is_kept_once_per_message(store: Store) -> None:
    assert await store.ledger.append(a_row(1))
    assert not await store.ledger.append(a_row(1, item="again"))
    assert await store.ledger.append(a_row(2, item=HOSTILE, amount=Decimal("1E+2")))

    assert await store.ledger.newest() == [a_row(2, item=HOSTILE, amount=Decimal("1E+2")), a_row(1)]
    assert await store.ledger.newest(limit=1) == [a_row(2, item=HOSTILE, amount=Decimal("1E+2"))]


async def test_a_time_of_another_zone_is_the_same_moment_when_it_comes_back(store: Store) -> None:
    at = datetime(2026, 1, 5, 14, 0, tzinfo=timezone(timedelta(hours=2)))

    await store.ledger.append(a_row(1, at=at))

    (row,) = await store.ledger.newest()
    assert row.at == at
    assert row.at.utcoffset() == timedelta(0)


async def test_notes_are_written_over_and_read_by_name(store: Store) -> None:
    await store.notes.write({"a": "1", "b": HOSTILE})
    await store.notes.write({"a": "2"})
    await store.notes.write({})

    assert (await store.notes.read("a"), await store.notes.read("b")) == ("2", HOSTILE)


async def test_everything_outlives_a_restart(opener: Opener) -> None:
    incident = an_incident(id=new_incident_id())
    async with opener() as before:
        await before.incidents.add(incident)
        order = await before.orders.create(an_order(incident_id=incident.id))
        await before.proposals.put(a_proposal(order_id=order.id))
        await before.ledger.append(a_row())
        await before.notes.write({"a": "1"})

    async with opener() as after:
        assert await after.incidents.get(incident.id) == incident
        assert await after.orders.get(order.id) == order
        assert await after.proposals.get(order.id) == a_proposal(order_id=order.id)
        assert await after.ledger.newest() == [a_row()]
        assert await after.notes.read("a") == "1"


async def test_a_cancelled_save_leaves_the_order_whole(opener: Opener) -> None:
    async with opener() as store:
        order = await store.orders.create(an_order())
        saving = asyncio.create_task(store.orders.save(order.evolve(progress="cut off")))
        await asyncio.sleep(0)
        saving.cancel()
        await asyncio.wait({saving})
        saved = None
        while saved is None:
            with suppress(StaleRecord):  # what was cut off may still arrive
                saved = await store.orders.save((await store.orders.get(order.id)).evolve(reason="again"))
        kept = await store.orders.get(order.id)

    assert kept == saved
    assert (kept.version, kept.progress) in {(2, None), (3, "cut off")}


async def test_times_come_back_in_utc(store: Store) -> None:
    order = await store.orders.create(an_order(sent_at=NOW))

    kept = await store.orders.get(order.id)

    assert kept.created_at.tzinfo is not None
    assert kept.sent_at == NOW.astimezone(UTC)


@pytest.mark.parametrize("spoil", ["a file in the way", "no database", "cut short"])
async def test_a_sqlite_file_that_cannot_be_used_is_said_in_a_sentence(tmp_path: Path, spoil: str) -> None:
    state = tmp_path / "state"
    if spoil == "a file in the way":
        state.write_text("in the way")
    else:
        async with open_store(state) as store:
            await store.notes.write({"a": "1"})
        database = state / "suture.db"
        database.write_bytes(b"no database" * 1000 if spoil == "no database" else database.read_bytes()[:5000])

    async def use() -> None:
        async with open_store(state) as store:
            await store.notes.read("a")
            await store.orders.newest()

    with pytest.raises(StoreUnavailable, match=r"^(STATE_DIR|The store)"):
        await use()


async def test_a_database_locked_by_another_process_is_waited_for(opener: Opener) -> None:
    async with opener() as one, opener() as two:
        results = await asyncio.gather(
            *(one.notes.write({f"one{n}": "x"}) for n in range(20)),
            *(two.notes.write({f"two{n}": "x"}) for n in range(20)),
        )
        kept = [await one.notes.read(f"{name}{n}") for name in ("one", "two") for n in range(20)]

    assert len(results) == 40
    assert kept == ["x"] * 40


async def test_an_outline_tells_what_a_list_shows_also_of_what_an_earlier_version_kept(store: Store) -> None:
    strange = an_incident(id="inc_strange00000", summary='"}\\\x00', source="sentry", severity="low")
    await store.incidents.add(strange)
    await store.incidents.add(an_incident())

    outlines = await store.incidents.outlines([strange.id, an_incident().id, "inc_000000000000"])

    assert set(outlines) == {strange.id, an_incident().id}
    told = outlines[strange.id]
    assert (told.source, told.severity, told.created_at) == ("sentry", "low", strange.created_at)
    assert outlines[an_incident().id].source == "admin"
