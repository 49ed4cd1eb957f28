"""Each action does what it says, measures it, and stays within what the operator allowed."""

import asyncio
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.healing.host import Act, CannotHeal, Facts, NeedsPatch, NotNeeded, RetryAfter, Told
from bot.healing.host_parts import Cache, Chore, HostParts, TimeLimit
from bot.healing.origin import component_of, own_files, run_named_in, waits_outside
from bot.host_actions.causes import Causes
from bot.host_actions.ingestion import pause_of
from bot.host_actions.memory import Memory
from bot.host_actions.restarting import Departure, Restarting
from bot.host_actions.store_connection import StoreConnection
from bot.records.sql_store import open_store
from bot.records.store import StoreUnavailable

OWN = 'Traceback:\n  File "/app/bot/ledger/intent.py", line 3, in parse\nKeyError'
OUTSIDE = (
    'Traceback:\n  File "/app/bot/ledger/sheet.py", line 3, in x\n  File "/app/bot/apis/sheets.py", line 9, in read'
)
LIBRARY = 'Traceback:\n  File "/usr/lib/python3.11/site-packages/bot/x.py", line 3, in x'


async def did(act: Act, facts: Facts) -> Told:
    told = await act(facts)
    return told if isinstance(told, Told) else Told(told, {})


class NoNotes:
    async def read(self, name: str) -> str | None:
        return None

    async def write(self, facts: object) -> None:
        return


def test_where_a_fault_comes_from_is_read_from_its_trace() -> None:
    assert own_files(OWN) == ["bot/ledger/intent.py"]
    assert (component_of(OWN), component_of(LIBRARY), component_of("")) == ("bot.ledger", "", "")
    assert (waits_outside(OUTSIDE), waits_outside(OWN), waits_outside("")) == (True, False, False)
    assert run_named_in('{"healing_run":"run_20260105_abcdef"}') == "run_20260105_abcdef"
    assert run_named_in("run_20260105_abcdef") == ""


def test_pauses_grow_and_are_capped() -> None:
    assert [pause_of({"try": str(number)}) for number in (1, 2, 3, 4, 9)] == [1, 2, 4, 8, 60]


async def test_caches_are_cleared_and_measured_and_critical_ones_left_alone() -> None:
    large, kept = [1] * 1000, [2] * 10
    paused: list[str] = []
    parts = HostParts()
    parts.add(
        Cache(name="large", size=large.__len__, clear=large.clear),
        Cache(name="kept", size=kept.__len__, clear=kept.clear, critical=True),
        Chore(name="tidy", pause=lambda: paused.append("tidy"), resume=paused.clear),
    )
    memory = Memory(parts, measure=lambda: 50 * 1024 * 1024)

    told = await did(memory.identify, {})
    await memory.clear({})
    await memory.pause_chores({})
    during = list(paused)
    compared = await did(memory.compare, told.facts)

    assert (len(large), len(kept), during, paused) == (0, 10, ["tidy"], [])
    assert compared.facts["freed"] == "1000"
    with pytest.raises(NotNeeded, match="empty"):
        await memory.any_is_filled({})


async def test_a_cache_that_cannot_be_cleared_is_told() -> None:
    parts = HostParts()
    parts.add(Cache(name="leak", size=lambda: 7, clear=lambda: None))
    memory = Memory(parts, measure=lambda: 0)
    told = await did(memory.identify, {})

    with pytest.raises(CannotHeal, match="leak"):
        await memory.compare(told.facts)


@dataclass
class Line:
    """A database that is away for some asks."""

    away: int
    closed: int = 0

    async def close(self) -> None:
        self.closed += 1

    async def ping(self) -> None:
        if self.away:
            self.away -= 1
            raise StoreUnavailable("connection refused")


async def test_a_database_that_comes_back_is_waited_for_longer_each_time() -> None:
    line = Line(away=3)
    store = StoreConnection(line, NoNotes())
    waits = []
    for number in range(1, 5):
        try:
            told = await store.wait({"try": str(number)})
        except RetryAfter as later:
            waits.append(later.seconds)

    assert (waits, told.said) == ([1, 2, 4], "The database answered at try 4.")


