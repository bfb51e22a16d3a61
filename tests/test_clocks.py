"""Clocks that jump, time zones and summer time: what is due and what holds stays right."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from fsrs import Rating

from mlacoach.coach import Coach
from mlacoach.coach.habits import streak
from mlacoach.coach.memory import relearn
from mlacoach.coach.quiz import review
from mlacoach.store.answers import Answered
from tests.conftest import Clock

ZONES = ("Pacific/Kiritimati", "America/Los_Angeles", "Asia/Kathmandu", "Europe/Berlin", "UTC")
# The evenings before Berlin's clocks go back, and forward.
CHANGES = {
    "autumn": datetime(2026, 10, 24, 23, 30, tzinfo=UTC),
    "spring": datetime(2027, 3, 27, 23, 30, tzinfo=UTC),
}
ANSWER = Answered("a-question", ("a",), True, 30.0, "sure", "study")


@pytest.fixture
def move(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    def to(zone: str) -> None:
        changed.setenv("TZ", zone)
        time.tzset()

    with monkeypatch.context() as changed:
        yield to
    time.tzset()


def reviewed(coach: Coach, point: str = "a-question") -> None:
    with coach.store.together():
        review(coach, point, Rating.Good, None)


@pytest.mark.parametrize("ahead", [timedelta(days=2), timedelta(days=3000)])
def test_what_was_reviewed_while_the_clock_was_ahead_is_due_when_it_is_right_again(
    coach: Coach, clock: Clock, ahead: timedelta
) -> None:
    """When it was reviewed nobody knows; it would not come back for years."""
    right = clock.now
    clock.now = right + ahead
    reviewed(coach)
    clock.now = right

    assert coach.store.answers.due(right) == ["a-question"]
    reviewed(coach)
    assert coach.store.answers.due(right + timedelta(days=1)) == []
    assert coach.store.answers.due(right + timedelta(days=2)) == ["a-question"]


def test_a_device_whose_clock_is_some_hours_ahead_makes_nothing_due_at_once(coach: Coach, clock: Clock) -> None:
    right = clock.now
    clock.now = right + timedelta(hours=20)
    reviewed(coach)

    assert coach.store.answers.due(right) == []


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=400)])
def test_what_was_done_last_holds_though_the_clock_was_set_back(coach: Coach, clock: Clock, back: timedelta) -> None:
    store = coach.store
    store.ticks.add("track/item", "done", clock.now)
    store.readings.add("lesson", "read", 60.0, clock.now)
    store.plan_changes.add("item", "skip", None, clock.now)
    store.profile.put({"hours_per_week": "5"}, clock.now)
    clock.now -= back
    store.ticks.add("track/item", "undone", clock.now)
    store.readings.add("lesson", "unread", 0.0, clock.now)
    store.plan_changes.add("item", "restore", None, clock.now)
    store.profile.put({"hours_per_week": "7"}, clock.now)

    assert store.ticks.states() == {"track/item": "undone"}
    assert (store.readings.all(), store.plan_changes.all()) == ({}, {})
    assert store.profile.all() == {"hours_per_week": "7"}


@pytest.mark.parametrize("jumps", [(0, 3, 9), (0, -30, 9), (0, 4000, 3), (5, 5, 5)], ids=str)
def test_memory_follows_from_the_log_whatever_the_clock_did(coach: Coach, clock: Clock, jumps: tuple[int, ...]) -> None:
    """Worked out anew it is what it was, also where the exam's day was chosen between the reviews."""
    start = clock.now
    for number, days in enumerate(jumps):
        clock.now = start + timedelta(days=days)
        reviewed(coach)
        coach.store.profile.put({"exam_date": (start + timedelta(days=10 + number)).date().isoformat()}, clock.now)
    kept = coach.store.answers.memory()

    with coach.store.together():
        coach.store.answers.forget("a-question")
        relearn(coach.store, ["a-question"])

    assert coach.store.answers.memory() == kept


@pytest.mark.parametrize("zone", ZONES)
def test_due_dates_do_not_depend_on_the_time_zone(
    coach: Coach, clock: Clock, move: Callable[[str], None], zone: str
) -> None:
    for point, start in CHANGES.items():
        move(zone)
        clock.now = start
        reviewed(coach, point)
        move("UTC")
        due = start + timedelta(days=2)
        move(zone)
        assert point not in coach.store.answers.due(due.astimezone() - timedelta(seconds=1))
        assert point in coach.store.answers.due(due.astimezone())


@pytest.mark.parametrize("home_zone", ZONES)
@pytest.mark.parametrize("abroad", ZONES)
def test_a_journey_breaks_no_streak(
    coach: Coach, clock: Clock, move: Callable[[str], None], home_zone: str, abroad: str
) -> None:
    """Studied on every day at home, then looked at from elsewhere: at most the day across the date line is missing."""
    end = clock.now
    move(home_zone)
    for number in range(10):
        clock.now = end - timedelta(days=9 - number)
        coach.store.answers.add(ANSWER, clock.now)
    assert streak(coach) == 10
    move(abroad)

    assert streak(coach) >= 9
