"""Ability by skill: the tree's estimate against a dense one, and what it is for."""

import numpy as np
import pytest

from mlacoach.learning.domains import domain_abilities
from mlacoach.learning.items import expert_bank
from mlacoach.learning.priors import GUESSING
from mlacoach.learning.skills import DOMAIN, GENERAL, SKILL, TASK, Given, level_curve, skill_abilities

SKILLS = [f"{domain}.{task}.{skill}" for domain in (1, 2, 3) for task in (1, 2) for skill in range(1, 5)]
CURVE = level_curve(3, GUESSING["multiple-choice"])


def random_answers(count: int, seed: int = 1) -> list[Given]:
    rng = np.random.default_rng(seed)
    return [
        Given(
            level_curve(int(rng.integers(1, 6)), 0.2),
            tuple(rng.choice(SKILLS, int(rng.integers(1, 4)), replace=False)),
            bool(rng.random() < 0.6),
            float(rng.integers(0, 90)),
        )
        for _ in range(count)
    ]


def dense(given: list[Given]) -> tuple[np.ndarray, np.ndarray]:
    """The same mode, found with the whole covariance matrix and numerical derivatives: means and covariance."""
    parts = [skill.split(".") for skill in SKILLS]
    prior = np.array(
        [[GENERAL + DOMAIN * (a[0] == b[0]) + TASK * (a[:2] == b[:2]) + SKILL * (a == b) for b in parts] for a in parts]
    )
    places, theta = {skill: place for place, skill in enumerate(SKILLS)}, np.zeros(len(SKILLS))
    precision = np.linalg.inv(prior)
    for _ in range(60):
        slope, known = -precision @ theta, np.zeros(len(SKILLS))
        for one in given:
            for skill in one.skills:
                place, part = places[skill], 1 / len(one.skills)
                drift = 0.12**2 * one.days
                at, above, below = (one.curve.right(theta[place] + step, drift) for step in (0.0, 1e-5, -1e-5))
                rising = (above - below) / 2e-5
                slope[place] += part * rising * (one.right - at) / (at * (1 - at))
                known[place] += part * rising**2 / (at * (1 - at))
        covariance = np.linalg.inv(precision + np.diag(known))
        theta = theta + np.clip(covariance @ slope, -0.5, 0.5)
    return theta, covariance


def test_messages_in_the_tree_find_what_the_whole_matrix_finds() -> None:
    given = random_answers(120)

    found, (theta, covariance) = skill_abilities(SKILLS, given), dense(given)

    assert [found.skills[skill].mean for skill in SKILLS] == pytest.approx(theta, abs=1e-3)
    assert [found.skills[skill].variance for skill in SKILLS] == pytest.approx(np.diag(covariance), abs=1e-3)


def test_before_any_answer_there_is_the_prior() -> None:
    found = skill_abilities(SKILLS, [])

    assert {one.mean for one in found.skills.values()} == {0.0}
    assert found.general.variance == pytest.approx(GENERAL)
    assert found.domains["1"].variance == pytest.approx(1.0)
    assert found.skills["1.1.1"].variance == pytest.approx(GENERAL + DOMAIN + TASK + SKILL)


def test_domains_are_as_the_exam_s_result_has_them_where_skills_and_tasks_differ_little(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mlacoach.learning.skills.TASK", 1e-9)
    monkeypatch.setattr("mlacoach.learning.skills.SKILL", 1e-9)
    rng = np.random.default_rng(5)
    skills = [str(rng.choice(SKILLS)) for _ in range(40)]
    right = rng.random(40) < 0.7
    bank = expert_bank([3] * 40, ["multiple-choice"] * 40, [int(skill[0]) - 1 for skill in skills])

    ours = skill_abilities(
        SKILLS, [Given(CURVE, (skill,), bool(one)) for skill, one in zip(skills, right, strict=True)]
    )
    theirs = domain_abilities(bank, np.arange(40), right, 3)

    assert [ours.domains[name].mean for name in "123"] == pytest.approx(theirs.theta, abs=1e-3)
    assert [ours.domains[name].se for name in "123"] == pytest.approx(theirs.se, abs=1e-3)


def test_a_wrong_answer_lowers_its_skill_most_its_task_less_and_another_domain_least() -> None:
    found = skill_abilities(SKILLS, [Given(CURVE, ("1.1.1",), right=False)])

    means = [found.skills[name].mean for name in ("1.1.1", "1.1.2", "1.2.1", "2.1.1")]
    assert means == sorted(means)
    assert means[-1] < 0


def test_an_answer_of_long_ago_tells_less() -> None:
    new, old = (skill_abilities(SKILLS, [Given(CURVE, ("1.1.1",), right=True, days=days)]) for days in (0.0, 300.0))

    assert 0 < old.skills["1.1.1"].mean < new.skills["1.1.1"].mean
    assert old.skills["1.1.1"].se > new.skills["1.1.1"].se


def test_an_answer_for_two_skills_counts_for_each_by_half_and_other_exams_not() -> None:
    both = skill_abilities(SKILLS, [Given(CURVE, ("1.1.1", "3.1.1", "9.9.9"), right=True)])
    one = skill_abilities(SKILLS, [Given(CURVE, ("1.1.1",), right=True)])

    assert 0 < both.skills["1.1.1"].mean < one.skills["1.1.1"].mean
    assert both.skills["1.1.1"].mean == pytest.approx(both.skills["3.1.1"].mean, abs=1e-6)
