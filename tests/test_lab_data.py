"""The made-up data that several labs share."""

from mlacoach.labs import flats, pumps, trips


def test_the_trips_are_the_same_on_every_computer() -> None:
    assert trips.trips("2026-10")[0] == ("202610-0001", "2026-10-01 06:49:00", "s03", "member", 1.41, 12.5, 0)
    assert [sum(trip.late for trip in trips.trips(month)) for month in trips.MONTHS] == [75, 64]


def test_the_pumps_are_the_same_on_every_computer() -> None:
    assert pumps.training_rows()[0] == (1, 66.59, 2.94, 4.44, 1368.86, 64.25)
    assert pumps.training_rows() == pumps.rows(pumps.TRAINING, pumps.SEED)
    assert set(pumps.training_rows()).isdisjoint(pumps.test_rows())


def test_failures_are_rare_and_follow_from_what_the_sensors_say() -> None:
    table = pumps.training_rows()
    shaking = [row[0] for row in table if row[2] > 4.5]

    assert 0.1 < sum(row[0] for row in table) / len(table) < 0.25
    assert sum(shaking) / len(shaking) > 0.4


def test_there_are_50_000_offers_and_they_are_the_same_on_every_computer() -> None:
    assert len(flats.flats()) == flats.LINES
    assert flats.flats()[0] == flats.Flat(
        "f00000", "2025-01-20", "d34", 75.7, 3, 0, 1926, 1379, "district", 230.7, 1150.71
    )
    parts = [flats.part_of(flat) for flat in flats.sound().values()]
    assert [parts.count(part) for part in ("train", "validation", "test")] == [40308, 4474, 4487]
