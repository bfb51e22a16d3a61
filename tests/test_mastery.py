"""A share is never shown without its uncertainty."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlacoach.learning.mastery import Share


def test_nothing_answered_says_nothing() -> None:
    assert Share(0, 0).value is None
    assert Share(0, 0).interval == (0.0, 1.0)
    assert Share(0, 0).expected == 0.5


def test_the_interval_is_wilsons() -> None:
    """Wilson's 90 % interval of 8 of 10, computed by hand."""
    assert Share(8, 10).interval == pytest.approx((0.5408, 0.9314), abs=1e-4)


@given(st.integers(0, 200), st.integers(0, 200))
def test_the_interval_holds_the_share_and_stays_within_0_and_1(right: int, wrong: int) -> None:
    share = Share(right, right + wrong)
    low, high = share.interval

    assert 0 <= low <= high <= 1
    if share.value is not None:
        assert low - 1e-12 <= share.value <= high + 1e-12


@given(st.integers(1, 50), st.integers(0, 50))
def test_more_answers_narrow_the_interval(right: int, wrong: int) -> None:
    few, many = Share(right, right + wrong), Share(right * 4, (right + wrong) * 4)

    assert many.interval[1] - many.interval[0] < few.interval[1] - few.interval[0]


def test_two_lucky_answers_are_not_mastery() -> None:
    assert Share(2, 2).expected == 0.75
    assert Share(20, 20).expected > 0.9
