"""Items as their authors see them, and what becomes of them."""

from dataclasses import replace

import numpy as np
import pytest

from mlacoach.content import Library
from mlacoach.learning.items import GUESSING, State, expert_bank, state_of


def test_a_level_is_a_prior_of_the_difficulty() -> None:
    bank = expert_bank([1, 2, 3, 4, 5], ["multiple-choice"] * 5, [0] * 5)

    assert bank.mu_b.tolist() == [-1.01, -0.46, 0.0, 0.46, 1.01]
    assert bank.sd_b.tolist() == [0.82] * 5
    assert bank.a.tolist() == [1.0] * 5
    assert set(bank.states) == {State.EXPERT}


def test_guessing_follows_from_the_kind() -> None:
    kinds = ["multiple-choice", "multiple-response", "ordering", "matching"]

    assert expert_bank([3] * 4, kinds, [0] * 4).c.tolist() == [0.2, 0.05, 0.05, 0.05]


def test_every_kind_that_ships_has_its_guessing(library: Library) -> None:
    assert {question.kind for question in library.questions.values()} <= GUESSING.keys()


@pytest.mark.parametrize("level", [0, 6, -1])
def test_there_are_five_levels(level: int) -> None:
    with pytest.raises(ValueError, match="1 to 5"):
        expert_bank([3, level], ["multiple-choice"] * 2, [0, 0])


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        (0, State.EXPERT),
        (99, State.EXPERT),
        (100, State.PROVISIONAL),
        (299, State.PROVISIONAL),
        (300, State.CALIBRATED),
    ],
)
def test_the_state_follows_from_the_answers(answers: int, state: State) -> None:
    assert state_of(answers) is state


def test_nobody_writes_to_a_bank() -> None:
    """Neither through the bank nor through the array it was made from."""
    bank = expert_bank([3], ["multiple-choice"], [0])
    a = np.array([1.0])
    other = replace(bank, a=a)
    a[0] = 5

    assert other.a[0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        bank.mu_b[0] = 3


@pytest.mark.parametrize("change", [{"a": [0.0]}, {"sd_b": [-1.0]}, {"c": [1.0]}, {"c": [-0.1]}, {"n": [1, 2]}])
def test_impossible_items_are_refused(change: dict[str, list[float]]) -> None:
    bank = expert_bank([3], ["multiple-choice"], [0])

    with pytest.raises(ValueError, match=r"slopes must be above 0|shape"):
        replace(bank, **{name: np.array(values) for name, values in change.items()})


def test_an_empty_bank_is_a_bank() -> None:
    bank = expert_bank([], [], [])

    assert len(bank) == 0
    assert bank.shelves == ()


def test_shelves_hold_each_item_once_with_its_information() -> None:
    bank = expert_bank([1, 2, 3, 4, 5], ["multiple-choice"] * 5, [2, 0, 2, 0, 2])

    assert [shelf.items.tolist() for shelf in bank.shelves] == [[1, 3], [], [0, 2, 4]]
    assert np.array_equal(bank.shelves[2].information, bank.curves.information[:, [0, 2, 4]])
