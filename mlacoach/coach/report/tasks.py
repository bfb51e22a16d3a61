"""First answers by task statement.

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


def task_shares(coach: Coach, exam: Exam) -> list[TaskShare]:
    """First answers by task statement of the exam, in the guide's order."""
    shares = {task.id: Share(0, 0) for task in exam.tasks}
    questions = coach.library.catalogue
    for answer in coach.store.answers.firsts():
        question = questions.get(answer.question)
        if question is not None and question.serves(exam.id):
            shares[task_of(question, exam.id)] += Share(int(answer.correct), 1)
    return [TaskShare(domain, task, shares[task.id]) for domain in exam.domains for task in domain.tasks]
