"""All events: each fault in several shapes, each shape with other ids, lines, paths, callers and wrappers."""

import random
from collections.abc import Callable, Iterator

from tests.fingerprint_set import faults_inside, faults_outside, logs
from tests.fingerprint_set.model import Event, Fault, World
from tests.fingerprint_set.render import caused, during, grouped, raised

INVOKED = ("lib:discord/ext/commands/bot.py:invoke", "lib:discord/ext/commands/core.py:invoke")
WRAPPERS = (
    Fault("", ("bot/cogs/ledger.py:refresh",), "bot.errors.LedgerError", "the ledger of guild <snow> was not read"),
    Fault("", ("bot/worker.py:run_job",), "bot.errors.JobFailed", "job <uuid> failed after <n> ms"),
    Fault("", ("bot/web/api.py:answer",), "RuntimeError", "request <hex8> could not be answered"),
    Fault("", ("bot/apis/retry.py:attempt",), "lib.retry.RetryError", "gave up after <n> tries"),
    Fault("", ("bot/sync.py:run_once",), "bot.errors.SyncError", "sync of <date> stopped"),
)
CALLERS = (
    ("std:asyncio/runners.py:run", "bot/app.py:main", "bot/app.py:serve"),
    ("lib:discord/client.py:_run_event", "bot/events.py:dispatch"),
    ("lib:discord/ext/tasks/__init__.py:_loop", "bot/cogs/cleanup.py:every_hour"),
    ("lib:starlette/routing.py:app", "bot/web/api.py:run"),
    (),
)
LOGGERS = ("discord.ext.commands.bot", "discord.client", "asyncio", "bot.worker", "uvicorn.error", "celery.app.trace")
WORDS = ("amount missing", "no such member", "empty", "A7", "PORT", "twice", "https://example.com/hook", "late")


def faults() -> list[Fault]:
    """Every root cause that leaves a traceback."""
    tables = [
        getattr(module, name) for module in (faults_outside, faults_inside) for name in dir(module) if name.isupper()
    ]
    rows = [row.split(" | ") for table in tables for row in table.strip().splitlines()]
    return [
        Fault(
            cells[0],
            tuple(cells[1].split(" > ")),
            cells[2].removesuffix(" |"),
            cells[3].replace("\\n", "\n") if len(cells) > 3 else "",
        )
        for cells in rows
    ]


def is_ours(fault: Fault) -> bool:
    """Whether any frame is of our own code."""
    return any(not frame.startswith(("lib:", "std:")) for frame in fault.frames)


def called(fault: Fault, world: World) -> str:
    """Reached by one of several ways."""
    callers = CALLERS if is_ours(fault) else CALLERS[-1:]
    return raised(fault, world, world.rng.choice(callers))


def invoked(fault: Fault, world: World) -> str:
    """Wrapped by the command framework."""
    root = raised(fault, world, ("lib:discord/ext/commands/core.py:wrapped",))
    message = f"Command raised an exception: {fault.type.rpartition('.')[2]}: {fault.message}"
    wrapper = Fault("", INVOKED, "discord.ext.commands.errors.CommandInvokeError", message)
    return caused(root, wrapper, world)


def invoked_twice(fault: Fault, world: World) -> str:
    """Wrapped by the command framework's two layers."""
    wrapper = Fault(
        "",
        INVOKED,
        "discord.ext.commands.errors.HybridCommandError",
        "Hybrid command raised an error: Command raised an exception",
    )
    return caused(invoked(fault, world), wrapper, world)


def wrapped(fault: Fault, world: World) -> str:
    """Wrapped by an error of our own."""
    return caused(called(fault, world), world.rng.choice(WRAPPERS), world)


def wrapped_twice(fault: Fault, world: World) -> str:
    """Wrapped by two errors of our own."""
    return caused(wrapped(fault, world), world.rng.choice(WRAPPERS), world)


