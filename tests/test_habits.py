"""Days are the learner's own: in their time zone, also at the change to summer time."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from mlacoach.coach import Coach
from mlacoach.coach.habits import minutes_on, streak, studied
from mlacoach.coach.setup import today
from mlacoach.store.answers import Answered
from tests.conftest import Clock

ANSWER = Answered("a-question", ("a",), True, 30.0, "sure", "study")


@pytest.fixture
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as changed:
        changed.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/New_York", "UTC"], indirect=True)
@pytest.mark.usefixtures("zone")
def test_an_answer_belongs_to_the_day_that_the_learner_has(coach: Coach) -> None:
    moments = [datetime(2026, 11, 20, hour, minute, tzinfo=UTC) for hour in range(24) for minute in (10, 16, 40)]
    for at in moments:
        coach.store.answers.add(ANSWER, at)

    theirs = {at.astimezone().date() for at in moments}
    around = {day + timedelta(days=shift) for day in theirs for shift in (-1, 0, 1)}
    assert {day for day in around if studied(coach, day)} == theirs


@pytest.mark.parametrize("zone", ["Europe/Berlin"], indirect=True)
@pytest.mark.parametrize(
    "first",
    [datetime(2026, 3, 27, 22, 30, tzinfo=UTC), datetime(2026, 10, 23, 21, 50, tzinfo=UTC)],
    ids=["23 h", "25 h"],
)
@pytest.mark.usefixtures("zone")
def test_summer_time_breaks_no_streak_and_moves_no_minute(coach: Coach, clock: Clock, first: datetime) -> None:
    """In Berlin 2026-03-29 has 23 hours, 2026-10-25 has 25."""
    for number in range(4):
        clock.now = first + timedelta(days=number)
        coach.store.answers.add(ANSWER, clock.now)

    assert streak(coach) == 4
    assert minutes_on(coach, today(coach)) == 0.5


@pytest.mark.parametrize("zone", ["UTC"], indirect=True)
@pytest.mark.usefixtures("zone")
def test_a_clock_that_was_wrong_for_a_while_breaks_no_streak(coach: Coach, clock: Clock) -> None:
    for days in (-1, 0, 3000):
        coach.store.answers.add(ANSWER, clock.now + timedelta(days=days))

    assert streak(coach) == 2
