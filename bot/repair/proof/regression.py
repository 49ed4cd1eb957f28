"""Level 3: does a test of the diff fail without the fix, and for the fault's own reason?"""

import ast
from pathlib import Path

from bot.repair.proof.case import Case
from bot.repair.proof.churn import Reached
from bot.repair.proof.evidence import right_reason
from bot.repair.proof.results import Results
from bot.repair.proof.suite_green import SHOWN
from bot.repair.proof.syntax import by_name, definitions, form, grafted, is_text, parse
from bot.repair.proof.trees import Change, texts_of
from bot.repair.proof.weakening import examples_in


def base_with_tests(case: Case) -> Path:
    """The base's code with the tests of the diff."""
    fresh = [each.name for each in case.changes if each.before is None and not each.name.endswith(".py")]
    tests = [each.name for each in case.changes if case.project.is_about_tests(each.name)]
    mixed = case.trees.mix("mixed", case.trees.base, case.trees.patched, [*tests, *fresh])
    graft_examples(case, mixed)
    return mixed


def failing_before(case: Case, plain: Results, new: Results, old: Results) -> Reached | None:
    """What the tests of the diff reach, if one of them fails on the base (`old`) for the fault's own reason."""
    code = [
        each for each in case.changes if each.name not in case.touched and not case.project.is_about_tests(each.name)
    ]
    shown, refused = [], []
    for test in old.bad:
        if new.outcomes.get(test) != "passed" or not is_of_the_diff(case, test, plain):
            continue
        failure = old.failures.get(test)
        why = right_reason(failure, case.project, case.told) if failure else ""
        if why and not enters_change(case, test, old, new, code):
            refused.append(f"{test}: it does not come to the code that the diff changes")
        elif why:
            shown.append(f"{test}: {why}")
        else:
            refused.append(f"{test}: {old.why(test)}")
    case.facts["failing_before"] = len(shown)
    if not shown:
        told = (
            "; ".join(refused[:SHOWN])
            or "; ".join(f"{each}: {why[-200:]}" for each, why in list(old.unread.items())[:2])
            or "they all pass there"
        )
        case.reasons.append(f"No test of the diff fails without the fix for the fault's own reason ({told}).")
        return None
    case.reasons.append(f"Fails without the fix and passes with it: {'; '.join(shown[:SHOWN])}.")
    mended = [each for each in old.bad if new.outcomes.get(each) == "passed" and is_of_the_diff(case, each, plain)]
    before = frozenset(place for each in mended for place in old.entered.get(each, ()))
    after = frozenset(place for each in mended for place in new.entered.get(each, ()))
    return Reached(before, after, outside=starts_programs(case))


def is_of_the_diff(case: Case, test: str, plain: Results) -> bool:
    """Is a test new or changed, not only in a file that the diff touches? One that was red before shows nothing new."""
    file, *names = test.partition("[")[0].split("::")
    change = next((each for each in case.changes if each.name == file), None)
    if test not in plain.collected or change is None:
        return True
    sides = [by_name(parse(text)).get(".".join(names)) for text in (change.before, change.after)]
    if sides[1] is None:  # no function, or one that its class has from elsewhere: examples, if anything
        return examples_in(change, change.before) != examples_in(change, change.after)
    return sides[0] is None or form(sides[0].node) != form(sides[1].node)


def starts_programs(case: Case) -> bool:
    """Do the touched tests run other programs, into which nobody sees?"""
    return any(
        word in (each.after or "")
        for each in case.changes
        if each.name in case.touched
        for word in ("subprocess", "runpy", "pexpect")
    )


def enters_change(case: Case, test: str, old: Results, new: Results, code: list[Change]) -> bool:
    """Does a test run code that the diff changes? Where no function changes, any code of the project will do."""
    if starts_programs(case) or not any(each.name.endswith(".py") for each in code) or "::" not in test:
        return True
    places = set(old.entered.get(test, ())) | set(new.entered.get(test, ()))
    if not places:
        return True
    lines: set[tuple[str, int]] = set()
    for change in code:
        sides = by_name(parse(change.before)), by_name(parse(change.after))
        for name in sides[0].keys() | sides[1].keys():
            pair = [side.get(name) for side in sides]
            if pair[0] is None or pair[1] is None or form(pair[0].node) != form(pair[1].node):
                lines |= {(change.name, line) for each in pair if each for line in each.lines}
    names = names_changed(code)
    lines |= users_of(case, names)
    if not lines and not (names and only_names_change(code)):
        return bool(places - {each for each in places if case.project.is_about_tests(each[0])})
    return bool(places & lines)


def only_names_change(code: list[Change]) -> bool:
    """Is there nothing else in the changed files that is not as it was?"""
    return all(
        [form(each) for each in others(parse(change.before))] == [form(each) for each in others(parse(change.after))]
        for change in code
        if change.name.endswith(".py")
    )


def others(tree: ast.Module | None) -> list[ast.stmt]:
    """The statements at the top of a file that are neither plain assignments nor texts."""
    return [each for each in tree.body if not isinstance(each, ast.Assign) and not is_text(each)] if tree else []


def names_changed(code: list[Change]) -> set[str]:
    """The names that stand for something else, or for something at last, at the top of the changed files."""
    found: set[str] = set()
    for change in code:
        sides = [tops(parse(text)) for text in (change.before, change.after)]
        found |= {name for name in sides[0].keys() | sides[1].keys() if sides[0].get(name) != sides[1].get(name)}
    return found


def tops(tree: ast.Module | None) -> dict[str, str]:
    """What the plain assignments at the top of a file, and of its classes, give to each name."""
    blocks = [tree.body, *(each.body for each in tree.body if isinstance(each, ast.ClassDef))] if tree else []
    return {
        target.id: form(node.value)
        for block in blocks
        for node in block
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def users_of(case: Case, names: set[str]) -> set[tuple[str, int]]:
    """The lines of the project's functions that use one of these names, or one that is made of them."""
    trees = {name: parse(text) for name, text in texts_of(case.trees.patched).items()} if names else {}
    code = {name: tree for name, tree in trees.items() if not case.project.is_about_tests(name)}
    made = [node for tree in code.values() if tree for node in ast.walk(tree) if isinstance(node, ast.Assign)]
    reached: set[str] = set()
    while names - reached:
        reached |= names
        names = names | {word for node in made if words_in(node.value) & names for word in words_in(*node.targets)}
    found = [(file, each) for file, tree in code.items() for each in definitions(tree) if words_in(each.node) & reached]
    return {(file, line) for file, each in found for line in each.lines}


def words_in(*nodes: ast.AST) -> set[str]:
    """The names and attributes in pieces of code."""
    inside = [each for node in nodes for each in ast.walk(node)]
    return {
        each.id if isinstance(each, ast.Name) else each.attr
        for each in inside
        if isinstance(each, ast.Name | ast.Attribute)
    }


def graft_examples(case: Case, mixed: Path) -> None:
    """Put the diff's docstrings into the base's code, where the examples in them are tests."""
    for change in case.changes:
        if (
            case.project.doctests
            and not case.project.is_about_tests(change.name)
            and change.name.endswith(".py")
            and change.before
        ):
            (mixed / change.name).write_text(grafted(change.before, change.after or ""), encoding="utf-8")
