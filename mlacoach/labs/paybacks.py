"""Who paid a monthly pass back, for the lab on explanations: made by chance that a seed repeats.

Whether somebody pays depends on income and on payments that came late, and not on being new to the town.
"""

import json
import math
from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

from mlacoach.labs.pumps import INFERENCE, archive
from mlacoach.labs.trips import SEED

FEATURES = ("newcomer", "low_income", "late_payments")
HEADER = ("paid", *FEATURES)
COUNT, FEW = 400, 50
Model = tuple[float, Sequence[float]]
# The one in use learned from decisions of people; the other from what was paid. A bias, and a weight for each feature.
IN_USE: Model = (2.3, (-1.45, -0.9, -0.7))
FAIRER: Model = (2.1, (0.0, -1.2, -1.0))


class Payer(NamedTuple):
    """Somebody who had a pass; `paid` 1 is the wanted outcome, `newcomer` 1 the group that may be worse off."""

    paid: int
    newcomer: int
    low_income: int
    late_payments: int


def payers() -> list[Payer]:
    """All of them, the same on every computer."""
    chance = Random(f"{SEED} paybacks")
    return [_one(chance) for _ in range(COUNT)]


def _one(chance: Random) -> Payer:
    newcomer = int(chance.random() < 0.3)  # noqa: PLR2004 - three of ten
    low = int(chance.random() < (0.65 if newcomer else 0.35))
    late = min(5, int(chance.expovariate(0.7)))
    paid = int(chance.random() < says(FAIRER, (newcomer, low, late)))
    return Payer(paid, newcomer, low, late)


def says(model: Model, features: Sequence[float]) -> float:
    """What a model answers: how likely somebody with these features pays, from 0 to 1."""
    bias, weights = model
    score = bias + sum(weight * value for weight, value in zip(weights, features, strict=True))
    return 1 / (1 + math.exp(-score))


def model_archive(model: Model) -> bytes:
    """A `model.tar.gz` of it, with the script that serves it."""
    bias, weights = model
    kept = {"weights": weights, "centres": [0.0] * len(weights), "scales": [1.0] * len(weights), "bias": bias}
    return archive({"weights.json": json.dumps(kept), "code/inference.py": INFERENCE})


def shares(model: Model, told: Callable[[Payer, bool], bool]) -> tuple[float, float]:
    """Of the others and of the newcomers, the share of whom something holds: of the payer and the model's yes or no."""
    groups: tuple[list[bool], list[bool]] = ([], [])
    for payer in payers():
        groups[payer.newcomer].append(told(payer, says(model, payer[1:]) > 0.5))  # noqa: PLR2004 - a coin's chance
    others, newcomers = (sum(group) / len(group) for group in groups)
    return others, newcomers


def dppl(model: Model) -> float:
    """Difference in positive proportions in predicted labels: q'_a - q'_d."""
    others, newcomers = shares(model, lambda _, yes: yes)
    return others - newcomers


def di(model: Model) -> float:
    """Disparate impact: q'_d / q'_a."""
    others, newcomers = shares(model, lambda _, yes: yes)
    return newcomers / others


def ad(model: Model) -> float:
    """Accuracy difference: ACC_a - ACC_d."""
    others, newcomers = shares(model, lambda payer, yes: yes == bool(payer.paid))
    return others - newcomers
