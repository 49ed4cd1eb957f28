"""The labelled set of faults: grouped as people would, and nearly none put together that are two."""

from tests.fingerprint_set.catalogue import events
from tests.fingerprint_set.measure import score
from tests.fingerprint_set.subject import identity


def test_faults_are_grouped_by_their_root_cause() -> None:
    found = score(events(), identity)

    assert found.f1 >= 0.95
    assert found.over_merged <= 0.01
