"""The tests before and after, compared: what was deleted, switched off, or asks for less than it did."""

import ast
import doctest
import re
from collections import Counter
from collections.abc import Iterator

from bot.repair.proof.flags import Flag
from bot.repair.proof.project import Project
from bot.repair.proof.syntax import Definition, Function, by_name, dotted, form, full_name, homes_of_docstrings, imported, is_text, parse, shown
from bot.repair.proof.trees import Change

SWITCHED_OFF = re.compile(r"(?:.*\.)?(?:skip|skipif|skipIf|skipUnless|skipTest|xfail|importorskip|expectedFailure|SkipTest|skip_if|no_run)")
ROUND_TESTS = {"setUp", "tearDown", "setUpClass", "tearDownClass", "setUpModule", "tearDownModule", "setup_module", "teardown_module", "setup_function",
               "teardown_function", "setup_method", "teardown_method", "setup_class", "teardown_class", "setup", "teardown", "run", "__call__"}  # fmt: skip
DICE = re.compile(
    r"(?:random\.(?!Random|seed)\w+|secrets\.\w+|uuid\.uuid[14]|os\.(?:urandom|getpid|times|stat|getloadavg)|time\.\w+|datetime\.(?:datetime\.)?(?:now|utcnow|today)"
    r"|datetime\.date\.today|hash|id|numpy\.random\.\w+|platform\.\w+|threading\..*|asyncio\.wait_for|timeit\..*|psutil\..*)"
)
"""What is another thing at each run, or may be."""


def weakened(changes: list[Change], project: Project) -> list[Flag]:
    """What the diff takes from the tests that were there, and what in new ones hangs on chance."""
    moved = {form_of_body(each) for change in changes if project.is_about_tests(change.name) for each in by_name(parse(change.after)).values()}
    found = []
    for change in changes:
        if project.doctests or not change.name.endswith(".py"):
            found += examples_lost(change)
        if not project.is_about_tests(change.name):
            continue
        if not change.name.endswith(".py"):
            if project.is_test(change.name) and change.after is not None:
                continue  # its examples are its tests
            if change.before is not None:
                found.append(Flag(3, "test-data-changed", change.name, "what the tests compare with is not what it was"))
            continue
        found += [*lost(change, project, moved), *changed(change), *around(change), *switched_off(change), *chance(change)]
    return found


def examples_lost(change: Change) -> Iterator[Flag]:
    """Examples in texts and docstrings that are not there any more, or are not run."""
    old, new = examples_in(change, change.before), examples_in(change, change.after)
    for source, want in old:
        if (source, want) not in new:
            still = any(code == source for code, _ in new)
            yield Flag(3, "changed-expectation" if still else "test-deleted", change.name, f"`{source.strip()}` answered `{want.strip()}`")
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


def differences(old: Function, new: Function) -> Iterator[tuple[str, str]]:
    """What of a test's old body, decorators and arguments is not in the new one, and what was put in that it must not gain."""
    if not covers_decorators(old, new):
        yield "test-weakened", "its decorators ask for less, or for something else"
    if form(old.args) != form(new.args):
        yield "test-weakened", f"its arguments are others: {shown(new.args)}"
    kept, gained = aligned(old.body, new.body)
    missing = [each for index, each in enumerate(old.body) if index not in kept and not is_text(each)]
    for statement in missing:
        code = "assertion-weakened" if asserts(statement) else "test-weakened"
        yield code, f"`{shown(statement)}` is not there any more"
    for statement in gained:
        if not is_harmless_addition(statement):
            yield "test-weakened", f"`{shown(statement)}` was put in"


def covers_decorators(old: Function, new: Function) -> bool:
    """Does each decorator stand, a list of parameters perhaps with more in it, a switch-off perhaps gone?"""
    rest = list(new.decorator_list)
    for decorator in old.decorator_list:
        if SWITCHED_OFF.fullmatch(dotted(decorator)):
            rest = [each for each in rest if form(each) != form(decorator)]
            continue
        match = next((each for each in rest if covers(decorator, each)), None)
        if match is None:
            return False
        rest.remove(match)
    return all(dotted(each).endswith("parametrize") is False for each in rest)


def covers(old: ast.expr, new: ast.expr) -> bool:
    """Is the new expression the old one, or the old list of cases with more in it?"""
    if form(old) == form(new):
        return True
    if isinstance(old, ast.Call) and isinstance(new, ast.Call) and form(old.func) == form(new.func) and len(old.args) == len(new.args):
        same_words = [form(each) for each in old.keywords] == [form(each) for each in new.keywords]
        return same_words and all(covers(each, other) for each, other in zip(old.args, new.args, strict=True))
    if isinstance(old, ast.List | ast.Tuple | ast.Set) and type(old) is type(new):
        left = Counter(form(each) for each in new.elts)  # type: ignore[attr-defined] - of the same type
        return not Counter(form(each) for each in old.elts) - left
    if isinstance(old, ast.Dict) and isinstance(new, ast.Dict):
        pairs = [[(form(key) if key else "", form(value)) for key, value in zip(each.keys, each.values, strict=True)] for each in (old, new)]
        return set(pairs[0]) <= set(pairs[1]) and len({key for key, _ in pairs[1]}) == len(pairs[1])
    return False


def aligned(old: list[ast.stmt], new: list[ast.stmt]) -> tuple[set[int], list[ast.stmt]]:
    """Which of the old statements still stand, in their order, and the statements that are new."""
    kept, gained, start = set(), [], 0
    forms = [form(each) for each in old]
    for statement in new:
        at = next((index for index in range(start, len(old)) if forms[index] == form(statement)), None)
        if at is None:
            gained.append(statement)
        else:
            kept.add(at)
            start = at + 1
    return kept, gained


