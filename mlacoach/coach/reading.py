"""Read a lesson: where one stopped, that it was read, and its self-check."""

from mlacoach.coach import Coach
from mlacoach.curriculum.questions import Question
from mlacoach.curriculum.reading import Lesson


def place_of(coach: Coach, lesson: Lesson) -> int:
    """The section at which the lesson was left, from 0."""
    kept = coach.store.profile.all().get(_key(lesson), "0")
    return int(kept) if kept.isdecimal() else 0


def keep_place(coach: Coach, lesson: Lesson, place: int) -> None:
    """Keep where one is, so that one can go on there another day."""
    coach.store.profile.put({_key(lesson): str(place) if place else None}, coach.now())


def finish(coach: Coach, lesson: Lesson, seconds: float) -> None:
    """The lesson was read to its end."""
    with coach.store.together():
        coach.store.profile.put({_key(lesson): None}, coach.now())
        coach.store.readings.add(lesson.id, "read", seconds, coach.now())


def self_check(coach: Coach, lesson: Lesson) -> list[Question]:
    """The questions that the lesson prepares for."""
    return [coach.library.questions[one] for one in lesson.questions if one in coach.library.questions]


def _key(lesson: Lesson) -> str:
    return f"place-in/{lesson.id}"
