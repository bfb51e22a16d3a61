"""A track knows its items and where each stands."""

from mlacoach.content import Library
from mlacoach.curriculum.tracks import Item, Phase, Track

FIRST, SECOND = (Item(id=name, key=f"plan/{name}", title=name, kind="topic", hours=1) for name in ("first", "second"))
PLAN = Track(
    id="plan",
    title="A plan",
    summary="It is short.",
    weeks=2,
    hours=(2, 4),
    phases=(Phase("one", "One", (1, 1), (1, 2), (FIRST,)), Phase("two", "Two", (2, 2), (1, 2), (SECOND,))),
)


def test_the_items_of_a_track_come_in_the_order_of_its_phases() -> None:
    assert list(PLAN.items) == [FIRST, SECOND]


def test_the_phase_of_an_item_is_the_one_that_holds_it() -> None:
    assert PLAN.phase_of(SECOND).id == "two"


def test_the_key_of_an_item_is_unique_over_all_tracks(library: Library) -> None:
    keys = [item.key for track in library.tracks.values() for item in track.items]

    assert len(keys) == len(set(keys))


def test_the_weeks_of_each_track_follow_each_other_to_its_end(library: Library) -> None:
    for track in library.tracks.values():
        # What goes on all the time stands at the end.
        weeks = [phase.weeks for phase in track.phases if phase.weeks != (1, track.weeks)]
        assert weeks == sorted(weeks), track.id
        assert all(first <= last for first, last in weeks), track.id
        assert {week for first, last in weeks for week in range(first, last + 1)} == set(range(1, track.weeks + 1)), (
            track.id
        )


def test_the_least_hours_of_everything_are_not_above_the_most(library: Library) -> None:
    for track in library.tracks.values():
        for whole in (track, *track.phases):
            assert whole.hours[0] <= whole.hours[1], (track.id, whole.id)
