"""Thousands of sittings at once, with the program's own selection and scoring."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.population import LENGTH, WEIGHTS, answers, random_forms
from mlacoach.learning.ability import Ability, newcomer
from mlacoach.learning.irt import GRID, Array
from mlacoach.learning.items import Indices, ItemBank, Shelf
from mlacoach.learning.selection import BEST, OPENING, OPENING_BEST, domain_in_turn, one_of_best, usefulness


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """Adaptive sittings: estimates after each answer, shape (learners, answers), and where they end."""

    theta: Array
    se: Array
    above: Array
    """The probability that the ability is above the middle, 0."""
    items: Indices
    correct: NDArray[np.bool_]
    ability: Ability


def adaptive(truth: ItemBank, bank: ItemBank, theta: Array, rng: np.random.Generator) -> Track:
    """Let every learner sit 65 items, chosen and scored by what `bank` says while they answer as `truth` says.

    `next_item` for many learners: the domain whose turn it is depends on the number of items alone, the same for all.
    `theta` has shape (learners,), or (learners, domains) where the domains differ.
    """
    ability = newcomer(len(theta))
    asked = np.zeros((len(theta), len(bank)), dtype=np.bool_)
    steps = []
    for n, domain in enumerate(domain_turns(LENGTH)):
        item = choose(ability, bank.shelves[domain], asked, n, rng)
        ability, correct = answer(truth, bank, theta if theta.ndim == 1 else theta[:, domain], ability, item, rng)
        steps.append((ability.theta, ability.se, 1 - ability.below(0.0), item, correct))
    estimate, se, above, items, correct_ones = (np.stack(column, axis=1) for column in zip(*steps, strict=True))
    return Track(estimate, se, above, items, correct_ones, ability)


def domain_turns(length: int) -> list[int]:
    """The domains of the items of a sitting, in order."""
    counts = np.zeros(WEIGHTS.size, dtype=np.intp)
    turns = []
    for _ in range(length):
        turns.append(domain_in_turn(WEIGHTS, counts, np.ones(WEIGHTS.size, dtype=np.bool_)))
        counts[turns[-1]] += 1
    return turns


def choose(
    ability: Ability, shelf: Shelf, asked: NDArray[np.bool_], answered: int, rng: np.random.Generator
) -> Indices:
    """The next item of each learner from a domain's shelf; notes it in `asked`."""
    values = np.where(asked[:, shelf.items], -np.inf, usefulness(shelf.information, ability, answered))
    item = shelf.items[one_of_best(values, OPENING_BEST if answered < OPENING else BEST, rng)]
    asked[np.arange(item.size), item] = True
    return item


def answer(
    truth: ItemBank, bank: ItemBank, theta: Array, ability: Ability, item: Indices, rng: np.random.Generator
) -> tuple[Ability, NDArray[np.bool_]]:
    """Each learner answers one item, and is scored."""
    correct = answers(truth, theta, item[:, None], rng)
    return ability.answered(told(bank, item[:, None], correct)), correct[:, 0]


def told(bank: ItemBank, items: Indices, correct: NDArray[np.bool_]) -> Array:
    """What each learner's answers say together: items and `correct` (learners, answers), the result (learners, 81)."""
    said: Array = np.zeros((len(items), GRID.size))
    for item, right in zip(items.T, correct.T, strict=True):
        said += np.where(right[:, None], bank.curves.right[item], bank.curves.wrong[item])
    return said


def linear(truth: ItemBank, bank: ItemBank, theta: Array, rng: np.random.Generator) -> Ability:
    """Every learner sits a random form of 65 by the blueprint."""
    items = random_forms(bank, theta.size, rng)
    return newcomer(theta.size).answered(told(bank, items, answers(truth, theta, items, rng)))
