"""Plans are filled day by day, in order, and say what does not fit."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlacoach.learning.timetable import CRUMB, Work, timetable

DAY = date(2026, 11, 21)


def after(days: int) -> date:
    return DAY + timedelta(days=days)


def test_work_is_laid_in_the_track_s_order_over_as_many_days_as_it_takes() -> None:
    table = timetable([Work("second", 1.0, 2.0), Work("first", 2.5, 1.0)], DAY, None, 1.0)

    assert [(one.key, one.start, one.end, one.hours) for one in table.placed] == [
        ("first", DAY, after(2), pytest.approx(2.5)),
        ("second", after(2), after(3), pytest.approx(1.0)),
    ]
    assert (table.left_out, table.needed, table.slack) == ((), 3.5, None)


def test_what_was_moved_begins_on_its_day_and_the_rest_goes_around_it() -> None:
    table = timetable([Work("moved", 1.0, 1.0, on=after(2)), Work("a", 2.0, 2.0), Work("b", 1.0, 3.0)], DAY, None, 1.0)

    assert [(one.key, one.start) for one in table.placed] == [("a", DAY), ("moved", after(2)), ("b", after(3))]


def test_slack_is_what_the_days_hold_more_than_the_work() -> None:
    table = timetable([Work("a", 3.0, 1.0)], DAY, after(9), 0.5)

    assert (table.available, table.slack, table.left_out) == (5.0, 2.0, ())


def test_what_the_exam_does_not_ask_for_is_left_out_first() -> None:
    work = [Work("extra", 1.0, 1.0, needed=False), Work("early", 1.0, 2.0), Work("late", 1.0, 3.0)]

    assert timetable(work, DAY, after(1), 1.0).left_out == ("extra",)
    assert timetable(work, DAY, DAY, 1.0).left_out == ("extra", "late")


def test_before_an_exam_that_is_over_nothing_fits() -> None:
    table = timetable([Work("a", 1.0, 1.0)], DAY, after(-3), 1.0)

    assert (table.placed, table.left_out, table.slack) == ((), ("a",), -1.0)


works = st.lists(
    st.builds(
        Work,
        key=st.uuids().map(str),
        hours=st.floats(0.1, 8.0),
        place=st.floats(1, 24),
        on=st.none() | st.integers(0, 40).map(after),
        needed=st.booleans(),
    ),
    max_size=15,
    unique_by=lambda one: one.key,
)


@given(works, st.none() | st.integers(-2, 60), st.floats(0.2, 6.0))
def test_every_plan_keeps_its_promises(work: list[Work], days: int | None, a_day: float) -> None:
    table = timetable(work, DAY, None if days is None else after(days), a_day)
    by_key = {one.key: one for one in work}

    assert {one.key for one in table.placed} | set(table.left_out) == by_key.keys()
    assert not {one.key for one in table.placed} & set(table.left_out)
    for one in table.placed:
        wanted = by_key[one.key]
        assert DAY <= one.start <= one.end
        assert days is None or one.end <= after(days)
        assert wanted.on is None or one.start >= wanted.on
        assert one.hours == pytest.approx(wanted.hours, abs=CRUMB)
    if table.placed:
        span = (max(one.end for one in table.placed) - DAY).days + 1
        assert sum(one.hours for one in table.placed) <= span * a_day + 1e-6
