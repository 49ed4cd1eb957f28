"""A run's message tells its whole story: six stages in their order, from the fault to the trust restored."""

from datetime import timedelta

from bot.cogs.heal_progress import analysis_of
from bot.cogs.heal_view import outcome_text, rehearsal_text, run_embed, timeline
from bot.cogs.trust_chart import courses_of, drawn, in_words
from bot.healing.playbooks import MEMORY_CLEANUP
from bot.records.healing_store import TrustChange
from bot.records.playbook_run import PlaybookRun, StepTaken
from bot.records.work_order import WorkOrder
from tests.factories import NOW, an_order


def after(minutes: int) -> timedelta:
    return timedelta(minutes=minutes)


def an_escalated_run() -> PlaybookRun:
    run = PlaybookRun(
        id="run_20260105_abcdef", playbook="verification_fix", fingerprint="f" * 16, error_type="KeyError",
        summary="KeyError: **x** @everyone", started_at=NOW, asked_by="1001", work_order_id="wo_20260105_0001",
    )  # fmt: skip
    run = run.with_step(StepTaken(action="analyze_failure_reason", state="done", at=NOW, said="It looks like logic."))
    for number, status in enumerate(("running", "awaiting_patch", "patch_applied", "verified")):
        run = run.step_to(status, NOW + after(number * 10))  # type: ignore[arg-type] # - a status each
    return run


def its_order() -> WorkOrder:
    return an_order(
        status="verified",
    ).evolve(
        history=(
            ("staged", NOW + after(10)),
            ("dispatched", NOW + after(11)),
            ("proposing", NOW + after(12)),
            ("awaiting_approval", NOW + after(15)),
            ("verified", NOW + after(30)),
        )
    )


def test_the_timeline_tells_six_stages_in_their_order_with_what_an_analysis_usually_takes() -> None:
    lines = timeline(an_escalated_run(), its_order(), eta=240).splitlines()

    told = [line.partition("> ")[2] for line in lines]
    assert told == [
        "🚨 Fault detected",
        "🔧 Playbook running",
        "🧑‍💻 Needs code: a patch was asked for",
        "🧠 The coding agent is analysing, usually 4 min",
        "🙋 A patch waits for an admin",
        "🔬 Patch applied, verifying",
        "🏁 Verified: the fault stayed away, trust restored",
    ]
    assert analysis_of(its_order()) == 240
    assert analysis_of(an_order()) is None


def test_foreign_words_stay_words() -> None:
    embed = run_embed(an_escalated_run(), its_order(), trust="0.80")

    assert "**x**" not in (embed.description or "")
    assert "@everyone" not in (embed.description or "")
    assert {"Steps", "So far", "Work order", "Trust", "Asked by"} <= {field.name for field in embed.fields}


def test_an_outcome_is_one_sentence_and_a_rehearsal_says_that_nothing_was_done() -> None:
    run = an_escalated_run()

    assert "is **verified**: 1 of 1 steps done" in outcome_text(run)
    assert "Nothing was done yet" in rehearsal_text(MEMORY_CLEANUP, run.steps)


def test_trust_is_drawn_and_told_in_words() -> None:
    moves = [(0.5, 0.8), (0.8, 0.48)]
    changes = [
        TrustChange(
            subject="playbook cog_reload", at=NOW + after(number), before=was, after=now, run_id=f"run_{number}"
        )
        for number, (was, now) in enumerate(moves)
    ]

    courses = courses_of(reversed(changes))

    assert in_words(courses) == "Trust over time: playbook cog_reload from 0.50 to 0.48."
    assert drawn(courses).startswith(b"\x89PNG")
