"""Assemble an exam form: by domain as the blueprint weighs it, spread over the tasks, unseen questions first."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from mlacoach.curriculum.exams import Exam, SkillRef
from mlacoach.curriculum.questions import QuestionFacts


@dataclass(frozen=True, slots=True)
class Paper:
    """A form that was laid: the questions in order. `missing` says how many questions each domain was short of."""

    questions: tuple[QuestionFacts, ...]
    missing: Mapping[str, int]


def quotas(weights: Mapping[str, int], total: int) -> dict[str, int]:
    """How many of `total` questions each domain gets: largest remainders, so that none is off by one or more."""
    whole = sum(weights.values())
    exact = {domain: total * weight / whole for domain, weight in weights.items()}
    counts = {domain: int(share) for domain, share in exact.items()}
    by_remainder = sorted(exact, key=lambda domain: (counts[domain] - exact[domain], domain))
    for domain in by_remainder[: total - sum(counts.values())]:
        counts[domain] += 1
    return counts


def domain_of(question: QuestionFacts, exam: str) -> str:
    """The domain a question counts for: the one most of its skills of the exam stand under, the first on a tie."""
    return _domain(question.skills, exam)


def domain_in(exam: Exam, question: QuestionFacts) -> str | None:
    """The domain a question counts for: by its skills, or by the topics that the exam's domains name; None if none."""
    if question.serves(exam.id):
        return domain_of(question, exam.id)
    return next((domain.id for domain in exam.domains if domain.topic in question.topics), None)


def task_of(question: QuestionFacts, exam: str) -> str:
    """The task statement a question counts for, chosen as its domain is."""
    return _task(question.skills, exam)


# Many questions share their skills, and a paper asks for each question's domain and task several times.
@lru_cache(maxsize=4096)
def _domain(skills: frozenset[SkillRef], exam: str) -> str:
    domains = Counter(ref.domain for ref in skills if ref.exam == exam)
    return min(domains, key=lambda domain: (-domains[domain], domain))


@lru_cache(maxsize=4096)
def _task(skills: frozenset[SkillRef], exam: str) -> str:
    domain = _domain(skills, exam)
    tasks = Counter(ref.task for ref in skills if ref.exam == exam and ref.domain == domain)
    return min(tasks, key=lambda task: (-tasks[task], task))


def lay(
    exam: Exam,
    count: int,
    bank: Sequence[QuestionFacts],
    seen: Mapping[str, object],
    rng: Random,
    *,
    by_blueprint: bool = True,
) -> Paper:
    """Lay a paper.

    Args:
        exam: whose blueprint the paper follows.
        count: how many questions.
        bank: the questions to choose from, all of them of the exam.
        seen: ids of questions the learner has met; they come only when a domain has no others left.
        rng: chance; the same seed and bank lay the same paper.
        by_blueprint: by domain as the exam weighs them; else evenly over the tasks of the bank.

    Returns:
        The paper, in random order; what a domain is short of is said, never filled from another domain.
    """
    chosen: list[QuestionFacts] = []
    missing: dict[str, int] = {}
    if not by_blueprint:
        chosen = _spread(exam.id, bank, count, seen, rng)
        missing = {"all": count - len(chosen)} if len(chosen) < count else {}
        return Paper(tuple(_shuffled(chosen, rng)), missing)
    pools: defaultdict[str, list[QuestionFacts]] = defaultdict(list)
    for question in bank:
        pools[domain_of(question, exam.id)].append(question)
    for domain, quota in quotas(exam.weights, count).items():
        picked = _spread(exam.id, pools[domain], quota, seen, rng)
        chosen += picked
        if len(picked) < quota:
            missing[domain] = quota - len(picked)
    return Paper(tuple(_shuffled(chosen, rng)), missing)


def lay_by_weight(
    exam: Exam, count: int, bank: Sequence[QuestionFacts], seen: Mapping[str, object], rng: Random
) -> Paper:
    """Lay a paper by an exam's weights alone: in each domain by lot, unseen questions first.

    Args:
        exam: whose domains are weighed.
        count: how many questions.
        bank: the questions to choose from.
        seen: ids of questions the learner has met.
        rng: chance; the same seed and bank lay the same paper.

    Returns:
        The paper, in random order; what a domain is short of is said, never filled from another domain.
    """
    chosen: list[QuestionFacts] = []
    missing: dict[str, int] = {}
    for domain, quota in quotas(exam.weights, count).items():
        pool = [question for question in bank if domain_in(exam, question) == domain]
        fresh_first = sorted(rng.sample(pool, len(pool)), key=lambda question: question.id in seen)
        chosen += fresh_first[:quota]
        if len(pool) < quota:
            missing[domain] = quota - len(pool)
    return Paper(tuple(_shuffled(chosen, rng)), missing)


def lay_by_topic(count: int, bank: Sequence[QuestionFacts], seen: Mapping[str, object], rng: Random) -> Paper:
    """Lay a paper that follows no blueprint: unseen questions first, and of these the topics asked least so far.

    Args:
        count: how many questions.
        bank: the questions to choose from, each with a topic.
        seen: ids of questions the learner has met.
        rng: chance; the same seed and bank lay the same paper.
    """
    waiting, asked = rng.sample(bank, len(bank)), Counter[str]()
    chosen: list[QuestionFacts] = []
    while waiting and len(chosen) < count:
        one = min(waiting, key=lambda question: (question.id in seen, max(asked[topic] for topic in question.topics)))
        waiting.remove(one)
        chosen.append(one)
        asked.update(one.topics)
    missing = {"all": count - len(chosen)} if len(chosen) < count else {}
    return Paper(tuple(_shuffled(chosen, rng)), missing)


def _shuffled(questions: Sequence[QuestionFacts], rng: Random) -> list[QuestionFacts]:
    """In random order, but the questions of a case one after another."""
    groups: dict[str, list[QuestionFacts]] = {}
    for question in questions:
        groups.setdefault(f"case {question.case.id}" if question.case else question.id, []).append(question)
    order = rng.sample(sorted(groups), len(groups))
    return [question for name in order for question in groups[name]]


def _spread(
    exam: str, pool: Sequence[QuestionFacts], quota: int, seen: Mapping[str, object], rng: Random
) -> list[QuestionFacts]:
    """Take from the tasks in turn, each task's unseen questions before its seen ones."""
    fresh_first = sorted(rng.sample(pool, len(pool)), key=lambda question: question.id in seen)
    by_task: dict[str, list[QuestionFacts]] = {}
    for question in fresh_first:
        by_task.setdefault(task_of(question, exam), []).append(question)
    taken: list[QuestionFacts] = []
    while len(taken) < quota and any(by_task.values()):
        waiting = [task for task, questions in by_task.items() if questions]
        # Unseen questions of any task come before seen ones of the task whose turn it is.
        fresh = [task for task in waiting if by_task[task][0].id not in seen]
        counts = Counter(task_of(question, exam) for question in taken)
        task = min(fresh or waiting, key=lambda name: (counts[name], name))
        taken.append(by_task[task].pop(0))
    return taken
