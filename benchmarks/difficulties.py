"""How well the items become known from their answers: by calibration, and sitting by sitting."""

import numpy as np

from benchmarks.figures import Figure
from benchmarks.population import World, cohort
from mlacoach.learning.ability import newcomer
from mlacoach.learning.calibrate import calibrate
from mlacoach.learning.irt import Array
from mlacoach.learning.items import ItemBank
from mlacoach.learning.update import after_first_answers


def difficulties(here: World, rng: np.random.Generator) -> list[Figure]:
    """RMSE of b by the authors' levels, after one learner, after 200 and 1,000 learners who answer 65 items each."""
    figures = [Figure("b: RMSE, authors' levels", _off(here, here.expert))]
    for learners in (1, 200, 1000):
        responses = cohort(here.truth, rng.normal(size=learners), rng)
        figures.append(Figure(f"b: RMSE, updated online, {learners} x 65", _off(here, _online(here.expert, responses))))
        if learners > 1:
            found = calibrate(responses, here.expert)
            figures.append(Figure(f"b: RMSE, calibrated, {learners} x 65", _off(here, found.bank)))
            figures.append(Figure(f"a: inflation before it is taken out, {learners} x 65", found.inflation))
    return figures


def _online(bank: ItemBank, responses: Array) -> ItemBank:
    for row in responses:
        items = np.flatnonzero(~np.isnan(row))
        correct = row[items] == 1
        said = np.where(correct[:, None], bank.curves.right[items], bank.curves.wrong[items]).sum(axis=0)
        bank = after_first_answers(bank, newcomer().answered(said), items, correct)
    return bank


def _off(here: World, bank: ItemBank) -> float:
    return float(np.sqrt(np.mean((bank.mu_b - here.truth.mu_b) ** 2)))
