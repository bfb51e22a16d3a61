"""Streaks and minutes, also when clocks jump and summer time begins."""

from datetime import UTC, date, datetime, timedelta

import pytest

from mlacoach.learning.habits import active_minutes, streak

DAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def days(*ago: int) -> list[date]:
    return [DAY - timedelta(days=one) for one in ago]


@pytest.mark.parametrize(
    ("ago", "count"),
    [
        ((), 0),
        ((0,), 1),
        ((0, 1, 2), 3),
        ((0, 2, 3, 5), 4),
        ((0, 1, 4, 5), 2),
        ((1, 2), 2),
        ((2,), 1),
        ((3, 4), 0),
        ((-1, -400), 0),
        ((-1, 0, 1), 2),
    ],
)
def test_a_streak_forgives_one_day_at_a_time_and_days_to_come(ago: tuple[int, ...], count: int) -> None:
    studied = days(*ago)

    assert streak(studied.__contains__, DAY) == count


def test_between_answers_somebody_reads_and_in_a_pause_nobody_does() -> None:
    finished = [(NOON, 60.0), (NOON + timedelta(minutes=4), 30.0), (NOON + timedelta(hours=2), 120.0)]

    assert active_minutes(finished) == pytest.approx(1 + 4 + 2)


def test_what_overlaps_counts_once() -> None:
    assert active_minutes([(NOON, 60.0), (NOON, 60.0), (NOON + timedelta(seconds=10), 60.0)]) == pytest.approx(70 / 60)


def test_nothing_done_takes_no_time() -> None:
    assert active_minutes([]) == 0.0
