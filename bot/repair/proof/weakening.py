"""The tests before and after, compared: what was deleted, switched off, or asks for less than it did."""

import ast
import doctest
import re
from collections import Counter
from collections.abc import Iterator

from bot.repair.proof.body_comparison import SWITCHED_OFF, differences
from bot.repair.proof.flags import Flag
from bot.repair.proof.project import Project
from bot.repair.proof.surroundings import around
from bot.repair.proof.syntax import (
    Definition,
    by_name,
    dotted,
    form,
    full_name,
    homes_of_docstrings,
    imported,
    parse,
    shown,
)
from bot.repair.proof.trees import Change

DICE = re.compile(
    r"(?:random\.(?!Random|seed)\w+|secrets\.\w+|uuid\.uuid[14]|os\.(?:urandom|getpid|times|stat|getloadavg)|hash|id"
    r"|time\.\w+|datetime\.(?:datetime\.)?(?:now|utcnow|today)|datetime\.date\.today|numpy\.random\.\w+|platform\.\w+"
    r"|threading\..*|asyncio\.wait_for|timeit\..*|psutil\..*)"
)
"""What is another thing at each run, or may be."""


def weakened(changes: list[Change], project: Project) -> list[Flag]:
    """What the diff takes from the tests that were there, and what in new ones hangs on chance."""
    moved = {
        form_of_body(each)
        for change in changes
        if project.is_about_tests(change.name)
        for each in by_name(parse(change.after)).values()
    }
    found: list[Flag] = []
    for change in changes:
        if project.doctests or not change.name.endswith(".py"):
            found += examples_lost(change)
        if not project.is_about_tests(change.name):
            continue
        if not change.name.endswith(".py"):
            if project.is_test(change.name) and change.after is not None:
                continue  # its examples are its tests
            if change.before is not None:
                found.append(
                    Flag(3, "test-data-changed", change.name, "what the tests compare with is not what it was")
                )
            continue
        found += [
            *lost(change, project, moved),
            *changed(change),
            *around(change),
            *switched_off(change),
            *chance(change),
        ]
    return found


def examples_lost(change: Change) -> Iterator[Flag]:
    """Examples in texts and docstrings that are not there any more, or are not run."""
    old, new = examples_in(change, change.before), examples_in(change, change.after)
    for source, want in old:
        if (source, want) not in new:
            still = any(code == source for code, _ in new)
            yield Flag(
                3,
                "changed-expectation" if still else "test-deleted",
                change.name,
                f"`{source.strip()}` answered `{want.strip()}`",
            )
    if "doctest: +SKIP" in (change.after or "") and "doctest: +SKIP" not in (change.before or ""):
        yield Flag(3, "test-skipped", change.name, "examples are skipped")


def examples_in(change: Change, text: str | None) -> list[tuple[str, str]]:
    """The examples of a text, or of a file's docstrings: what is typed, and what is answered."""
    if change.name.endswith(".py"):
        texts = [ast.get_docstring(each, clean=False) for _, each in homes_of_docstrings(parse(text))]
    else:
        texts = [text]
    try:
        return [(each.source, each.want) for one in texts for each in doctest.DocTestParser().get_examples(one or "")]
    except ValueError:
        return []


def form_of_body(test: Definition) -> str:
    """What a test does, whatever its name is."""
    return "\n".join(form(each) for each in (test.node.args, *test.node.decorator_list, *test.node.body))


def is_test(name: str, project: Project) -> bool:
    """Would this definition be taken for a test?"""
    *classes, last = name.split(".")
    is_one = last.startswith("test") or any(last.startswith(each.rstrip("*")) for each in project.functions)
    return is_one and len(classes) < 3


def lost(change: Change, project: Project, moved: set[str]) -> Iterator[Flag]:
    """Tests that are not there any more, under their name or another that is looked for."""
    after = by_name(parse(change.after))
    bodies = {form_of_body(each): each.name for each in after.values()}
    for test in by_name(parse(change.before)).values():
        if not is_test(test.name, project) or test.name in after:
            continue
        where, body = f"{change.name}::{test.name.replace('.', '::')}", form_of_body(test)
        now = bodies.get(body, "")
        if now and not is_test(now, project):
            yield Flag(3, "test-renamed-out-of-collection", where, f"it is called {now} now, which nothing runs")
        elif body not in moved:
            yield Flag(3, "test-deleted", where, shown(test.node)[:80])


def changed(change: Change) -> Iterator[Flag]:
    """Functions of a test file that do not hold all that they held."""
    before, after = by_name(parse(change.before)), by_name(parse(change.after))
    for name, old in before.items():
        new = after.get(name)
        if new is None or form(old.node) == form(new.node):
            continue
        where = f"{change.name}::{name.replace('.', '::')}"
        yield from (Flag(3, code, where, what) for code, what in differences(old.node, new.node))


def switched_off(change: Change) -> Iterator[Flag]:
    """Skips and expected failures that were not there."""
    known = Counter(shown(node) for node in off_switches(parse(change.before)))
    for node in off_switches(parse(change.after)):
        if known[shown(node)]:
            known[shown(node)] -= 1
        else:
            yield Flag(3, "test-skipped", f"{change.name}:{getattr(node, 'lineno', 1)}", shown(node))


def off_switches(tree: ast.Module | None) -> Iterator[ast.expr]:
    """Each place where a test is switched off, outermost only."""
    inner: set[int] = set()
    for node in ast.walk(tree) if tree is not None else ():
        if (
            isinstance(node, ast.Call | ast.Attribute | ast.Name)
            and id(node) not in inner
            and SWITCHED_OFF.fullmatch(dotted(node))
        ):
            inner |= {id(each) for each in ast.walk(node)}
            yield node


def chance(change: Change) -> Iterator[Flag]:
    """Tests, new or changed, whose outcome hangs on dice, the clock, or where things lie in memory."""
    before, after = by_name(parse(change.before)), by_name(parse(change.after))
    names = imported(parse(change.after))
    for name, test in after.items():
        old = before.get(name)
        if old is not None and form(old.node) == form(test.node):
            continue
        known = {shown(each) for each in ast.walk(old.node) if isinstance(each, ast.Call)} if old else set()
        seeded = re.search(r"\bseed\(|monkeypatch\.setattr|freeze_time|patch\(", ast.unparse(test.node))
        for node in ast.walk(test.node):
            if (
                isinstance(node, ast.Call)
                and shown(node) not in known
                and DICE.fullmatch(full_name(node.func, names))
                and not seeded
            ):
                yield Flag(
                    3,
                    "flaky",
                    f"{change.name}::{name.replace('.', '::')}",
                    f"`{shown(node)}` is another thing at each run",
                )
                break
