"""The report on a cohort: every question by rule Q30, and how well the group masters each part of the exam."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite

from mlacoach.coach.cohort import queries
from mlacoach.coach.cohort.queries import Ask
from mlacoach.content import Library
from mlacoach.curriculum.exams import Exam
from mlacoach.curriculum.questions import Choice
from mlacoach.errors import MlacoachError
from mlacoach.learning.forms import task_of
from mlacoach.learning.item_analysis import GroupShare, ItemAnalysis
from mlacoach.learning.mastery import Share


@dataclass(frozen=True, slots=True)
class CohortReport:
    """What a cohort's answers say.

    `mastery` goes by the ids of the exam's domains and tasks, in the guide's order; those without an answer are left
    out. `items` are in the bank's order; `unknown` counts the answers to questions that the bank does not have.
    """

    exam: Exam
    learners: int
    answers: int
    items: tuple[ItemAnalysis, ...]
    mastery: Mapping[str, GroupShare]
    unknown: Mapping[str, int]

    @property
    def flagged(self) -> list[ItemAnalysis]:
        """The questions to be revised, those with most flags first."""
        return sorted((item for item in self.items if item.flags), key=lambda item: (-len(item.flags), item.question))


def cohort_report(ask: Ask, answers: str, library: Library, exam: Exam) -> CohortReport:
    """Draw it up.

    Args:
        ask: asks the engine.
        answers: the table, in which no learner has two answers to a question.
        library: the content that was answered.
        exam: by whose parts mastery is told.

    Raises:
        MlacoachError: there is no answer.
    """
    [(given, learners, _questions)] = ask(queries.totals(answers))
    if not int(given):
        raise MlacoachError("There is no answer in it.")
    counted = {row[0]: (Share(int(row[2]), int(row[1])), _correlation(row[3])) for row in ask(queries.items(answers))}
    wrong = _wrong(ask, answers)
    bank = library.catalogue
    return CohortReport(
        exam=exam,
        learners=int(learners),
        answers=int(given),
        items=tuple(
            ItemAnalysis(name, *counted[name], _distractors(library, name, wrong[name]))
            for name in bank
            if name in counted
        ),
        mastery=_mastery(ask, answers, library, exam, counted),
        unknown={name: share.given for name, (share, _) in counted.items() if name not in bank},
    )


def _correlation(value: object) -> float | None:
    """A correlation as an engine tells it: NULL or NaN where one side is the same for all."""
    found = None if value is None else float(str(value))
    return found if found is not None and isfinite(found) else None


def _wrong(ask: Ask, answers: str) -> Mapping[str, Counter[str]]:
    wrong: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for question, response, count in ask(queries.wrong_responses(answers)):
        for part in set((response or "").split()):
            wrong[question][part] += int(count)
    return wrong


def _distractors(library: Library, name: str, chosen: Mapping[str, int]) -> Mapping[str, int]:
    """How often each wrong option was chosen; none where the answers do not say what was chosen."""
    body = library.questions[name].body
    if not isinstance(body, Choice) or not chosen:
        return {}
    return {option.id: chosen.get(option.id, 0) for option in body.options if option.id not in body.key}


def _mastery(ask: Ask, answers: str, library: Library, exam: Exam, answered: Iterable[str]) -> Mapping[str, GroupShare]:
    bank = library.catalogue
    # Only what was answered: Athena takes no query longer than 256 KB.
    known = [bank[name] for name in answered if name in bank]
    tasks = {one.id: task_of(one, exam.id) for one in known if one.serves(exam.id)}
    if not tasks:
        return {}
    found = {}
    for part, *numbers in ask(queries.parts(answers, tasks)):
        learners, given, right, nn, nr, rr = (int(number) for number in numbers)
        found[part] = GroupShare(learners, Share(right, given), nn, nr, rr)
    order = [part for domain in exam.domains for part in (domain.id, *(task.id for task in domain.tasks))]
    return {part: found[part] for part in order if part in found}
