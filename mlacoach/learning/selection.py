"""Which item comes next: the domain whose turn it is, then one of its most informative items, drawn by lot.

Always taking the very best item leaves 58 % of a bank unused; the best of the domain in turn, one of five by lot, costs
three items and holds the blueprint exactly (simulated).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mlacoach.learning.ability import Ability
from mlacoach.learning.irt import GRID, STEP, Array
from mlacoach.learning.items import Indices, ItemBank, Mask

# The first answers are chosen while theta is hardly known: information averaged over the posterior, wider lots.
OPENING = 5
OPENING_BEST = 10
BEST = 5

# An item met less than this many days ago rests.
REST_DAYS = 30


def next_item(
    bank: ItemBank, weights: Array, ability: Ability, asked: Sequence[int], recent: Mask, rng: np.random.Generator
) -> int:
    """Choose the next item of a form of variable length: it keeps to the blueprint at every length.

    Args:
        bank: the items.
        weights: of the domains, shape (domains,), summing to 1.
        ability: what is known so far, from all answers.
        asked: the items of this sitting so far.
        recent: which items the learner met in the last `REST_DAYS` days, shape (items,); such an item comes only
            when its domain has no other left.
        rng: chance.

    Returns:
        The index of an item that was not asked in this sitting.

    Raises:
        ValueError: every item was asked.
    """
    counts = np.bincount(bank.domain[list(asked)], minlength=len(weights))
    held = [shelf.items.size for shelf in bank.shelves] + [0] * (len(weights) - len(bank.shelves))
    shelf = bank.shelves[domain_in_turn(weights, counts, np.array(held) > counts)]
    left = _left(bank, asked)[shelf.items]
    rested = left & ~recent[shelf.items]
    values = usefulness(shelf.information, ability, len(asked))
    return int(shelf.items[_drawn(values, rested if rested.any() else left, len(asked), rng)])


def next_in_form(
    bank: ItemBank, quotas: Indices, ability: Ability, asked: Sequence[int], recent: Mask, rng: np.random.Generator
) -> int:
    """Choose the next item of a form of fixed length: from the domains whose quota is not used up.

    With quotas of domains as the only rule this is the shadow test's own solution (van der Linden 2005, ch. 9).
    A domain that has run out is passed over, so the form ends short of it.

    Args:
        bank: the items.
        quotas: how many items each domain gets in the whole form, shape (domains,); see `forms.quotas`.
        ability: what is known so far.
        asked: the items of this sitting so far.
        recent: which items the learner met in the last `REST_DAYS` days, shape (items,); as for `next_item`.
        rng: chance.

    Returns:
        The index of an item that was not asked in this sitting.

    Raises:
        ValueError: nothing that the quotas want is left to ask.
    """
    counts = np.bincount(bank.domain[list(asked)], minlength=len(quotas))
    wanted = (quotas > counts)[bank.domain]
    pool = _open(bank, asked, recent) & wanted
    if not pool.any():
        raise ValueError("no item is left that may be asked")
    return int(_drawn(usefulness(bank.curves.information, ability, len(asked)), pool, len(asked), rng))


def domain_in_turn(weights: Array, counts: Indices, stocked: Mask) -> int:
    """The domain furthest behind: the largest w (n + 1) - n_d among those with items left (Kingsbury & Zara 1989).

    All three have shape (domains,).
    """
    if not stocked.any():
        raise ValueError("no domain has an item left")
    behind = weights * (counts.sum() + 1) - counts
    return int(np.argmax(np.where(stocked, behind, -np.inf)))


def usefulness(information: Array, ability: Ability, answered: int) -> Array:
    """What each item would tell: its information, at theta's nearest point of the grid.

    The first five are weighed over the whole posterior (van der Linden 1998), since theta is hardly known then.

    Args:
        information: of the items on the grid, shape (81, items).
        ability: of shape (...,).
        answered: how many items were answered so far.

    Returns:
        Shape (..., items).
    """
    if answered < OPENING:
        weighed: Array = ability.posterior @ information
        return weighed
    nearest = np.rint((ability.theta - GRID[0]) / STEP).astype(np.intp)
    at_theta: Array = information[nearest]
    return at_theta


def one_of_best(values: Array, best: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Draw one of the `best` largest values by lot (Kingsbury & Zara 1989); -inf is never drawn.

    What equals the last of the best is in the lot too: items of one level are all alike until somebody answers them.

    Args:
        values: shape (..., items), each row with at least one above -inf.
        best: how many are in the lot, or more.
        rng: chance.

    Returns:
        Indices, shape (...,).
    """
    best = min(best, values.shape[-1])
    least = np.partition(values, -best, axis=-1)[..., -best, None]
    lots = np.where((values >= least) & (values > -np.inf), rng.random(values.shape), -1.0)
    drawn: NDArray[np.intp] = np.asarray(lots.argmax(axis=-1))
    return drawn


def _left(bank: ItemBank, asked: Sequence[int]) -> Mask:
    left = np.ones(len(bank), dtype=np.bool_)
    left[list(asked)] = False
    return left


def _open(bank: ItemBank, asked: Sequence[int], recent: Mask) -> Mask:
    """Items that were not asked; of those a domain's recent ones only when it has no others."""
    left = _left(bank, asked)
    rested = left & ~recent
    has_rested = np.bincount(bank.domain, weights=rested) > 0
    return rested | (left & ~has_rested[bank.domain])


def _drawn(values: Array, pool: Mask, answered: int, rng: np.random.Generator) -> NDArray[np.intp]:
    best = OPENING_BEST if answered < OPENING else BEST
    return one_of_best(np.where(pool, values, -np.inf), best, rng)
