"""Today's session: what is due, what is next on the roadmap, five questions about it and about what is weak."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mlacoach.coach import Coach
from mlacoach.coach.report import task_shares
from mlacoach.coach.roadmap import concerns, progress
from mlacoach.coach.setup import Profile, profile
from mlacoach.curriculum.questions import Question, QuestionFacts
from mlacoach.curriculum.tracks import Item
from mlacoach.learning.forms import task_of

QUESTIONS = 5
MOST_REVIEWS = 20
# A question answered within this time says more about yesterday's explanation than about the skill.
REST = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Session:
    """A plan for today, and why it is this one."""

    reviews: tuple[Question, ...]
    item: Item | None
    questions: tuple[Question, ...]
    reason: str


def plan(coach: Coach, count: int = QUESTIONS) -> Session:
    """Plan today's session."""
    learner = profile(coach)
    due = _due(coach)
    reviews = [coach.library.questions[point] for point in due[:MOST_REVIEWS]]
    upcoming = progress(coach, learner.track).next()
    item = upcoming[0] if upcoming else None
    weak = weakest_task(coach, learner)
    questions = _questions(coach, learner, item, weak, {question.id for question in reviews}, count)
    return Session(tuple(reviews), item, questions, _reason(len(due), item, weak))


def _due(coach: Coach) -> list[str]:
    return [point for point in coach.store.answers.due(coach.now()) if point in coach.library.questions]


def weakest_task(coach: Coach, learner: Profile) -> str | None:
    """The task whose wrong answers cost most in the exam; None before anything was answered."""
    shares = task_shares(coach, learner.exam)
    if not any(row.share.given for row in shares):
        return None
    return max(shares, key=lambda row: row.at_stake).task.id


def _questions(
    coach: Coach, learner: Profile, item: Item | None, weak: str | None, taken: set[str], count: int
) -> tuple[Question, ...]:
    """About half on the next item, then the weakest task, then anything of the exam; what is not rested comes last."""
    pool = [question for question in coach.library.catalogue.values() if question.id not in taken]
    rested, tired = _rested(coach, coach.rng.sample(pool, len(pool)))
    exam = learner.exam.id
    of_exam = [question for question in rested if question.serves(exam)]
    on_item = [question for question in rested if item and concerns(question, item)]
    on_weak = [question for question in of_exam if weak and task_of(question, exam) == weak]
    chosen: dict[str, QuestionFacts] = {}
    for source, share in ((on_item, (count + 1) // 2), (on_weak, count), (of_exam, count), (rested + tired, count)):
        fresh = [question for question in source if question.id not in chosen]
        chosen |= {question.id: question for question in fresh[: max(share - len(chosen), 0)]}
    return tuple(coach.library.questions[name] for name in chosen)


def _rested(coach: Coach, questions: Sequence[QuestionFacts]) -> tuple[list[QuestionFacts], list[QuestionFacts]]:
    """The questions not seen of late, and the others, those seen longest ago first."""
    seen = coach.store.answers.seen()
    recent: datetime = coach.now() - REST
    tired = [question for question in questions if question.id in seen and seen[question.id] >= recent]
    rested = [question for question in questions if question.id not in seen or seen[question.id] < recent]
    return rested, sorted(tired, key=lambda question: seen[question.id])


def _reason(due: int, item: Item | None, weak: str | None) -> str:
    parts = [f"{due} reviews are due" if due != 1 else "1 review is due"] if due else []
    if item:
        parts.append(f"next on your roadmap: {item.title}")
    parts.append(f"weakest so far is task {weak}" if weak else "questions across the exam, to see where you stand")
    sentence = "; ".join(parts) + "."
    return sentence[0].upper() + sentence[1:]
