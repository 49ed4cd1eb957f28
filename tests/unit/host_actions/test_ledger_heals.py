"""What goes wrong between the ledger and its sheet is noticed and healed without a hand, and no row is lost."""

from pathlib import Path

from bot.sandbox.sheet_server import fault
from tests.unit.host_actions.ward import a_ward


async def test_a_row_that_could_not_be_written_is_kept_and_replayed_once_in_its_order(tmp_path: Path) -> None:
    async with a_ward(tmp_path) as ward:
        await ward.note(1)
        ward.sheet.faults.add(fault(500, path=r"append"))

        reply = await ward.note(2)
        run = await ward.calm("ingestion_replay")

        assert reply.startswith("Noted: lunch, 12.50 EUR. The sheet cannot take it now")
        assert (run.status, run.steps_done) == ("watching", ["clear_ingestion_cache", "retry_ingestion"])
        assert ward.items() == ["1", "2"]
        assert await ward.face.store.dead_letters.count() == 0
        assert await ward.note(2) == "That message is in the ledger already: lunch, 12.50 EUR."
