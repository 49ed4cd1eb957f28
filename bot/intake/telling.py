"""How a step tells of itself: a bar on a terminal, plain lines elsewhere, nothing but its result for machines."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

EVERY = 100
"""After so many steps a plain line says how far it is."""


def has_terminal() -> bool:
    """Does somebody look at a terminal that can redraw a line?"""
    return sys.stderr.isatty() and not os.environ.get("CI") and os.environ.get("TERM") != "dumb"


@contextmanager
def progress(what: str, total: int | None, *, silent: bool = False) -> Iterator[Callable[[], None]]:
    """Tells on standard error how far a step is; the function that is given counts one more."""
    if silent:
        yield lambda: None
    elif has_terminal():
        yield from bar(what, total)
    else:
        yield from lines(what)


def bar(what: str, total: int | None) -> Iterator[Callable[[], None]]:
    """A bar that is gone at the end; NO_COLOR is heeded."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(what, total=total)
        yield lambda: shown.advance(task)


def lines(what: str) -> Iterator[Callable[[], None]]:
    """A line at the start and after each hundred, for logs."""
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        if done % EVERY == 0:
            print(f"{what}: {done}", file=sys.stderr, flush=True)

    print(f"{what} …", file=sys.stderr, flush=True)
    yield step
