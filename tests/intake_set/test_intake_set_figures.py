from tests.intake_set.catalogue import ALL_RECORDS
from tests.intake_set.repository import area_of, owners_of
from tests.intake_set.subject import judged


def test_nine_of_ten_errors_weigh_what_a_person_would_say() -> None:
    right = sum(judged(record).severity == record.severity for record in ALL_RECORDS)

    assert right >= 0.9 * len(ALL_RECORDS)


def test_nothing_grave_is_called_harmless() -> None:
    missed = [
        record.name
        for record in ALL_RECORDS
        if record.severity in ("blocker", "high") and judged(record).severity in ("medium", "low")
    ]

    assert missed == []


def test_area_and_owners_are_what_the_repository_says() -> None:
    placed = [(record.path, judged(record)) for record in ALL_RECORDS if record.path]

    right = sum((area_of(path), set(owners_of(path))) == (said.area, set(said.owners)) for path, said in placed)
    assert right >= 0.9 * len(placed)
