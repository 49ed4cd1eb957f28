"""A short way to write a bug whose patches all replace the same few lines of one file."""

from dataclasses import dataclass

from tests.proof_set.model import Add, Bug, Edit, Incident, Runner, Swap, Tree, Variant

Pair = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Sketch:
    """What `bug_of` makes a Bug of. Bodies replace `body` in the source; tests are appended to the test file."""

    name: str
    nature: str
    runner: Runner = "pytest"
    files: Tree
    source: str
    tests: str
    victim: str
    incident: Incident
    evasions: tuple[str, ...]
    red_on_base: bool = False
    body: str
    fix: str
    regression: str
    red: str
    refactor: Pair
    """Body, and why every line of it serves the fix."""
    green: Pair
    """Body that mends nothing, and a test that passes on the base as well."""
    weak: Pair
    """Text in the existing tests, and what is put there."""
    churn: Pair
    """Text elsewhere in the source, and what is put there."""
    fresh: Pair
    """A new function, and the text of a new test file that imports it."""
    overfit: Pair | None = None
    broad: Pair | None = None
    early: Pair | None = None
    expectation: Pair | None = None
    """Text in the existing tests, and what `red` makes of it."""
    more: tuple[Variant, ...] = ()


def bug_of(sketch: Sketch) -> Bug:
    """The bug with all its variants."""
    return Bug(
        name=sketch.name,
        nature=sketch.nature,
        runner=sketch.runner,
        files=sketch.files,
        source=sketch.source,
        tests=sketch.tests,
        victim=sketch.victim,
        fix=(swapped(sketch, sketch.fix),),
        regression=(Add(sketch.tests, sketch.regression),),
        red=(swapped(sketch, sketch.red),),
        incident=sketch.incident,
        variants=(*variants_of(sketch), *sketch.more),
        evasions=sketch.evasions,
        red_on_base=sketch.red_on_base,
    )


def swapped(sketch: Sketch, body: str) -> Edit:
    """The source with another body."""
    return Swap(sketch.source, sketch.body, body)


def variants_of(sketch: Sketch) -> list[Variant]:
    """The patches by hand, in the order of the kinds."""
    pairs = {
        "wrong_green": sketch.green,
        "overfit": sketch.overfit,
        "broad_except": sketch.broad,
        "early_return": sketch.early,
    }
    folder = sketch.tests.rpartition("/")[0]
    fresh = (Add(sketch.source, sketch.fresh[0]), Add(f"{folder}/test_fresh.py".lstrip("/"), sketch.fresh[1]))
    found = [
        Variant("right_refactor", (swapped(sketch, sketch.refactor[0]),), sketch.refactor[1]),
        Variant("weakens_assert", (Swap(sketch.tests, *sketch.weak),)),
        Variant("churn", (Swap(sketch.source, *sketch.churn),)),
        Variant("import_error_test", fresh),
    ]
    for kind, pair in pairs.items():
        if pair:
            found.append(Variant(kind, (swapped(sketch, pair[0]), Add(sketch.tests, pair[1]))))
    if sketch.expectation:
        found.append(Variant("changes_expectation", (Swap(sketch.tests, *sketch.expectation),)))
    return found
