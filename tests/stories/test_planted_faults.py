"""Promise: a fault of the everyday kind is noticed and healed or escalated, and nobody touches anything."""

from pathlib import Path

from bot.sandbox.planted_faults import FAULTS, suffer_all


async def test_every_planted_fault_ends_verified_or_escalated_without_a_hand(tmp_path: Path) -> None:
    told: list[str] = []

    scores = await suffer_all(tmp_path, FAULTS, told.append)

    assert [score.wrong for score in scores] == [""] * len(FAULTS), "\n".join(told)
    ends = {score.name: score.runs[0].status for score in scores if score.runs}
    assert ends == {fault.name: fault.end for fault in FAULTS}