def in_group(fault: Fault, world: World) -> str:
    """The only failure of a task group."""
    return grouped(
        [called(fault, world)],
        ("bot/app.py:serve", "std:asyncio/taskgroups.py:__aexit__"),
        world,
        "unhandled errors in a TaskGroup",
    )


def twins_in_group(fault: Fault, world: World) -> str:
    """Two tasks of a group with the same failure."""
    leaves = [called(fault, world) for _ in range(2)]
    return grouped(leaves, ("bot/worker.py:run_all",), world, "unhandled errors in a TaskGroup")


def wrapped_in_group(fault: Fault, world: World) -> str:
    """Wrapped, and the wrapper in a task group."""
    return grouped([wrapped(fault, world)], ("bot/app.py:serve",), world, "unhandled errors in a TaskGroup")


def group_wrapped(fault: Fault, world: World) -> str:
    """A task group's failure, wrapped by an error of our own."""
    return caused(in_group(fault, world), world.rng.choice(WRAPPERS), world)


def after_another(fault: Fault, world: World) -> str:
    """Raised while some other error was handled: a fault of its own."""
    other = world.rng.choice([each for each in faults() if each.group != fault.group])
    return during(raised(other, world), called(fault, world))


def after_another_wrapped(fault: Fault, world: World) -> str:
    """Raised while another was handled, then wrapped."""
    return caused(after_another(fault, world), world.rng.choice(WRAPPERS), world)


SHAPES: tuple[Callable[[Fault, World], str], ...] = (
    *(called, invoked, wrapped, in_group, after_another, invoked_twice, wrapped_twice, twins_in_group),
    *(wrapped_in_group, group_wrapped, after_another_wrapped),
)


def of_faults(rng: random.Random, pass_number: int) -> Iterator[Event]:
    """Each fault alone and in three other shapes."""
    for number, fault in enumerate(faults()):
        others = [SHAPES[1 + (number * 3 + pass_number * 5 + step) % (len(SHAPES) - 1)] for step in range(3)]
        if not is_ours(fault):  # a wrapper of ours would lend it a frame
            others = [invoked, invoked_twice]
        for shape in (called, *others):
            world = World(rng)
            text = shape(fault, world)
            yield Event(
                group=fault.group,
                shape=shape.__name__,
                kind="traceback",
                traceback=text,
                logger=rng.choice(LOGGERS),
                message=world.filled("failed in <snow> (<n> ms)"),
            )


def argument(rng: random.Random) -> str:
    """What a log call puts into its template."""
    number = rng.choice([rng.randrange(1, 99), rng.randrange(10**17, 10**18), round(rng.uniform(1, 60), 1)])
    return str(rng.choice([number, rng.choice(WORDS)]))


def of_logs(rng: random.Random) -> Iterator[Event]:
    """Each log line four times, with its template where the program kept one."""
    for row in logs.LOGGED.strip().splitlines():
        group, logger, template = row.split(" | ")
        for _ in range(4):
            message = template
            while "%s" in message:
                message = message.replace("%s", argument(rng), 1)
            yield Event(group=group, shape="template", kind="log", logger=logger, message=message, template=template)
    for row in logs.SPOKEN.strip().splitlines():
        group, logger, form = row.split(" | ")
        for _ in range(4):
            message = World(rng).filled(form)
            yield Event(group=group, shape="no template", kind="log", logger=logger, message=message, template=message)


def of_titles(rng: random.Random) -> Iterator[Event]:
    """Each titled error three times."""
    for row in logs.TITLED.strip().splitlines():
        group, title, culprit = row.split(" | ")
        for _ in range(3):
            filled = World(rng).filled(title)
            yield Event(group=group, shape="titled", kind="titled", message=filled, title=filled, culprit=culprit)


def events(passes: int = 1, seed: int = 4) -> list[Event]:
    """All events, so many times over with other facts; the same for the same seed."""
    rng = random.Random(seed)
    return [each for number in range(passes) for each in (*of_faults(rng, number), *of_logs(rng), *of_titles(rng))]
