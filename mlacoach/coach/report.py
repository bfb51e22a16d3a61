"""Where the learner stands: weak areas by task, exams, roadmap, labs.

Only first answers count: a question met before is remembered as much as it is understood.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from mlacoach.coach import Coach
from mlacoach.coach.exam.results import Result, results
from mlacoach.coach.roadmap import Progress, progress
from mlacoach.coach.setup import Profile, profile, today
from mlacoach.curriculum.exams import Domain, Exam, Task
from mlacoach.learning.forms import task_of
from mlacoach.learning.mastery import Share


@dataclass(frozen=True, slots=True)
class TaskShare:
    """First answers to the questions of a task statement."""

    domain: Domain
    task: Task
    share: Share

    @property
    def at_stake(self) -> float:
        """The share of the exam's points, in per cent, that wrong answers to this task are expected to cost.

        The blueprint weighs domains only, so a domain's weight is divided evenly over its tasks.
        """
        return self.domain.weight / len(self.domain.tasks) * (1 - self.share.expected)


@dataclass(frozen=True, slots=True)
class Day:
    """What was answered on a day of the learner's."""

    day: date
    given: int
    right: int


@dataclass(frozen=True, slots=True)
class Report:
    """Everything the report says."""

    learner: Profile
    exam: Exam
    at: datetime
    tasks: tuple[TaskShare, ...]
    exams: tuple[Result, ...]
    roadmap: Progress
    due: int
    days: tuple[Day, ...]

    @property
    def total(self) -> Share:
        """First answers to all questions of the exam."""
        return sum((row.share for row in self.tasks), Share(0, 0))

    @property
    def weak(self) -> list[TaskShare]:
        """The tasks by what they are expected to cost, the most expensive first."""
        return sorted(self.tasks, key=lambda row: (-row.at_stake, row.task.id))


def task_shares(coach: Coach, exam: Exam) -> list[TaskShare]:
    """First answers by task statement of the exam, in the guide's order."""
    shares = {task.id: Share(0, 0) for task in exam.tasks}
    questions = coach.library.questions
    for answer in coach.store.answers.log():
        question = questions.get(answer.question)
        if answer.first and question is not None and question.serves(exam.id):
            shares[task_of(question, exam.id)] += Share(int(answer.correct), 1)
    return [TaskShare(domain, task, shares[task.id]) for domain in exam.domains for task in domain.tasks]


def weak_tasks(coach: Coach, exam: Exam) -> tuple[str, ...]:
    """The tasks of an exam, those first whose wrong answers are expected to cost most."""
    rows = sorted(task_shares(coach, exam), key=lambda row: (-row.at_stake, row.task.id))
    return tuple(row.task.id for row in rows)


def report(coach: Coach, exam: str | None = None) -> Report:
    """Draw up the report, for the learner's exam or another one.

    Raises:
        UnknownId: there is no such exam.
    """
    learner = profile(coach)
    chosen = coach.library.exam(exam) if exam else learner.exam
    return Report(
        learner=learner,
        exam=chosen,
        at=coach.now(),
        tasks=tuple(task_shares(coach, chosen)),
        exams=tuple(result for result in results(coach) if result.row.exam == chosen.id),
        roadmap=progress(coach, learner.track),
        due=len(coach.store.answers.due(coach.now())),
        days=tuple(_days(coach, 7)),
    )


def _days(coach: Coach, count: int) -> Sequence[Day]:
    """The last days, oldest first, each from midnight to midnight in the learner's time zone."""
    days = []
    for back in range(count - 1, -1, -1):
        day = today(coach) - timedelta(days=back)
        start = datetime(day.year, day.month, day.day).astimezone()
        after = day + timedelta(days=1)
        end = datetime(after.year, after.month, after.day).astimezone()
        given, right = coach.store.answers.between(start, end)
        days.append(Day(day, given, right))
    return days
