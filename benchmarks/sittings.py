"""Thousands of sittings at once, with the program's own selection and scoring."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.population import LENGTH, WEIGHTS, answers, random_forms
from mlacoach.learning.ability import Ability, newcomer
from mlacoach.learning.irt import Array
from mlacoach.learning.items import Indices, ItemBank
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


def adaptive(
    truth: ItemBank, bank: ItemBank, theta: Array, rng: np.random.Generator, start: Ability | None = None
) -> Track:
    """Let every learner sit 65 items, chosen and scored by what `bank` says while they answer as `truth` says.

    `next_item` for many learners: the domain whose turn it is depends on the number of items alone: the same
    for all.
    """
    ability = start or newcomer(theta.size)
    asked = np.zeros((theta.size, len(bank)), dtype=np.bool_)
    turns = domain_turns(LENGTH)
    known = [bank.curves.information[:, bank.domain == domain] for domain in range(WEIGHTS.size)]
    steps = []
    for n, domain in enumerate(turns):
        item = choose(ability, known[domain], np.flatnonzero(bank.domain == domain), asked, n, rng)
        ability, correct = answer(truth, bank, theta, ability, item, rng)
        steps.append((ability.theta, ability.se, 1 - ability.below(0.0), item, correct))
    columns = [np.stack(column, axis=1) for column in zip(*steps, strict=True)]
    return Track(*columns, ability)


def domain_turns(length: int) -> list[int]:
    """The domains of the items of a sitting, in order."""
    counts = np.zeros(WEIGHTS.size, dtype=np.intp)
    turns = []
    for _ in range(length):
        turns.append(domain_in_turn(WEIGHTS, counts, np.ones(WEIGHTS.size, dtype=np.bool_)))
        counts[turns[-1]] += 1
    return turns


def choose(
    ability: Ability, known: Array, members: Indices, asked: NDArray[np.bool_], n: int, rng: np.random.Generator
) -> Indices:
    """The next item of each learner among a domain's `members`; notes it in `asked`."""
    values = usefulness(known, ability, n)
    values[asked[:, members]] = -np.inf
    item = members[one_of_best(values, OPENING_BEST if n < OPENING else BEST, rng)]
    asked[np.arange(item.size), item] = True
    return item


def answer(
    truth: ItemBank, bank: ItemBank, theta: Array, ability: Ability, item: Indices, rng: np.random.Generator
) -> tuple[Ability, NDArray[np.bool_]]:
    """Each learner answers one item, and is scored."""
    correct = answers(truth, theta, item[:, None], rng)[:, 0]
    said = np.where(correct[:, None], bank.curves.right[item], bank.curves.wrong[item])
    return ability.answered(said), correct


def linear(truth: ItemBank, bank: ItemBank, theta: Array, rng: np.random.Generator) -> Ability:
    """Every learner sits a random form of 65 by the blueprint."""
    items = random_forms(bank, theta.size, rng)
    correct = answers(truth, theta, items, rng)
    ability = newcomer(theta.size)
    for item, right in zip(items.T, correct.T, strict=True):
        ability = ability.answered(np.where(right[:, None], bank.curves.right[item], bank.curves.wrong[item]))
    return ability
