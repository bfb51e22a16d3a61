import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from promotion import decide

RNG = np.random.default_rng(3)
ROWS = 600
PRESENT = np.abs(RNG.normal(size=ROWS))
GROUPS = np.array(["north", "south", "tiny"])[np.r_[np.zeros(400, int), np.ones(190, int), np.full(10, 2)]]


def test_a_clearly_better_model_is_promoted_with_its_gain():
    decision = decide(PRESENT, PRESENT * 0.8, GROUPS)

    assert decision.promote
    assert decision.gain == pytest.approx(PRESENT.mean() * 0.2)
    assert 0 < decision.low < decision.gain < decision.high


def test_the_same_model_is_not_promoted():
    assert not decide(PRESENT, PRESENT.copy(), GROUPS).promote


def test_a_gain_within_the_noise_is_not_promoted():
    noisy = PRESENT + RNG.normal(scale=0.5, size=ROWS) - 0.01

    assert not decide(PRESENT, noisy, GROUPS).promote


def test_a_gain_below_the_margin_is_not_promoted():
    assert decide(PRESENT, PRESENT - 0.1, GROUPS, margin=0.05).promote
    assert not decide(PRESENT, PRESENT - 0.1, GROUPS, margin=0.2).promote


def test_a_model_that_is_better_on_average_and_worse_for_a_group_is_refused_and_names_it():
    new = np.where(GROUPS == "south", PRESENT * 1.3, PRESENT * 0.5)
    decision = decide(PRESENT, new, GROUPS)

    assert not decision.promote
    assert "south" in decision.reason


def test_a_group_with_too_few_rows_decides_nothing():
    assert decide(PRESENT, np.where(GROUPS == "tiny", PRESENT * 5, PRESENT * 0.5), GROUPS).promote


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_an_error_that_is_no_number_is_refused(wrong):
    new = PRESENT * 0.5
    new[3] = wrong

    assert not decide(PRESENT, new, GROUPS).promote


def test_errors_of_other_rows_are_refused_loudly():
    with pytest.raises(ValueError, match="rows"):
        decide(PRESENT, PRESENT[:-1], GROUPS)


def test_the_first_model_is_promoted_if_its_errors_are_numbers():
    assert decide(np.array([]), PRESENT, GROUPS).promote
    assert not decide(np.array([]), np.full(ROWS, np.nan), GROUPS).promote


def test_the_same_input_gives_the_same_decision():
    assert decide(PRESENT, PRESENT * 0.9, GROUPS) == decide(PRESENT, PRESENT * 0.9, GROUPS)
