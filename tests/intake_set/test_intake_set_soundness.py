from collections import Counter
from pathlib import PurePosixPath

import pytest

from tests.intake_set.catalogue import ALL_RECORDS
from tests.intake_set.model import Record
from tests.intake_set.repository import area_of, areas_of, files, owners_of


def pointed_at(record: Record) -> str | None:
    """The repository's file that the innermost frame of ours, or the test's path, ends with."""
    ours = [frame.file for frame in record.frames if frame.in_app]
    told = record.test.file if record.test else ours[-1] if ours else ""
    parts = PurePosixPath(told).parts
    ends = ("/".join(parts[at:]) for at in range(len(parts)))
    return next((end for end in ends if end in files()), None)


def test_the_set_is_as_large_and_as_mixed_as_it_says() -> None:
    severities = Counter(record.severity for record in ALL_RECORDS)

    assert len({record.name for record in ALL_RECORDS}) == len(ALL_RECORDS) >= 100
    assert min(severities.values()) >= 15
    assert {record.source for record in ALL_RECORDS} == {"sentry", "playwright", "junit"}


@pytest.mark.parametrize("record", ALL_RECORDS, ids=lambda record: record.name)
def test_a_records_file_is_where_its_facts_point(record: Record) -> None:
    assert pointed_at(record) == record.path


def test_every_file_has_one_area() -> None:
    held = {path: areas_of(path) for path in files()}

    assert {path: found for path, found in held.items() if len(found) != 1} == {}


@pytest.mark.parametrize(
    ("path", "area", "owners"),
    [
        ("services/payments/webhooks.py", "payments", ("@acme/payments-oncall",)),
        ("services/payments/charge.py", "payments", ("@acme/payments", "@nora")),
        ("services/integrations/sheets/client.py", "sheets", ("@acme/sheets",)),
        ("services/integrations/model/client.py", "assistant", ("@acme/integrations",)),
        ("services/integrations/model/prompts.py", "assistant", ("@acme/core",)),
        ("services/api/middleware/auth.py", "auth", ("@acme/identity",)),
        ("web/src/checkout/Cart.tsx", "payments", ("@acme/payments", "@acme/web")),
        ("web/src/profile/locale.ts", "profile", ("@acme/core",)),
        ("web/src/lib/analytics.ts", "web", ()),
        ("bot/cogs/music.py", "music", ("@leo",)),
        ("docs/api/errors.md", "docs", ("@acme/writers",)),
        ("services/database/migrations/0042_split_ledger.py", "database", ("@acme/data", "@acme/platform")),
    ],
)
def test_the_last_matching_line_and_the_globs_decide(path: str, area: str, owners: tuple[str, ...]) -> None:
    assert (area_of(path), owners_of(path)) == (area, owners)