async def test_a_mere_check_of_a_healthy_store_leaves_its_connections_alone(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        connection = StoreConnection(store.connections, store.notes)

        with pytest.raises(NotNeeded, match="answers"):
            await connection.is_ill({"trigger": "probe"})
        await connection.is_ill({})

        assert (await connection.check({})).said == "The store writes and reads."


def causes(limit: float = 5.0) -> tuple[Causes, dict[str, float]]:
    kept = {"seconds": limit}
    parts = HostParts()
    write = lambda seconds: kept.update(seconds=seconds)  # noqa: E731 - a setter of one line
    parts.add(TimeLimit(pipeline="sheet", read=lambda: kept["seconds"], write=write, most=15))
    return Causes(parts, NoNotes()), kept


async def test_a_timeout_in_our_own_code_needs_a_patch_and_one_of_a_limit_does_not() -> None:
    looked, _ = causes()

    code = await did(looked.of_timeout, {"trace": OWN, "pipeline": "sheet"})
    limit = await did(looked.of_timeout, {"trace": OUTSIDE, "pipeline": "sheet"})
    nowhere = await did(looked.of_timeout, {"error": "Pipeline validation timeout"})

    for facts in (code.facts, nowhere.facts):
        with pytest.raises(NeedsPatch, match="longer limit would not help"):
            await looked.is_code(facts)
    assert (await looked.is_code(limit.facts)).said == "It is the limit, not the code."


async def test_a_limit_that_is_raised_twice_is_raised_once_and_comes_back_whole() -> None:
    looked, kept = causes(limit=5.0)
    told = await did(looked.of_timeout, {"pipeline": "sheet"})

    await looked.raise_limit(told.facts)
    await looked.raise_limit(told.facts)
    raised = kept["seconds"]
    await looked.put_limit_back(told.facts)

    assert (raised, kept["seconds"]) == (10.0, 5.0)


async def test_a_limit_at_its_bound_is_raised_no_further() -> None:
    looked, kept = causes(limit=10.0)

    told = await did(looked.of_timeout, {"pipeline": "sheet"})

    assert (told.facts["cause"], kept["seconds"]) == ("code", 10.0)


async def test_a_timeout_that_nothing_here_governs_cannot_be_healed() -> None:
    looked, _ = causes()

    with pytest.raises(CannotHeal, match="elsewhere"):
        await looked.of_timeout({"pipeline": "elsewhere"})


async def test_wrong_data_asks_for_no_patch_and_wrong_logic_does() -> None:
    looked, _ = causes()
    data = await did(looked.of_failure, {"error": "ValidationError: 1 field"})
    logic = await did(looked.of_failure, {"error": "KeyError: 'x'", "trace": OWN})

    with pytest.raises(CannotHeal, match="data is wrong"):
        await looked.is_logic({**data.facts, "error": "ValidationError"})
    with pytest.raises(NeedsPatch, match=r"bot/ledger/intent\.py"):
        await looked.is_logic({**logic.facts, "error": "KeyError"})


def restarting(command: str | None = None, *, seconds: float = 5.0) -> Restarting:
    return Restarting(
        command=command, services=frozenset({"web"}), seconds=seconds, hidden=frozenset({"DISCORD_TOKEN"}),
        service_command=f"{sys.executable} -c 'import sys; print(sys.argv[1:])' {{name}}",
    )  # fmt: skip


async def test_the_operators_command_is_words_without_a_shell_and_without_our_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "hidden-from-it")
    program = tmp_path / "say.py"
    program.write_text("import os, sys\nprint(sys.argv[1:], os.environ.get('DISCORD_TOKEN'))\n")

    told = await restarting(f"{sys.executable} {program} '$HOME; ls' `id`").run_command({})

    assert "['$HOME; ls', '`id`'] None" in told.said


@pytest.mark.parametrize(
    ("code", "why"), [("import sys; sys.exit(3)", "ended with code 3"), ("while True: pass", "took longer than")]
)
async def test_a_command_that_fails_or_hangs_is_ended_and_told(code: str, why: str) -> None:
    with pytest.raises(CannotHeal, match=why):
        await restarting(f"{sys.executable} -c '{code}'", seconds=0.5).run_command({})


async def test_only_listed_services_are_restarted_and_a_name_is_one_argument() -> None:
    said = await restarting().restart_service({"argument": "web"})

    assert "['web']" in said
    for name in ("other", "", "web; ls", "--help", "web web"):
        with pytest.raises(CannotHeal, match="HEAL_SERVICES"):
            await restarting().is_listed({"argument": name})


@dataclass
class Exits:
    left: asyncio.Event = field(default_factory=asyncio.Event)


async def test_the_process_ends_on_the_third_rung_alone_and_only_when_it_is_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.host_actions.restarting.LEAVE_SECONDS", 0.0)
    exits = Exits()
    departure = Departure(exits.left.set)

    with pytest.raises(NotNeeded):
        await departure.is_my_turn({"rung": "2"})
    await departure.is_my_turn({"rung": "3"})
    await departure.exit({})
    await asyncio.wait_for(exits.left.wait(), 1)

    assert departure.reason
    with pytest.raises(CannotHeal, match="another bot"):
        await Departure().is_my_turn({"rung": "3"})
