"""The set that measures redaction is sound: what it says is planted is there, and what it calls clean is whole."""

import base64
import json
import re
import zlib
from collections import Counter
from itertools import islice

import pytest

from tests.redaction_set.clean import clean_lines, templates
from tests.redaction_set.encodings import base62
from tests.redaction_set.kinds import KINDS
from tests.redaction_set.measure import (
    Cell,
    Redactor,
    cells,
    first_leak,
    forms,
    measure_harm,
    measure_recall,
    readable,
    sampled,
)
from tests.redaction_set.placement import Json
from tests.redaction_set.placements import PLACEMENTS
from tests.redaction_set.secret import Kind

SEED = 7


def one_kind(name: str) -> Kind:
    return next(kind for kind in KINDS if kind.name == name)


def one_cell(kind: str, placement: str) -> Cell:
    return Cell(one_kind(kind), next(each for each in PLACEMENTS if each.name == placement), 0)


def test_the_set_is_as_large_as_it_says() -> None:
    lines = list(clean_lines(SEED))

    assert len({kind.name for kind in KINDS}) == len(KINDS) >= 350
    assert len({placement.name for placement in PLACEMENTS}) == len(PLACEMENTS) >= 130
    assert len(set(templates())) >= 400
    assert len({template.program for template in templates()}) >= 40
    assert len(lines) >= 12_000


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_makes_its_declared_form(kind: Kind) -> None:
    for cell in (Cell(kind, PLACEMENTS[0], draw) for draw in range(3)):
        secret = cell.planted(SEED).secret

        assert kind.declared.fullmatch(secret.text)
        assert secret.parts
        assert all(part in secret.text and len(part) >= 8 for part in secret.parts)
        assert ("\n" in secret.text) == (kind.form == "block")


def test_a_github_token_carries_its_checksum() -> None:
    token = one_cell("github-pat", "alone").planted(SEED).secret.text

    assert token[-6:] == base62(zlib.crc32(token[4:-6].encode()), 6)


def test_a_signed_token_has_a_header_and_claims() -> None:
    header, claims, _ = one_cell("jwt-hs256", "alone").planted(SEED).secret.text.split(".")

    read = [json.loads(base64.urlsafe_b64decode(part + "==")) for part in (header, claims)]
    assert read[0]["alg"] == "HS256"
    assert read[1]["exp"] > read[1]["iat"]


def test_every_kind_and_every_placement_is_used() -> None:
    every = cells()

    assert {cell.kind.name for cell in every} == {kind.name for kind in KINDS}
    assert {cell.placement.name for cell in every} == {placement.name for placement in PLACEMENTS}
    assert len(every) >= 45_000


def test_a_kind_that_needs_a_name_stands_only_where_one_is() -> None:
    bare = [cell for cell in cells() if cell.placement.telling == "nothing"]

    assert bare
    assert all(cell.kind.tells_itself for cell in bare)


@pytest.mark.parametrize("placement", PLACEMENTS, ids=lambda placement: placement.name)
def test_a_placement_holds_its_secret_as_it_declares(placement) -> None:
    fitting = [kind for kind in KINDS if placement.may_hold(kind)]

    for cell in (Cell(kind, placement, 0) for kind in fitting[:: max(len(fitting) // 12, 1)]):
        planted = cell.planted(SEED)
        shown = placement.fold(readable(placement.put(planted)))
        for form in forms(cell, planted):
            assert form in shown, f"{cell.kind.name} is not in {placement.name} as it declares."


def test_clean_lines_hold_what_must_be_kept() -> None:
    for line in clean_lines(SEED):
        assert all(token in line.text for token in line.keep)
        assert not re.search(r"\{(h|a|B|b|d)\d+\}", line.text)


def test_the_same_seed_makes_the_same_set() -> None:
    chosen = sampled(cells(), 300, SEED)

    made = [readable(cell.placement.put(cell.planted(SEED))) for cell in chosen]
    again = [readable(cell.placement.put(cell.planted(SEED))) for cell in sampled(cells(), 300, SEED)]
    other = [readable(cell.placement.put(cell.planted(SEED + 1))) for cell in chosen]
    assert made == again
    assert made != other
    assert list(islice(clean_lines(SEED), 900)) == list(islice(clean_lines(SEED), 900))


def leave(value: Json) -> Json:
    return value


def test_a_redactor_that_does_nothing_leaks_every_cell_and_harms_no_line() -> None:
    nothing = Redactor(str, leave)

    recall = measure_recall(nothing, sampled(cells(), 1500, SEED), SEED)
    harm = measure_harm(nothing, islice(clean_lines(SEED), 1000))

    assert [name for name, tally in recall.placements.items() if tally.failed < tally.seen] == []
    assert (harm.changed.failed, harm.damaged.failed) == (0, 0)


def test_a_redactor_that_withholds_everything_leaks_nothing_and_harms_every_line() -> None:
    everything = Redactor(lambda text: "[redacted:line]", lambda value: "[redacted:line]")

    recall = measure_recall(everything, sampled(cells(), 1500, SEED), SEED)
    harm = measure_harm(everything, islice(clean_lines(SEED), 1000))

    assert Counter({grade: tally.failed for grade, tally in recall.grades.items()}).total() == 0
    assert harm.changed.failed == harm.changed.seen == 1000


def test_half_a_secret_left_is_a_leak() -> None:
    cell = one_cell("stripe-secret", "env-line")
    planted = cell.planted(SEED)
    value = cell.placement.put(planted)

    kept = "[redacted:stripe]" + planted.secret.text[-9:]
    assert first_leak(cell, planted, value, kept)
    assert first_leak(cell, planted, value, "[redacted:stripe]" + planted.secret.text[-7:]) is None
