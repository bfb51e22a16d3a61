"""Answers tell about items, too: little from one learner, much from many."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.population import cohort, world
from mlacoach.learning.ability import Ability, newcomer
from mlacoach.learning.irt import GRID, probability
from mlacoach.learning.items import ItemBank, expert_bank
from mlacoach.learning.update import after_first_answers

BANK = expert_bank([1, 2, 3, 4, 5], ["multiple-choice"] * 5, [0] * 5)


def answered(bank: ItemBank, pairs: list[tuple[int, bool]]) -> tuple[Ability, ItemBank]:
    ability = newcomer()
    for item, right in pairs:
        ability = ability.answered(bank.curves.answer(item, correct=right))
    items = np.array([item for item, _ in pairs], dtype=np.intp)
    return ability, after_first_answers(bank, ability, items, np.array([right for _, right in pairs], dtype=np.bool_))


@given(st.lists(st.booleans(), min_size=5, max_size=5))
def test_a_right_answer_makes_an_item_easier_a_wrong_one_harder(rights: list[bool]) -> None:
    _, after = answered(BANK, list(enumerate(rights)))

    assert ((after.mu_b < BANK.mu_b) == np.array(rights)).all()
    assert after.n.tolist() == [1] * 5


def test_it_is_bayes_on_the_joint_density_of_ability_and_difficulty() -> None:
    """Item 4 wrong after item 1 right: its posterior mean and SD by a sum over 81 abilities and 1,401 difficulties."""
    _, after = answered(BANK, [(1, True), (4, False)])
    others = newcomer().answered(BANK.curves.answer(1, correct=True)).posterior
    b = BANK.mu_b[4] + BANK.sd_b[4] * np.linspace(-5, 5, 1401)
    wrong = 1 - probability(GRID, np.array(1.0), b[:, None], np.array(0.2))
    density = np.exp(-(((b - BANK.mu_b[4]) / BANK.sd_b[4]) ** 2) / 2) * (wrong @ others)
    mean = (density @ b) / density.sum()

    assert after.mu_b[4] == pytest.approx(mean, abs=1e-3)
    assert after.sd_b[4] == pytest.approx(np.sqrt(density @ (b - mean) ** 2 / density.sum()), abs=2e-3)


def test_items_that_were_not_answered_stay_as_they_are() -> None:
    _, after = answered(BANK, [(2, True)])

    others = [0, 1, 3, 4]
    assert np.array_equal(after.mu_b[others], BANK.mu_b[others])
    assert np.array_equal(after.sd_b[others], BANK.sd_b[others])
    assert after.n.tolist() == [0, 0, 1, 0, 0]
    assert BANK.n.tolist() == [0] * 5


def test_a_second_answer_is_no_evidence() -> None:
    with pytest.raises(ValueError, match="first answer"):
        after_first_answers(BANK, newcomer(), np.array([1, 1]), np.array([True, False]))


def test_many_learners_find_the_difficulties_and_say_how_well() -> None:
    """250 learners answer 65 of 100 items: the error falls from .8 to below .3, and is what the SDs say."""
    rng = np.random.default_rng(6)
    here = world(rng, 100)
    bank = here.expert
    for row in cohort(here.truth, rng.normal(size=250), rng):
        items = np.flatnonzero(~np.isnan(row))
        right = row[items] == 1
        said = np.where(right[:, None], bank.curves.right[items], bank.curves.wrong[items]).sum(axis=0)
        bank = after_first_answers(bank, newcomer().answered(said), items, right)

    errors = bank.mu_b - here.truth.mu_b
    assert np.sqrt((errors**2).mean()) < 0.35 < 0.5 * np.sqrt(((here.expert.mu_b - here.truth.mu_b) ** 2).mean())
    assert np.corrcoef(bank.mu_b, here.truth.mu_b)[0, 1] > 0.93
    assert bank.sd_b.max() < 0.5
