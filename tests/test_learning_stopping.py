"""An adaptive test asks neither too little nor too much."""

import numpy as np
import pytest

from mlacoach.learning.ability import Ability
from mlacoach.learning.irt import GRID
from mlacoach.learning.stopping import Stop, when_decided, when_precise


def with_se(se: float) -> Ability:
    return Ability(-(GRID**2) / (2 * se**2))


@pytest.mark.parametrize(
    ("se", "answered", "stop"),
    [
        (0.29, 9, None),
        (0.29, 10, Stop.PRECISE),
        (0.31, 10, None),
        (0.31, 64, None),
        (0.31, 65, Stop.LENGTH),
        (0.29, 65, Stop.PRECISE),
    ],
)
def test_it_stops_at_a_standard_error_of_three_tenths(se: float, answered: int, stop: Stop | None) -> None:
    assert float(with_se(se).se) == pytest.approx(se, abs=1e-3)
    assert when_precise(with_se(se), answered) is stop


@pytest.mark.parametrize(
    ("passing", "answered", "stop"),
    [
        (0.96, 9, None),
        (0.95, 10, Stop.PASS),
        (0.949, 10, None),
        (0.05, 10, Stop.FAIL),
        (0.051, 64, None),
        (0.5, 65, Stop.LENGTH),
        (0.97, 65, Stop.PASS),
    ],
)
def test_it_stops_when_pass_or_fail_is_decided(passing: float, answered: int, stop: Stop | None) -> None:
    assert when_decided(passing, answered) is stop


def test_a_numpy_number_decides_as_well() -> None:
    assert when_decided(float(np.float64(0.99)), 20) is Stop.PASS
