"""A heal ends verified, undone or escalated, and never half done: whatever fails, and wherever the process dies."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from discord import Client, Intents

from bot.events.catalog import HealingCompleted
from bot.healing.engine import WAITING_AT_ONCE, HealRefused
from bot.healing.host import CannotHeal, NeedsPatch, RetryAfter
from bot.healing.loop_guard import Heal, Pair
from bot.healing.playbook import Playbook, Shelf
from bot.healing.playbooks import ALL
from bot.healing.trouble import Trouble
from bot.host_actions.discord_client import DiscordParts
from bot.host_actions.restarting import Departure, Restarting
from bot.records.playbook_run import PlaybookRun
from bot.records.store import RecordMissing, StoreUnavailable
from tests.unit.healing.clinic import FAULT, Clinic, Killed, Orders, a_clinic


@pytest.fixture
async def clinic(tmp_path: Path) -> AsyncIterator[Clinic]:
    async with a_clinic(tmp_path) as one:
        yield one


of_each = pytest.mark.parametrize("playbook", ALL, ids=[one.id for one in ALL])


async def test_a_fault_that_stays_away_is_verified_and_trust_grows(clinic: Clinic) -> None:
    run = await clinic.heal("memory_pressure")

    assert (run.status, run.playbook) == ("watching", "memory_cleanup")
    assert clinic.patient.done == list(run.steps_done)

    run = await clinic.later()

    assert run.status == "verified"
    assert clinic.told() == ["self_healing.triggered", "self_healing.completed"]
    assert await clinic.engine.trust.of("playbook memory_cleanup") == pytest.approx(0.8)


async def test_a_fault_that_comes_back_in_the_window_puts_the_heal_back(clinic: Clinic) -> None:
    await clinic.heal("memory_pressure")
    clinic.seen += 1

    run = await clinic.later(1)

    assert run.status == "undone"
    assert "came back" in run.reason
    assert clinic.patient.applied == []
    assert await clinic.engine.trust.of("playbook memory_cleanup") == pytest.approx(0.3)


async def test_nothing_is_decided_before_the_window_ends(clinic: Clinic) -> None:
    await clinic.heal("memory_pressure")

    assert (await clinic.later(9)).status == "watching"
    assert (await clinic.later(1)).status == "verified"


@of_each
@pytest.mark.parametrize("error", [CannotHeal("no use"), ZeroDivisionError("no use")], ids=["outcome", "bug"])
async def test_a_step_that_cannot_help_puts_all_before_it_back(
    clinic: Clinic, playbook: Playbook, error: Exception
) -> None:
    for step in playbook.steps:
        clinic.patient.breaks[step] = [error]

        run = await clinic.heal("", playbook.id)

        assert (run.status, clinic.patient.applied) == ("undone", [])
        assert "no use" in run.reason
        assert clinic.told()[-1] == "self_healing.failed"
        clinic.clock.forward(3600)


@of_each
@pytest.mark.parametrize(
    ("save", "lost", "end"),
    [(0, True, "watching"), (0, False, "undone"), (1, True, "undone"), (1, False, "watching")],
    ids=["before it began", "as it began", "as it was done", "after it was done"],
)
async def test_a_process_that_dies_at_a_step_leaves_nothing_half_done(
    clinic: Clinic, playbook: Playbook, save: int, lost: bool, end: str
) -> None:
    for number in range(len(playbook.steps)):
        clinic.patient.applied.clear()
        clinic.kill_at, clinic.lost = 2 * number + save, lost
        with pytest.raises(Killed):
            await clinic.heal("", playbook.id)
        clinic.restart()

        run = await clinic.later(1)

        stands = sorted(playbook.steps) if end == "watching" else []
        assert (run.status, sorted(clinic.patient.applied)) == (end, stands)
        assert not (await clinic.engine.guard.state()).running
        assert (await clinic.later(60)).status in ("undone", "verified")


@pytest.mark.parametrize("save", range(8))
async def test_a_store_that_is_locked_at_a_step_leaves_nothing_half_done(clinic: Clinic, save: int) -> None:
    clinic.store_away_at = save
    with pytest.raises(StoreUnavailable):
        await clinic.heal("schema")

    run = await clinic.later(1)

    assert run.status in ("undone", "watching")
    assert len(clinic.patient.applied) == (4 if run.status == "watching" else 0)
    assert not (await clinic.engine.guard.state()).running
    assert run.status == "watching" or "store was away" in run.reason


class Odd(BaseException):
    """What some libraries raise that is no Exception."""


@pytest.mark.parametrize("error", [SystemExit(3), Odd("odd"), asyncio.CancelledError()], ids=lambda e: type(e).__name__)
async def test_an_action_that_would_end_the_process_or_its_task_ends_its_run_alone(
    clinic: Clinic, error: BaseException
) -> None:
    clinic.patient.breaks["apply_schema_fix"] = [error]

    run = await clinic.heal("schema")

    assert (run.status, clinic.patient.applied) == ("undone", [])
    assert run.reason
    assert (await clinic.heal("memory")).status == "watching"


async def test_a_death_while_it_is_put_back_is_survived(clinic: Clinic) -> None:
    clinic.patient.breaks["apply_schema_fix"] = [CannotHeal("no use")]
    clinic.kill_at = 6

    with pytest.raises(Killed):
        await clinic.heal("schema")
    clinic.restart()

    assert (await clinic.later(1)).status == "undone"
    assert clinic.patient.applied == []


async def nothing() -> None:
    """Registers no commands."""


async def test_a_command_that_starts_the_bot_anew_is_judged_by_what_comes_after(clinic: Clinic) -> None:
    client = Client(intents=Intents.none())
    actions = {
        **Restarting(command="true", services=frozenset(), service_command="", hidden=frozenset()).actions(),
        **DiscordParts(client=client, resync=nothing, cogs={}, patience=None).actions(),
        **Departure(lambda: None).actions(),
    }

    def register() -> None:
        for name, action in actions.items():
            clinic.engine.ladder.host.register(name, action)

    register()
    clinic.kill_at, clinic.lost = 1, True  # the end of the first step is never written down
    with pytest.raises(Killed):
        await clinic.heal("", "general_restart")
    clinic.restart()
    register()

    run = await clinic.later(1)

    assert run.status == "watching"
    assert [step.state for step in run.steps] == ["done", "skipped", "skipped", "skipped"]
    assert "not written down" in run.steps[0].said
    assert (await clinic.later()).status == "verified"


async def test_a_step_that_asks_for_time_gets_it_a_few_times(clinic: Clinic) -> None:
    clinic.patient.breaks["reconnect_database"] = [RetryAfter("refused", 2**number) for number in range(4)]

    run = await clinic.heal("database")

    assert run.status == "watching"
    assert clinic.patient.waits == [1, 2, 4, 8]


async def test_a_step_that_always_asks_for_time_ends(clinic: Clinic) -> None:
    clinic.patient.breaks["reconnect_database"] = [RetryAfter("refused", 1000) for _ in range(9)]

    run = await clinic.heal("database")

    assert run.status == "undone"
    assert clinic.patient.waits == [60] * 4


async def test_an_action_that_the_host_never_registered_fails_loudly(clinic: Clinic) -> None:
    clinic.engine.ladder.host._actions.pop("apply_schema_fix")

    run = await clinic.heal("schema")

    assert run.status == "undone"
    assert "apply_schema_fix" in run.reason


async def test_what_cannot_be_put_back_is_said(clinic: Clinic) -> None:
    async def stuck(facts: object) -> str:
        raise CannotHeal("the backup is gone")

    host = clinic.engine.ladder.host
    backup = host.action("backup_current_schema")
    host.register("backup_current_schema", type(backup)(does=backup.does, act=backup.act, undo=stuck))
    clinic.patient.breaks["apply_schema_fix"] = [CannotHeal("no use")]

    run = await clinic.heal("schema")

    assert run.status == "failed"
    assert "the backup is gone" in run.reason


async def test_a_run_that_needs_a_patch_waits_for_it_over_a_restart_and_is_verified_with_it(clinic: Clinic) -> None:
    clinic.patient.breaks["check_data_vs_logic_issue"] = [NeedsPatch("the parser is wrong")]

    run = await clinic.heal("validation")

    assert (run.status, run.work_order_id) == ("awaiting_patch", "wo_20260105_0001")
    assert (run.steps[-1].state, run.steps[-1].said) == ("done", "the parser is wrong")
    clinic.restart()
    assert (await clinic.later()).status == "awaiting_patch"
    clinic.orders.is_live = True
    assert (await clinic.later()).status == "patch_applied"
    clinic.orders.verdict = True
    assert (await clinic.later()).status == "verified"
    assert clinic.told() == [
        f"self_healing.{name}" for name in ("triggered", "escalated", "patch_applied", "completed")
    ]


async def test_a_run_whose_patch_never_came_is_failed(clinic: Clinic) -> None:
    clinic.patient.breaks["check_data_vs_logic_issue"] = [NeedsPatch("the parser is wrong")]
    await clinic.heal("validation")

    clinic.orders.verdict = False
    run = await clinic.later()

    assert (run.status, run.reason) == ("failed", "the pull request was closed")


async def test_a_death_before_the_patch_was_asked_for_asks_once(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic.patient.breaks["check_data_vs_logic_issue"] = [NeedsPatch("the parser is wrong")]

    async def dies(*_: object) -> str:
        clinic.dead = True
        raise Killed

    monkeypatch.setattr(clinic.orders, "ask", dies)
    with pytest.raises(Killed):
        await clinic.heal("validation")
    monkeypatch.undo()
    clinic.restart()
    await clinic.later(1)
    run = await clinic.later(1)

    assert (run.status, len(clinic.orders.asked)) == ("awaiting_patch", 1)


async def test_a_playbook_that_may_not_ask_for_a_patch_does_not(clinic: Clinic) -> None:
    clinic.patient.breaks["clear_non_critical_caches"] = [NeedsPatch("it leaks")]

    run = await clinic.heal("memory")

    assert (run.status, clinic.orders.asked) == ("undone", {})


async def test_a_timeout_that_is_of_configuration_is_healed_without_a_patch(clinic: Clinic) -> None:
    run = await clinic.heal("pipeline.timeout")

    assert (run.playbook, run.status, clinic.orders.asked) == ("pipeline_timeout_fix", "watching", {})


async def test_a_heal_that_never_helps_is_refused_after_three_with_one_alert(clinic: Clinic) -> None:
    for _ in range(3):
        await clinic.heal("ingestion.failed")
        clinic.seen += 1
        await clinic.later(1)

    for _ in range(3):
        with pytest.raises(HealRefused, match="3 times"):
            await clinic.heal("ingestion.failed")

    assert clinic.told().count("self_healing.paused") == 1
    clinic.clock.forward(3600)
    assert (await clinic.heal("ingestion.failed")).status == "watching"


async def test_a_pause_whose_alert_a_kill_cut_short_is_told_after_all_and_once(clinic: Clinic) -> None:
    for _ in range(3):
        await clinic.heal("ingestion.failed")
    clinic.dies_before = "self_healing.paused"
    with pytest.raises(Killed):
        await clinic.heal("ingestion.failed")

    clinic.restart()
    await clinic.engine.tick()
    told_while_the_other_may_still_be_at_it = clinic.told().count("self_healing.paused")
    await clinic.later(1)
    await clinic.later(1)

    assert told_while_the_other_may_still_be_at_it == 0
    assert clinic.told().count("self_healing.paused") == 1


async def test_a_heal_that_is_driven_on_after_a_long_outage_waits_for_the_one_that_runs(clinic: Clinic) -> None:
    clinic.kill_at = 3
    with pytest.raises(Killed):
        await clinic.heal("schema")
    clinic.restart()
    clinic.clock.forward(20 * 60)
    another = Pair(playbook="memory_cleanup", fingerprint="b" * 16)
    assert (await clinic.engine.guard.ask(Heal(run_id="run_another", pair=another))).allowed

    beside_the_other = await clinic.later(1)
    await clinic.engine.guard.ended("run_another")
    alone = await clinic.later(1)

    assert (beside_the_other.status, alone.status) == ("running", "watching")
    assert (await clinic.engine.guard.state()).running is None


@of_each
async def test_a_run_that_changed_nothing_ends_as_nothing_to_do_and_gains_no_trust(
    clinic: Clinic, playbook: Playbook
) -> None:
    clinic.patient.idle = set(playbook.steps[1:])
    clinic.patient.looking = {playbook.steps[0]}

    run = await clinic.heal("", playbook.id)

    assert (run.status, run.watch_until) == ("nothing_to_do", None)
    assert "nothing was changed" in run.reason
    assert [event.outcome for event in clinic.events if isinstance(event, HealingCompleted)] == ["nothing_to_do"]
    assert (await clinic.later()).status == "nothing_to_do"
    assert await clinic.engine.trust.of(f"playbook {playbook.id}") == 0.5


async def test_what_a_dead_process_did_not_tell_of_its_runs_is_told_once_by_the_next(clinic: Clinic) -> None:
    await clinic.heal("memory_pressure")
    await clinic.later()
    clinic.events.clear()
    await clinic.store.documents.replace("loop_guard", "{}", (await clinic.store.documents.read("loop_guard"))[1])

    clinic.restart()
    await clinic.later(1)
    await clinic.later(1)

    assert clinic.told() == ["self_healing.completed"]
    (event,) = clinic.events
    assert isinstance(event, HealingCompleted)
    assert event.trust_before == 0.5
    assert event.trust_after == pytest.approx(0.8)


async def test_a_heal_that_died_before_it_was_a_run_holds_up_nobody_for_long(clinic: Clinic) -> None:
    pair = Pair(playbook="memory_cleanup", fingerprint=FAULT)
    await clinic.engine.guard.ask(Heal(run_id="run_gone", pair=pair))

    await clinic.engine.tick()
    with pytest.raises(HealRefused, match="one heal at a time"):
        await clinic.heal("schema")
    clinic.clock.forward(61)
    await clinic.engine.tick()

    assert (await clinic.heal("schema")).status == "watching"


async def test_a_run_whose_playbook_is_gone_is_put_back_and_holds_up_no_other(clinic: Clinic) -> None:
    clinic.engine.shelf.add(Playbook(id="once", title="x", kind="retry", steps=("reload_cog",), errors=("once",)))
    clinic.kill_at, clinic.lost = 1, False
    with pytest.raises(Killed):
        await clinic.heal("once")
    clinic.restart()

    run = await clinic.later(1)

    assert (run.status, clinic.patient.applied) == ("undone", [])
    assert "no playbook once" in run.reason


async def test_a_rehearsal_tells_each_step_and_does_nothing(clinic: Clinic) -> None:
    steps = await clinic.engine.rehearse(Trouble(fingerprint=FAULT, error_type="schema", summary=""))

    assert [step.action for step in steps] == [
        "validate_schema", "backup_current_schema", "apply_schema_fix", "verify_schema",
    ]  # fmt: skip
    assert clinic.patient.applied == []
    assert await clinic.store.runs.newest() == []


@pytest.mark.parametrize(
    ("error_type", "playbook"),
    [
        ("ingestion.failed", "ingestion_replay"),
        ("schema.invalid", "schema_recovery"),
        ("memory_pressure", "memory_cleanup"),
        ("oom", "memory_cleanup"),
        ("database_connection", "database_reconnect"),
        ("connection_lost", "database_reconnect"),
        ("pipeline.timeout", "pipeline_timeout_fix"),
        ("verification.failed", "verification_fix"),
        ("validation_error", "verification_fix"),
        ("sheet_quota", "sheet_fallback"),
        ("something else", "ingestion_replay"),
    ],
)
def test_the_error_type_chooses_the_playbook(error_type: str, playbook: str) -> None:
    assert Shelf(ALL).fitting(error_type).id == playbook


async def test_a_run_that_breaks_holds_up_no_other(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = await clinic.heal("schema"), await clinic.heal("memory")
    go_on = clinic.engine._watch

    async def broken(run: PlaybookRun) -> None:
        if run.id == first.id:
            raise ZeroDivisionError
        await go_on(run)

    monkeypatch.setattr(clinic.engine, "_watch", broken)
    with pytest.raises(ExceptionGroup):
        await clinic.later()

    assert (await clinic.store.runs.get(second.id)).status == "verified"


async def test_what_was_told_so_long_ago_that_nobody_knows_is_not_told_anew(clinic: Clinic) -> None:
    await clinic.heal("memory")
    await clinic.later()
    clinic.events.clear()  # as the event log does after two weeks, or ten thousand events
    clinic.clock.forward(1)
    clinic.told_since = clinic.clock()
    clinic.restart()

    await clinic.later()

    assert clinic.told() == []


async def test_of_many_runs_that_wait_for_a_patch_each_has_its_turn_and_no_round_asks_for_all(clinic: Clinic) -> None:
    for number in range(2 * WAITING_AT_ONCE + 5):
        clinic.patient.breaks["check_data_vs_logic_issue"] = [NeedsPatch("the parser is wrong")]
        trouble = Trouble(fingerprint=f"{number:016x}", error_type="verification", summary="it broke")
        await clinic.engine.heal(trouble)
        clinic.clock.forward(600)
    asked: list[str] = []

    class Counted(Orders):
        async def order(self, order_id: str) -> Orders:
            asked.append(order_id)
            return self

    clinic.engine.patches = Counted()
    rounds: list[int] = []
    for _ in range(3):
        await clinic.engine.tick()
        rounds.append(len(asked) - sum(rounds))

    assert rounds == [WAITING_AT_ONCE, WAITING_AT_ONCE, 5]
    assert len(set(asked)) == 2 * WAITING_AT_ONCE + 5


async def test_a_run_whose_patch_is_not_known_any_more_comes_to_an_end(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic.patient.breaks["check_data_vs_logic_issue"] = [NeedsPatch("the parser is wrong")]
    run = await clinic.heal("verification")

    async def missing(order_id: str) -> object:
        raise RecordMissing(f"There is no work order {order_id}.")

    monkeypatch.setattr(clinic.orders, "order", missing)
    ended = await clinic.later()

    assert (run.status, ended.status) == ("awaiting_patch", "failed")
    assert "There is no work order" in ended.reason
