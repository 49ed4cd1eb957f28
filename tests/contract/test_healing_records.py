"""What healing relies on, whatever database keeps it."""

import pytest

from bot.records.healing_store import TrustChange
from bot.records.playbook_run import PlaybookRun, StepTaken
from bot.records.store import RecordMissing, StaleRecord, Store
from tests.factories import NOW


def a_run(run_id: str = "run_1") -> PlaybookRun:
    return PlaybookRun(
        id=run_id, playbook="memory_cleanup", fingerprint="f" * 16, error_type="memory", summary="grows",
        started_at=NOW, facts={"line": "\N{PILE OF POO}"},
    )  # fmt: skip


async def test_a_run_comes_back_as_it_was_saved(store: Store) -> None:
    kept = await store.runs.create(a_run())

    taken = kept.step_to("running", NOW).with_step(StepTaken(action="clear_caches", state="acting", at=NOW))
    saved = await store.runs.save(taken)

    assert await store.runs.get("run_1") == saved
    assert saved.version == 2


async def test_a_run_is_saved_by_one_of_two_who_read_it(store: Store) -> None:
    kept = await store.runs.create(a_run())
    await store.runs.save(kept.step_to("running", NOW))

    with pytest.raises(StaleRecord, match="run_1"):
        await store.runs.save(kept.step_to("failed", NOW))
    with pytest.raises(StaleRecord, match="run_1"):
        await store.runs.create(a_run())
    with pytest.raises(RecordMissing, match="run_9"):
        await store.runs.get("run_9")


async def test_runs_are_found_by_their_fault_and_in_the_order_in_which_they_began(store: Store) -> None:
    for number in range(60):
        await store.runs.create(a_run(f"run_{number}").evolve(fingerprint=f"{number % 30:016x}"))

    assert [run.id for run in await store.runs.of_fault(f"{3:016x}", ["queued"])] == ["run_3", "run_33"]
    assert await store.runs.of_fault(f"{3:016x}", ["running"]) == []
    assert [run.id for run in await store.runs.following(None, ["queued"], 2)] == ["run_0", "run_1"]
    assert [run.id for run in await store.runs.following("run_57", ["queued"], 9)] == ["run_58", "run_59"]


async def test_a_run_that_this_version_cannot_read_hides_no_other(store: Store) -> None:
    kept = await store.runs.create(a_run("run_1"))
    of_later_version = (await store.runs.create(a_run("run_2"))).model_copy(update={"status": "dreaming"})
    await store.runs.save(of_later_version)

    assert await store.runs.newest() == [kept]


async def test_runs_are_listed_newest_first_and_by_status(store: Store) -> None:
    for number in range(12):
        await store.runs.create(a_run(f"run_{number}"))
    last = await store.runs.get("run_11")
    await store.runs.save(last.step_to("running", NOW))

    assert [run.id for run in await store.runs.newest(limit=3)] == ["run_11", "run_10", "run_9"]
    assert [run.id for run in await store.runs.newest(["queued"], limit=1)] == ["run_10"]


async def test_a_document_is_replaced_by_who_read_its_last_version(store: Store) -> None:
    assert await store.documents.read("guard") == ("", 0)

    await store.documents.replace("guard", "one", 0)
    await store.documents.replace("guard", "two", 1)

    for version in (0, 1, 3):
        with pytest.raises(StaleRecord, match="guard"):
            await store.documents.replace("guard", "three", version)
    assert await store.documents.read("guard") == ("two", 2)


async def test_one_run_changes_a_subjects_trust_once(store: Store) -> None:
    change = TrustChange(subject="playbook memory_cleanup", at=NOW, before=0.5, after=0.8, run_id="run_1")

    assert await store.trust.add(change)
    assert not await store.trust.add(change)

    assert await store.trust.newest("playbook memory_cleanup") == [change]
    assert await store.trust.newest("component bot.ledger") == []