def asserts(node: ast.AST) -> bool:
    """Does a statement hold an assertion?"""
    return any(
        isinstance(each, ast.Assert) or (isinstance(each, ast.Call) and re.match(r"(?:.*\.)?(?:assert\w*|raises|warns|fail)$", dotted(each)))
        for each in ast.walk(node)
    )


def is_harmless_addition(statement: ast.stmt) -> bool:
    """May it be put into a test that was there: one more assertion, or a value for one?"""
    if isinstance(statement, ast.Assert | ast.Import | ast.ImportFrom) or is_text(statement):
        return True
    if isinstance(statement, ast.With | ast.For):
        return asserts(statement) and not any(isinstance(each, ast.Return | ast.Try | ast.Raise | ast.Break) for each in ast.walk(statement))
    if isinstance(statement, ast.Assign):
        return all(isinstance(each, ast.Name | ast.Tuple) for each in statement.targets)
    return isinstance(statement, ast.Expr) and (asserts(statement) and "fail" not in dotted(statement.value))


def around(change: Change) -> Iterator[Flag]:
    """What of a test file outside of its functions is not what it was: names, cases, imports, classes."""
    before, after = parse(change.before), parse(change.after)
    if before is None or after is None:
        if before is not None and change.after is None and not by_name(before):
            yield Flag(3, "test-support-changed", change.name, "the file is gone")
        return
    new = [each for each in after.body if not isinstance(each, Function | ast.ClassDef)]
    forms = Counter(form(each) for each in new)
    for statement in before.body:
        if isinstance(statement, Function) or is_text(statement):
            continue
        if isinstance(statement, ast.ClassDef):
            yield from class_changes(statement, after, change.name)
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            if gone := set(imported(ast.Module([statement], [])).items()) - set(imported(after).items()):
                if any(isinstance(each, ast.Name) and each.id in dict(gone) for each in ast.walk(after)):
                    yield Flag(3, "test-support-changed", change.name, f"{sorted(dict(gone))} come from elsewhere now")
        elif not forms[form(statement)] and not any(is_wider(statement, each) for each in new):
            yield Flag(3, "test-support-changed", change.name, f"`{shown(statement)}` is not there any more")
    yield from rebound(before, after, change.name)


def is_wider(old: ast.stmt, new: ast.stmt) -> bool:
    """The same name with more cases?"""
    if isinstance(old, ast.Assign) and isinstance(new, ast.Assign):
        return [form(each) for each in old.targets] == [form(each) for each in new.targets] and covers(old.value, new.value)
    return False


def class_changes(old: ast.ClassDef, tree: ast.Module, file: str) -> Iterator[Flag]:
    """A class whose bases, decorators or own names are others."""
    new = next((each for each in tree.body if isinstance(each, ast.ClassDef) and each.name == old.name), None)
    if new is None:
        return  # its tests are told of as lost
    sides = [[form(each) for each in (*node.bases, *node.keywords)] for node in (old, new)]
    gained = [each for each in new.decorator_list if form(each) not in {form(other) for other in old.decorator_list}]
    own = [{form(each) for each in node.body if not isinstance(each, Function) and not is_text(each)} for node in (old, new)]
    if sides[0] != sides[1] or gained or own[0] - own[1]:
        yield Flag(3, "test-weakened", f"{file}::{old.name}", "the class is not what it was")
    if {"__init__", "__new__"} & {each.name for each in new.body if isinstance(each, Function)} - {each.name for each in old.body if isinstance(each, Function)}:
        yield Flag(3, "test-renamed-out-of-collection", f"{file}::{old.name}", "a class with a constructor is not looked into")


def rebound(before: ast.Module, after: ast.Module, file: str) -> Iterator[Flag]:
    """A name that tests use and that stands for something else now; and what runs around every test."""
    for name in sorted(bound(after) - bound(before)):
        if name in ROUND_TESTS:
            yield Flag(3, "test-support-changed", file, f"{name} runs around tests that were there")
    known = {each.id for each in ast.walk(before) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}
    for name in sorted((bound(after) - bound(before)) & known):
        yield Flag(3, "test-support-changed", file, f"{name} stands for something else now")
    counts = Counter(each.name for each in after.body if isinstance(each, Function | ast.ClassDef))
    for name in sorted(name for name, count in counts.items() if count > 1 or name in imported(after)):
        yield Flag(3, "test-support-changed", file, f"{name} is defined twice: the first does not count any more")
    old = {each.name for each in ast.walk(before) if isinstance(each, Function)}
    for each in ast.walk(after):
        if isinstance(each, Function) and each.name not in old and any("autouse" in shown(mark) for mark in each.decorator_list):
            yield Flag(3, "test-support-changed", file, f"{each.name} runs around every test")


def bound(tree: ast.Module) -> set[str]:
    """The names that a file's top gives a meaning, and its classes' methods."""
    names = set()
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {each.name for each in node.body if isinstance(each, Function) and each.name in ROUND_TESTS}
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)}
    return names


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
        if isinstance(node, ast.Call | ast.Attribute | ast.Name) and id(node) not in inner and SWITCHED_OFF.fullmatch(dotted(node)):
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
            if isinstance(node, ast.Call) and shown(node) not in known and DICE.fullmatch(full_name(node.func, names)) and not seeded:
                yield Flag(3, "flaky", f"{change.name}::{name.replace('.', '::')}", f"`{shown(node)}` is another thing at each run")
                break
