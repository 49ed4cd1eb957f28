"""What goes wrong between the ledger and its sheet is noticed and healed without a hand, and no row is lost."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import JsonValue

from bot.healing.host import Facts
from bot.healing.reactions import Wanted
from bot.ledger.google_sheet import HEADER
from bot.records.playbook_run import PlaybookRun
from bot.sandbox.github_faults import Fault
from bot.sandbox.sheet_server import fault, quota_fault
from bot.sandbox.sheet_state import Cells
from tests.unit.host_actions.ward import Ward, a_ward, a_wish


@pytest.fixture
async def ward(tmp_path: Path) -> AsyncIterator[Ward]:
    async with a_ward(tmp_path) as opened:
        yield opened


async def heal(ward: Ward, playbook: str, **context: str) -> PlaybookRun:
    return await ward.healing.heal(Wanted(trouble=a_wish(**context), playbook=playbook))


async def test_a_row_that_could_not_be_written_is_kept_and_replayed_once_in_its_order(ward: Ward) -> None:
    await ward.note(1)
    ward.sheet.faults.add(fault(500, path=r"append"))

    reply = await ward.note(2)
    run = await ward.calm("ingestion_replay")

    assert reply.startswith("Noted: lunch, 12.50 EUR. The sheet cannot take it now")
    assert (run.status, run.steps_done) == ("watching", ["clear_ingestion_cache", "retry_ingestion"])
    assert ward.items() == ["1", "2"]
    assert await ward.face.store.dead_letters.count() == 0
    assert await ward.note(2) == "That message is in the ledger already: lunch, 12.50 EUR."


async def test_a_row_whose_answer_was_lost_is_no_second_row(ward: Ward) -> None:
    await ward.note(1)
    ward.sheet.faults.add(Fault(method="*", path="append", drop="after"))

    await ward.note(2)
    await ward.note(3)

    assert ward.items() == ["1", "2", "3"]


async def test_rows_that_wait_go_before_newer_ones_and_are_listed_meanwhile(ward: Ward) -> None:
    await heal_and_stay_local(ward)
    await ward.note(1, "coffee 3")
    await ward.note(2, "lunch 12.50")
    assert await ward.note(1, "coffee 3") == "That message is in the ledger already: coffee, 3.00 EUR."
    listed = await ward.note(9, "list")

    await ward.healing.host.action("reset_pipeline_state").act({})
    await ward.note(3, "taxi 18")

    assert "coffee" in listed
    assert ward.items() == ["1", "2", "3"]


async def heal_and_stay_local(ward: Ward) -> None:
    await ward.healing.host.action("use_local_store").act({})


async def test_a_storm_of_429_leaves_the_sheet_in_peace_and_is_healed(ward: Ward) -> None:
    await ward.note(1)
    ward.sheet.faults.add(quota_fault())

    await ward.note(2)
    run = await ward.calm("sheet_fallback")

    assert run.steps_done == ["use_local_store", "probe_sheet", "retry_ingestion"]
    assert ward.items() == ["1", "2"]


RENAMED: list[JsonValue] = ["When", *HEADER[1:]]


async def test_a_renamed_header_is_copied_away_and_repaired_and_what_waited_is_written(ward: Ward) -> None:
    await ward.note(1)
    rows = ward.sheet.rows("ledger")
    ward.sheet.rearrange("ledger", [RENAMED, *rows[1:]])

    await ward.note(2)
    run = await ward.calm("schema_recovery")

    assert run.status == "watching"
    assert run.steps_done == ["validate_schema", "backup_current_schema", "apply_schema_fix", "verify_schema"]
    assert ward.sheet.rows("ledger")[0] == list(HEADER)
    assert ward.items() == ["1", "2"]
    assert '"When"' in (await ward.face.store.documents.read("sheet_backup"))[0]


async def test_a_header_that_was_sorted_away_is_put_on_top_and_no_row_is_overwritten(ward: Ward) -> None:
    await ward.note(1)
    ward.sheet.rearrange("ledger", ward.sheet.rows("ledger")[1:])

    run = await heal(ward, "schema_recovery")

    assert run.status == "watching"
    assert ward.sheet.rows("ledger")[0] == list(HEADER)
    assert ward.items() == ["1"]


@pytest.mark.parametrize("is_gone", [False, True])
async def test_a_repair_is_put_back_from_its_copy_to_the_letter(ward: Ward, is_gone: bool) -> None:
    await ward.note(1)
    rows = ward.sheet.rows("ledger")[1:]
    before: Cells = rows if is_gone else [RENAMED, *rows]
    ward.sheet.rearrange("ledger", before)
    kept = ward.sheet.rows("ledger")

    async def breaks(facts: Facts) -> str:
        raise ZeroDivisionError

    whole = ward.healing.host.action("verify_schema")
    ward.healing.host.register("verify_schema", type(whole)(does="break", act=breaks))
    run = await heal(ward, "schema_recovery")

    assert run.status == "undone"
    assert ward.sheet.rows("ledger") == kept


async def test_a_tab_that_is_not_the_ledgers_is_never_written(ward: Ward) -> None:
    foreign: Cells = [["Name", "Phone"], ["Ada", "1"], ["Bob", "2"]]
    ward.sheet.rearrange("ledger", foreign)
    before = ward.sheet.rows("ledger")

    run = await heal(ward, "schema_recovery")

    assert run.status == "undone"
    assert "not the ledger's" in run.reason
    assert ward.sheet.rows("ledger") == before


async def test_a_time_limit_is_raised_within_its_bound_kept_over_a_restart_and_put_back(tmp_path: Path) -> None:
    async with a_ward(tmp_path) as ward:
        limit = ward.healing.parts.limits["Google Sheets"]
        run = await heal(ward, "pipeline_timeout_fix", pipeline="Google Sheets")
        assert (run.status, limit.read()) == ("watching", 10.0)
    async with a_ward(tmp_path) as ward:
        limit = ward.healing.parts.limits["Google Sheets"]
        assert limit.read() == 10.0
        undo = ward.healing.host.action("apply_config_timeout").undo
        assert undo is not None
        await undo(run.facts)
        assert limit.read() == 5.0
        limit.write(20.0)
        run = await heal(ward, "pipeline_timeout_fix", pipeline="Google Sheets")
        assert (run.status, limit.read()) == ("awaiting_patch", 20.0)
        assert run.work_order_id is not None
