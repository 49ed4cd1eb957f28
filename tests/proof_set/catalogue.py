"""All bugs, found by their modules' names, and all cases."""

import importlib
from functools import cache
from pathlib import Path

from tests.proof_set.kinds import cases_of
from tests.proof_set.model import Bug, Case


@cache
def all_bugs() -> tuple[Bug, ...]:
    """Every bug, by name: one module of `bugs/` holds one or more of them."""
    modules = sorted(path.stem for path in (Path(__file__).parent / "bugs").glob("*.py"))
    loaded = [importlib.import_module(f"tests.proof_set.bugs.{name}") for name in modules]
    bugs: list[Bug] = []
    for module in loaded:
        bugs += [value for value in vars(module).values() if isinstance(value, Bug)]
    return tuple(bugs)


@cache
def all_cases() -> tuple[Case, ...]:
    """Every case; a bug's place in the list picks the spellings of its mechanical cases."""
    return tuple(case for number, bug in enumerate(all_bugs()) for case in cases_of(bug, number))
