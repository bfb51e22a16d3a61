"""The next item: the blueprint at every length, nothing twice, and as informative as the lot allows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.population import QUOTAS, WEIGHTS, world
from mlacoach.learning.ability import Ability, newcomer
from mlacoach.learning.forms import quotas
from mlacoach.learning.irt import GRID
from mlacoach.learning.items import ItemBank, Mask, expert_bank
from mlacoach.learning.selection import domain_in_turn, next_in_form, next_item, one_of_best, usefulness

BANK = world(np.random.default_rng(1), 200).truth
FRESH: Mask = np.zeros(200, dtype=np.bool_)
seeds = st.integers(0, 2**32)


def sitting(bank: ItemBank, length: int, seed: int, recent: Mask = FRESH) -> list[int]:
    """A sitting by somebody whose answers are heads or tails."""
    rng, ability, asked = np.random.default_rng(seed), newcomer(), list[int]()
    for _ in range(length):
        asked.append(next_item(bank, WEIGHTS, ability, asked, recent, rng))
        ability = ability.answered(bank.curves.answer(asked[-1], correct=bool(rng.integers(2))))
    return asked


def form(bank: ItemBank, wanted: list[int], seed: int, recent: Mask = FRESH) -> list[int]:
    """A form of fixed length, as far as it goes."""
    rng, ability, asked = np.random.default_rng(seed), newcomer(), list[int]()
    while True:
        try:
            asked.append(next_in_form(bank, np.array(wanted), ability, asked, recent, rng))
        except ValueError:
            return asked
        ability = ability.answered(bank.curves.answer(asked[-1], correct=bool(rng.integers(2))))


def sure_of(theta: float) -> Ability:
    return Ability(-((GRID - theta) ** 2) * 500)


@settings(max_examples=15)
@given(seeds)
def test_every_sitting_keeps_to_the_blueprint_at_every_length(seed: int) -> None:
    domains = BANK.domain[sitting(BANK, 65, seed)]
    counts = np.array([np.bincount(domains[:n], minlength=4) for n in range(1, 66)])

    assert tuple(counts[-1]) == QUOTAS
    assert np.abs(counts - np.arange(1, 66)[:, None] * WEIGHTS).max() < 1


@settings(max_examples=10)
@given(seeds)
def test_every_form_honours_its_quotas(seed: int) -> None:
    wanted = list(quotas({"1": 28, "2": 26, "3": 22, "4": 24}, 65).values())

    asked = form(BANK, wanted, seed)

    assert np.bincount(BANK.domain[asked]).tolist() == wanted == list(QUOTAS)
    assert len(set(asked)) == 65


def test_a_form_whose_domain_runs_out_ends_exactly_that_much_short() -> None:
    """Domain 2 has one item; nothing from another domain stands in for the two that are missing."""
    bank = expert_bank([3] * 31, ["multiple-choice"] * 31, [0] * 10 + [1] * 10 + [2] + [3] * 10)

    asked = form(bank, [3, 3, 3, 3], 1, np.zeros(31, dtype=np.bool_))

    assert np.bincount(bank.domain[asked]).tolist() == [3, 3, 1, 3]


@settings(max_examples=10)
@given(seeds)
def test_nothing_comes_twice_nor_what_was_met_lately(seed: int) -> None:
    recent = np.random.default_rng(seed).random(200) < 0.4

    for asked in (sitting(BANK, 65, seed, recent), form(BANK, list(QUOTAS), seed, recent)):
        assert len(set(asked)) == 65
        assert not recent[asked].any()


def test_what_was_met_lately_comes_only_when_its_domain_has_nothing_else() -> None:
    """All of domain 1 was met lately, and half of domain 0: only domain 1 repeats."""
    bank = expert_bank([3] * 40, ["multiple-choice"] * 40, [0] * 20 + [1] * 20)
    recent = (bank.domain == 1) | (np.arange(40) < 10)
    half, rng = np.array([0.5, 0.5]), np.random.default_rng(3)
    asked = list[int]()
    for _ in range(20):
        asked.append(next_item(bank, half, newcomer(), asked, recent, rng))

    assert np.bincount(bank.domain[asked]).tolist() == [10, 10]
    assert len(set(asked)) == 20
    assert not recent[[item for item in asked if bank.domain[item] == 0]].any()

    asked.append(next_item(bank, np.array([1.0, 0.0]), newcomer(), asked, recent, rng))
    assert asked[-1] < 10
    assert sorted(form(bank, [15, 3], 1, recent))[5:15] == list(range(10, 20))


def test_a_domain_without_items_is_passed_over_and_an_empty_bank_said() -> None:
    bank = expert_bank([3] * 4, ["multiple-choice"] * 4, [0, 0, 1, 1])
    none = np.zeros(4, dtype=np.bool_)

    asked = sitting(bank, 4, 1, none)

    assert sorted(asked) == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="no domain has an item left"):
        next_item(bank, WEIGHTS, newcomer(), asked, none, np.random.default_rng(1))


def test_the_same_seed_and_answers_choose_the_same_items() -> None:
    assert sitting(BANK, 30, 7) == sitting(BANK, 30, 7)
    assert sitting(BANK, 30, 7) != sitting(BANK, 30, 8)


@pytest.mark.parametrize(("answered", "best"), [(0, 10), (4, 10), (5, 5), (40, 5)])
@pytest.mark.parametrize("theta", [-1.5, 0.0, 1.0])
def test_it_is_one_of_the_most_informative_of_the_domain(theta: float, answered: int, best: int) -> None:
    """One of ten for the first five items, by information over the posterior; then one of five, at the estimate."""
    asked = [item for item in range(200) if BANK.domain[item] != 0][:answered]
    ability, first = sure_of(theta), np.array([1.0, 0.0, 0.0, 0.0])
    shelf = np.flatnonzero(BANK.domain == 0)
    ranked = shelf[np.argsort(-(ability.posterior @ BANK.curves.information[:, shelf]))][:best]

    rng = np.random.default_rng(1)
    drawn = {next_item(BANK, first, ability, asked, FRESH, rng) for _ in range(300)}

    assert drawn == set(ranked.tolist())


def test_early_items_are_chosen_over_the_whole_posterior() -> None:
    """A steep item tells most at one point; a flat one tells more to those who know little of the ability."""
    steep_and_flat = np.array([np.where(np.abs(GRID) < 0.05, 10.0, 0.0), np.full(81, 1.0)]).T

    assert usefulness(steep_and_flat, newcomer(), 4).argmax() == 1
    assert usefulness(steep_and_flat, newcomer(), 5).argmax() == 0


@given(st.integers(1, 12), seeds, st.integers(1, 8))
def test_the_lot_holds_the_best_and_nothing_barred(size: int, seed: int, best: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.permutation(size).astype(float)
    values[rng.random(size) < 0.3] = -np.inf
    values[0] = size
    allowed = np.sort(values[np.isfinite(values)])[-best:]

    assert all(values[one_of_best(values, best, rng)] in allowed for _ in range(20))


def test_items_that_are_equally_good_all_get_their_turn() -> None:
    """Before anybody has answered, the items of a level are alike; a lot of five among forty would hide the others."""
    values, rng = np.full(40, 1.0), np.random.default_rng(1)

    assert {int(one_of_best(values, 5, rng)) for _ in range(1000)} == set(range(40))


def test_the_domain_furthest_behind_is_next() -> None:
    stocked = np.ones(4, dtype=np.bool_)

    assert domain_in_turn(WEIGHTS, np.array([0, 0, 0, 0]), stocked) == 0
    assert domain_in_turn(WEIGHTS[::-1], np.array([0, 0, 0, 0]), stocked) == 3
    assert domain_in_turn(WEIGHTS, np.array([1, 0, 0, 0]), stocked) == 1
    assert domain_in_turn(WEIGHTS, np.array([1, 1, 0, 1]), stocked) == 2
    assert domain_in_turn(WEIGHTS, np.array([1, 1, 0, 1]), np.array([True, True, False, True])) == 0
