import asyncio
import random
import re
import traceback

from tests.fingerprint_set.catalogue import events, faults
from tests.fingerprint_set.measure import score
from tests.fingerprint_set.model import Fault, World
from tests.fingerprint_set.render import caused, during, grouped, raised

READ = Fault("", ("bot/a.py:read",), "KeyError", "'total'")
SHOWN = Fault("", ("bot/b.py:show",), "ValueError", "no ledger")


def world(seed: int) -> World:
    return World(random.Random(seed))


def layout(text: str) -> list[str]:
    """The headings, edges and messages of a traceback, without its frames."""
    return [line for line in text.splitlines() if not re.match(r" +\| {3}|  (?! *[|+])", line)]


def test_the_set_is_as_large_as_it_says() -> None:
    played = events()

    assert len(played) >= 500
    assert len({event.group for event in played}) >= 130
    assert all(sum(other.group == event.group for other in played) >= 3 for event in played)


def test_the_truth_scores_full_marks_and_extremes_do_not() -> None:
    played = events()

    assert score(played, lambda event: event.group).f1 == 1
    assert score(played, lambda event: "all").precision < 0.05
    assert score(played, lambda event: str(id(event))).recall == 0


def test_no_two_faults_are_the_same_by_the_rule() -> None:
    told: dict[tuple[str, ...], list[str]] = {}
    for fault in faults():
        ours = [frame for frame in fault.frames if not frame.startswith(("lib:", "std:"))]
        told.setdefault((fault.type, fault.message, *ours[-1:]), []).append(fault.group)

    assert [groups for groups in told.values() if len(groups) > 1] == []


def test_every_fact_is_filled_and_each_seed_gives_one_set() -> None:
    left = [event for event in events() if re.search(r"<(snow|n|count|uuid|hex8|f|ip)>", str(event))]

    assert not left
    assert events(seed=8) == events(seed=8)


def test_a_chain_is_told_as_python_tells_it() -> None:
    empty: dict[str, int] = {}
    try:
        try:
            empty["total"]
        except KeyError as error:
            raise ValueError("no ledger") from error
    except ValueError:
        real = traceback.format_exc()

    assert layout(caused(raised(READ, world(1)), SHOWN, world(2))) == layout(real)


def test_a_context_is_told_as_python_tells_it() -> None:
    empty: dict[str, int] = {}
    try:
        try:
            empty["total"]
        except KeyError:
            raise ValueError("no ledger")  # noqa: B904 - the missing cause is the case
    except ValueError:
        real = traceback.format_exc()

    assert layout(during(raised(READ, world(1)), raised(SHOWN, world(2)))) == layout(real)


def test_a_group_is_told_as_python_tells_it() -> None:
    async def fail() -> None:
        raise ValueError("no ledger")

    async def both() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail())
            group.create_task(fail())

    try:
        asyncio.run(both())
    except ExceptionGroup:
        real = traceback.format_exc()
    leaves = [raised(SHOWN, world(seed)) for seed in (1, 2)]

    rendered = grouped(leaves, ("bot/b.py:run",), world(3), "unhandled errors in a TaskGroup")

    assert layout(rendered) == layout(real)
