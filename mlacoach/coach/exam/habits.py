"""What one does in an exam apart from knowing: what a sitting shows of it, and what to practise."""

from collections.abc import Callable
from dataclasses import dataclass

from mlacoach.coach.exam.results import Asked, Result

# The lesson on passes, reading, elimination and guessing.
LESSON = "exam-pacing-reading-and-elimination"
# Fewer questions than this show no habit.
FEWEST = 15
# Beyond this share of questions that took twice their time, the last ones suffer.
MANY_SLOW = 0.1
# Who takes less than this of the time allowed, and is wrong this often, reads too fast.
HURRIED, OFTEN_WRONG = 0.4, 0.3
# As many questions with several keys say something, if this much fewer of them are right.
FEWEST_OF_KIND, MUCH_FEWER = 5, 0.25


@dataclass(frozen=True, slots=True)
class Habit:
    """A habit that cost points. `drill` is the command that trains another one."""

    name: str
    sentence: str
    drill: str


def habits(result: Result) -> list[Habit]:
    """What the sitting shows, the dearest first; nothing of one that was adaptive, too short or of no exam.

    A habit's drill is a form of the exam, which those who sit the foundations may not prepare for.
    """
    if result.plan.adaptive or result.plan.of_no_exam or len(result.asked) < FEWEST:
        return []
    return [habit for look in LOOKS if (habit := look(result))]


def _unanswered(result: Result) -> Habit | None:
    if not result.unanswered:
        return None
    count = "1 question has" if result.unanswered == 1 else f"{result.unanswered} questions have"
    sentence = f"{count} no answer. A guess costs nothing: in the first pass, choose something for every question."
    return Habit("unanswered", sentence, "mlacoach exam --mini")


def _slow(result: Result) -> Habit | None:
    pace = result.pace
    if pace.over <= MANY_SLOW * len(result.asked):
        return None
    sentence = f"{pace.over} questions took more than twice their time. Flag such a one after two minutes, and go on."
    return Habit("slow", sentence, "mlacoach exam --mini")


def _second_thoughts(result: Result) -> Habit | None:
    thoughts = result.thoughts
    if thoughts.right_to_wrong < 2 or thoughts.right_to_wrong <= thoughts.wrong_to_right:  # noqa: PLR2004 - one is chance
        return None
    sentence = (
        f"You changed {thoughts.right_to_wrong} right answers to wrong ones, and {thoughts.wrong_to_right} the other "
        "way. Change an answer for a word that you overread or a fact that came back, not out of unease."
    )
    return Habit("second-thoughts", sentence, "mlacoach exam --practice --mini")


def _hurried(result: Result) -> Habit | None:
    wrong = [one for one in result.asked if one.answer and not one.right]
    if result.pace.median >= HURRIED * result.pace.allowed or len(wrong) < OFTEN_WRONG * len(result.asked):
        return None
    sentence = (
        f"Half of your answers took less than {result.pace.median:.0f} s, and {len(wrong)} are wrong: there was time "
        "to find the constraint in the scenario before looking at the options."
    )
    return Habit("hurried", sentence, "mlacoach exam --missed --practice")


def _choose_several(result: Result) -> Habit | None:
    one, several = (_kind(result, kind) for kind in ("multiple-choice", "multiple-response"))
    if min(len(one), len(several)) < FEWEST_OF_KIND or _right(one) - _right(several) < MUCH_FEWER:
        return None
    sentence = (
        f"Of questions with several right answers you had {_right(several):.0%}, of others {_right(one):.0%}. Judge "
        "each option alone, as true or false, before you count."
    )
    return Habit("choose-several", sentence, "mlacoach exam --missed --practice")


def _kind(result: Result, kind: str) -> list[Asked]:
    return [one for one in result.asked if one.question.kind == kind]


def _right(asked: list[Asked]) -> float:
    return sum(one.right for one in asked) / len(asked)


LOOKS: tuple[Callable[[Result], Habit | None], ...] = (
    _unanswered,
    _slow,
    _second_thoughts,
    _hurried,
    _choose_several,
)
