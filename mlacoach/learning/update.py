"""Learn about the items from answers, one sitting at a time.

The model knows a difficulty as N(mu, sd²); an answer changes it as Bayes says, and the result is put back into the same
form (assumed density; Glickman 1999 rates chess players so). One learner's answers take 4 % off the error of the items
they are to (simulated): it pays only where many learners' answers come together.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mlacoach.learning.ability import Ability
from mlacoach.learning.irt import GRID, Array, probability
from mlacoach.learning.items import Indices, ItemBank

# Difficulties looked at, in SDs around what is known.
_AROUND = np.linspace(-3.5, 3.5, 15)


def after_first_answers(bank: ItemBank, ability: Ability, items: Indices, correct: NDArray[np.bool_]) -> ItemBank:
    """The bank after one learner's first answers to some items; later answers to an item tell of memory, not of it.

    Args:
        bank: the items, with the curves that `ability` was estimated with.
        ability: of that learner, shape (), after all these answers.
        items: those answered, shape (answers,), each once.
        correct: was each right, shape (answers,).

    Returns:
        A bank with new `mu_b`, `sd_b` and `n` of these items.

    Raises:
        ValueError: an item occurs twice.
    """
    if len(np.unique(items)) < len(items):
        raise ValueError("only the first answer to an item counts")
    mu, sd = bank.mu_b[items, None], bank.sd_b[items, None]
    b = mu + sd * _AROUND
    weight = np.exp(-(_AROUND**2) / 2) * _likelihood(bank, ability, items, correct, b)
    weight /= weight.sum(axis=1, keepdims=True)
    mean = (weight * b).sum(axis=1)
    variance = (weight * (b - mean[:, None]) ** 2).sum(axis=1)
    new_mu, new_sd, n = bank.mu_b.copy(), bank.sd_b.copy(), bank.n.copy()
    new_mu[items], new_sd[items] = mean, np.sqrt(variance)
    n[items] += 1
    return replace(bank, mu_b=new_mu, sd_b=new_sd, n=n)


def _likelihood(bank: ItemBank, ability: Ability, items: Indices, correct: NDArray[np.bool_], b: Array) -> Array:
    """The likelihood of each answer at difficulties `b`, shape (answers, points), given the learner's other answers."""
    own = np.where(correct[:, None], bank.curves.right[items], bank.curves.wrong[items])
    others = Ability(ability.log_density - own).posterior
    right = probability(GRID, bank.a[items, None, None], b[:, :, None], bank.c[items, None, None])
    seen = np.where(correct[:, None, None], right, 1 - right)
    averaged: Array = np.einsum("abq,aq->ab", seen, others)
    return averaged
