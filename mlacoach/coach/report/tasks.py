"""First answers by task statement, and which tasks cost most.

Only first answers count: a question met before is remembered as much as it is understood.
"""

from dataclasses import dataclass

from mlacoach.coach import Coach
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


def task_shares(coach: Coach, exam: Exam) -> list[TaskShare]:
    """First answers by task statement of the exam, in the guide's order."""
    shares = {task.id: Share(0, 0) for task in exam.tasks}
    questions = coach.library.catalogue
    for answer in coach.store.answers.firsts():
        question = questions.get(answer.question)
        if question is not None and question.serves(exam.id):
            shares[task_of(question, exam.id)] += Share(int(answer.correct), 1)
    return [TaskShare(domain, task, shares[task.id]) for domain in exam.domains for task in domain.tasks]


def weak_tasks(coach: Coach, exam: Exam) -> tuple[str, ...]:
    """The tasks of an exam, those first whose wrong answers are expected to cost most."""
    rows = sorted(task_shares(coach, exam), key=lambda row: (-row.at_stake, row.task.id))
    return tuple(row.task.id for row in rows)
