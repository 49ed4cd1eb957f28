"""The kinds of patches and their labels, and every case of a bug."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.proof_set import diffs, victims
from tests.proof_set.evasions import EVASIONS
from tests.proof_set.model import Bug, Case, Edit, Put, Swap, Variant, edited


@dataclass(frozen=True)
class Label:
    """What holds for a kind, unless a case says otherwise."""

    levels: frozenset[int]
    why: str
    flags: tuple[str, ...] = ()
    stretch: bool = False


def only(*levels: int) -> frozenset[int]:
    """The levels that are right."""
    return frozenset(levels)


SILENCE = ("except", "swallow", "silenc", "broad", "suppress")
LABELS = {
    "right": Label(only(4), "The fault is mended and a test shows it; nothing else is touched."),
    "right_no_test": Label(only(2), "The suite is green; no test in the diff."),
    "right_refactor": Label(only(4), "A larger change that serves the fix, with its test."),
    "wrong_red": Label(only(1), "An existing test fails with it."),
    "wrong_green": Label(only(2), "The suite stays green, and the test in the diff passes on the base as well."),
    "deletes_test": Label(
        only(3), "Mended and shown, but a test that still held is gone.", ("delet", "remov", "gone", "missing", "fewer")
    ),
    "weakens_assert": Label(
        only(3),
        "Mended and shown, but an existing test asserts less.",
        ("weak", "loos", "assert", "toleran", "expect", "fewer"),
    ),
    "adds_skip": Label(only(3), "Mended and shown, but a test that still held no longer runs.", ("skip",)),
    "adds_xfail": Label(only(3), "Mended and shown, but a test that still held may now fail.", ("xfail", "expected")),
    "overfit": Label(
        only(3), "The test passes, but only the reported input is special-cased.", ("overfit", "special"), stretch=True
    ),
    "broad_except": Label(only(3), "The test passes because everything is caught around the failing code.", SILENCE),
    "early_return": Label(
        only(3),
        "The test passes because the failing code is stepped around.",
        ("early", "return", "guard", "overfit", "special"),
    ),
    "churn": Label(
        only(3),
        "Mended and shown, but code that has nothing to do with it is rewritten.",
        ("churn", "unrelated", "reformat"),
    ),
    "flaky": Label(
        only(1, 2, 3),
        "The new test holds in four of ten runs: red, or green by chance; never proved.",
        ("flak", "unstable", "stable"),
    ),
    "corrupt": Label(only(0), "It is no diff that git can read or apply."),
    "does_not_apply": Label(only(0), "It was made for another base."),
    "import_error_test": Label(only(2), "On the base the new test only fails because a name cannot be imported."),
    "changes_expectation": Label(
        only(1, 2, 3),
        "The source is broken; the test that shows it is changed to fit: red by the base's.",
        ("expect", "changed", "modif", "weak", "assert"),
    ),
    "skips_failing": Label(
        only(0, 1), "Nothing is mended; the test that fails is skipped, so the suite is red in truth.", ("skip",)
    ),
    "deletes_failing": Label(
        only(0, 1),
        "Nothing is mended; the test that fails is deleted, so the suite is red in truth.",
        ("delet", "remov", "gone", "missing", "fewer"),
    ),
}

BASES: dict[str, Callable[[Bug], tuple[Edit, ...]]] = {
    "right_refactor": lambda bug: (*bug.regression,),
    "weakens_assert": lambda bug: (*bug.fix, *bug.regression),
    "churn": lambda bug: (*bug.fix, *bug.regression),
    "import_error_test": lambda bug: bug.fix,
    "changes_expectation": lambda bug: bug.red,
}
"""What is laid below the edits of a variant that is written by hand."""


def case(bug: Bug, kind: str, edits: tuple[Edit, ...]) -> Case:
    """A case with the label of its kind."""
    label = LABELS[kind]
    return Case(
        bug=bug, kind=kind, edits=edits, levels=label.levels, why=label.why, flags=label.flags, stretch=label.stretch
    )


def by_hand(bug: Bug, variant: Variant) -> Case:
    """The case of a variant."""
    label = LABELS[variant.kind]
    below = BASES[variant.kind](bug) if variant.kind in BASES else ()
    return Case(
        bug=bug,
        kind=variant.kind,
        edits=(*below, *variant.edits),
        levels=variant.levels or label.levels,
        why=f"{label.why} {variant.why}".strip(),
        flags=label.flags,
        stretch=label.stretch,
    )


def drifted(bug: Bug) -> tuple[Edit, ...]:
    """Another base: the line that the fix replaces reads otherwise there."""
    first = next(edit for edit in bug.fix if isinstance(edit, Swap))
    line, _, rest = first.old.partition("\n")
    return (Swap(first.path, first.old, f"{line}  # seen by nobody\n{rest}"),)


def unappliable(bug: Bug, number: int) -> Case:
    """A diff that was made for another base."""
    right = case(bug, "does_not_apply", (*bug.fix, *bug.regression))
    way = number % 3
    if way == 0:
        return Case(**{**vars(right), "spoil": diffs.for_missing_file})
    return Case(**{**vars(right), "drift": drifted(bug)})


def harmed_tests(bug: Bug, number: int) -> Iterator[Case]:
    """The right patch, with an existing test deleted, skipped, or expected to fail; and with a test of chance."""
    right = (*bug.fix, *bug.regression)
    text = edited(bug.files, right)[bug.tests]
    skips, xfails = victims.SKIPS[bug.runner], victims.XFAILS[bug.runner]
    skipped = victims.hurt(text, bug.victim, skips[number % len(skips)])
    xfailed = victims.hurt(text, bug.victim, xfails[number % len(xfails)])
    yield case(bug, "deletes_test", (*right, Put(bug.tests, victims.without(text, bug.victim))))
    yield case(bug, "adds_skip", (*right, Put(bug.tests, skipped)))
    yield case(bug, "adds_xfail", (*right, Put(bug.tests, xfailed)))
    if bug.red_on_base:
        base = bug.files[bug.tests]
        skipped = victims.hurt(base, bug.victim, skips[number % len(skips)])
        yield case(bug, "skips_failing", (Put(bug.tests, skipped),))
        yield case(bug, "deletes_failing", (Put(bug.tests, victims.without(base, bug.victim)),))


def flaky(bug: Bug, number: int) -> Case:
    """The right patch with a new test that holds by chance."""
    chance = victims.CHANCES[number % len(victims.CHANCES)]
    path = bug.regression[-1].path
    text = edited(bug.files, (*bug.fix, *bug.regression))[path]
    return case(bug, "flaky", (*bug.fix, *bug.regression, Put(path, victims.by_chance(text, chance))))


def cases_of(bug: Bug, number: int) -> tuple[Case, ...]:
    """Every case of a bug; `number` picks the spellings, so that neighbours differ."""
    right = (*bug.fix, *bug.regression)
    mechanical = [
        case(bug, "right", right),
        case(bug, "right_no_test", bug.fix),
        case(bug, "wrong_red", bug.red),
        unappliable(bug, number),
        Case(**{**vars(case(bug, "corrupt", right)), "spoil": diffs.CORRUPTIONS[number % len(diffs.CORRUPTIONS)]}),
    ]
    if bug.runner != "doctest":
        mechanical += [*harmed_tests(bug, number), flaky(bug, number)]
    written = [by_hand(bug, variant) for variant in bug.variants]
    attacks = [EVASIONS[name](bug) for name in bug.evasions]
    return (*mechanical, *written, *attacks)
