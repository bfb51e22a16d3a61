"""How minutes are divided, and what is worth most."""

from random import Random

import pytest

from mlacoach.learning.planning import Candidate, choose, split, telling, worth


@pytest.mark.parametrize("minutes", [1, 10, 30, 120])
@pytest.mark.parametrize("due", [0, 5, 500])
@pytest.mark.parametrize("lesson", [0, 17])
@pytest.mark.parametrize("days_left", [None, 0, 7, 8, 100])
def test_the_parts_make_up_the_session(minutes: float, due: float, lesson: float, days_left: int | None) -> None:
    parts = split(minutes, due, lesson, days_left)

    whole = (parts.reviews, parts.cards, parts.quiz, parts.lesson)
    assert sum(whole) == pytest.approx(minutes)
    assert min(whole) >= 0
    assert parts.reviews <= due


def test_reviews_get_at_most_three_fifths_and_more_in_the_last_week() -> None:
    assert split(30, 100, 0, None).reviews == pytest.approx(18)
    assert split(30, 100, 0, 7).reviews == pytest.approx(25.5)


def test_a_lesson_needs_room_and_nothing_new_begins_in_the_last_week() -> None:
    assert split(30, 0, 17, None).lesson == 17
    assert split(20, 0, 17, None).lesson == 0
    assert split(30, 0, 17, 5).lesson == 0
    assert split(30, 0, 17, 5).cards == 0


def test_what_is_known_is_worth_nothing_and_two_skills_share() -> None:
    weights = {"1.1.1": 2.0, "2.1.1": 1.0}

    assert worth(weights, ["1.1.1"], 1.0) == 0
    assert worth(weights, ["1.1.1"], 0.25) == pytest.approx(1.5)
    assert worth(weights, ["1.1.1", "2.1.1", "9.9.9"], 0.0) == pytest.approx(1.5)
    assert worth(weights, ["9.9.9"], 0.0) == 0


def test_an_answer_tells_most_where_it_is_open() -> None:
    weights = {"1.1.1": 2.0, "2.1.1": 1.0}

    assert telling(weights, ["1.1.1"], 0.0) == telling(weights, ["1.1.1"], 1.0) == 0
    assert telling(weights, ["1.1.1"], 0.5) == pytest.approx(0.5)
    assert telling(weights, ["1.1.1"], 0.2) == pytest.approx(telling(weights, ["1.1.1"], 0.8))
    assert telling(weights, ["2.1.1"], 0.5) == pytest.approx(0.25)


def test_the_best_come_first_and_no_skill_fills_a_session() -> None:
    candidates = [
        Candidate(f"{skill}-{number}", (skill,), value)
        for skill, value in (("a", 4.0), ("b", 3.0), ("c", 0.1))
        for number in range(10)
    ]

    chosen = choose(candidates, 8, Random(1))

    assert len(set(chosen)) == 8
    assert chosen[0].startswith("a")
    assert {name[0] for name in chosen[:4]} == {"a", "b"}
    assert "c" not in {name[0] for name in chosen}
    assert choose(candidates, 99, Random(1)) != sorted(chosen)
    assert choose([], 3, Random(1)) == []
