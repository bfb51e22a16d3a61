"""What a sitting came to: raw shares, the time, second thoughts, and which questions were which."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from statistics import median

from mlacoach.coach import Coach
from mlacoach.coach.exam.foundations import can_load
from mlacoach.coach.exam.plans import Plan
from mlacoach.coach.exam.session import ExamSession
from mlacoach.coach.exam.sittings import hand_in_expired, load, seconds_by_question
from mlacoach.curriculum.exams import Exam
from mlacoach.curriculum.questions import Answer, Question
from mlacoach.learning.forms import domain_in, domain_of, quotas
from mlacoach.learning.mastery import Share
from mlacoach.store.sittings import SittingEvent, SittingRow


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of a sitting: what was answered, in how many seconds, how sure, and whether it counted.

    `first` says that the learner had not met the question before; only such answers measure ability.
    """

    question: Question
    answer: Answer
    right: bool
    scored: bool
    seconds: float
    confidence: str | None
    flagged: bool
    note: str
    first: bool


@dataclass(frozen=True, slots=True)
class SecondThoughts:
    """Answers that were changed: what the first and the last of a question were."""

    right_to_wrong: int
    wrong_to_right: int
    wrong_to_wrong: int


@dataclass(frozen=True, slots=True)
class Pace:
    """How the time was used, in seconds: from start to end, per question (median), and what the exam allows for each.

    `over` questions took longer than twice what is allowed.
    """

    seconds: float
    median: float
    allowed: float
    over: int


@dataclass(frozen=True, slots=True)
class Result:
    """What a sitting came to. Shares count the scored questions only."""

    row: SittingRow
    plan: Plan
    exam: Exam
    asked: tuple[Asked, ...]
    thoughts: SecondThoughts
    pace: Pace

    @property
    def scored(self) -> list[Asked]:
        """The questions that count."""
        return [one for one in self.asked if one.scored]

    @property
    def total(self) -> Share:
        """Right answers among the scored questions."""
        return _share(self.scored)

    @property
    def by_domain(self) -> Mapping[str, Share]:
        """Right answers by domain, among the scored questions; nothing of the foundations, which have none."""
        domains = {domain.id: Share(0, 0) for domain in self.exam.domains}
        for one in self.scored:
            home = domain_in(self.exam, one.question)
            if home is not None:
                domains[home] += Share(int(one.right), 1)
        return domains

    @property
    def evidence(self) -> list[tuple[str, bool]]:
        """What measures ability: each question met for the first time, and whether it was right.

        A form is marked as the exam is, where no answer is a wrong one. An adaptive sitting that was left has one
        question without an answer, which says nothing.
        """
        told = [one for one in self.asked if one.answer] if self.plan.adaptive else self.asked
        return [(one.question.id, one.right) for one in told if one.first]

    @property
    def unanswered(self) -> int:
        """Questions without an answer; each counts as wrong."""
        return sum(not one.answer for one in self.asked)

    @property
    def lucky(self) -> int:
        """Right answers that the learner called a guess."""
        return sum(one.right and one.confidence == "guess" for one in self.asked)


def _share(asked: Iterable[Asked]) -> Share:
    rights = [one.right for one in asked]
    return Share(sum(rights), len(rights))


def result_of(coach: Coach, row: SittingRow) -> Result:
    """The result of a sitting that was handed in."""
    session = load(coach, row)
    events = coach.store.sittings.events(row.id)
    end = row.ended_at or coach.now()
    took = seconds_by_question(events, end)
    unscored = unscored_of(session)
    first_seen = coach.store.answers.first_seen()
    fresh = {question.id for question in session.questions if first_seen.get(question.id, end) >= row.at}
    asked = tuple(_asked(session, question, took, unscored, fresh) for question in session.questions)
    return Result(
        row=row,
        plan=session.plan,
        exam=session.exam,
        asked=asked,
        thoughts=_second_thoughts(session.questions, events),
        pace=_pace(asked, took, session.plan),
    )


def results(coach: Coach) -> list[Result]:
    """Every sitting that was handed in, oldest first."""
    hand_in_expired(coach)
    rows = [row for row in coach.store.sittings.all() if row.ended in {"submit", "expire"}]
    return [result_of(coach, row) for row in rows if can_load(coach, row.exam)]


def unscored_of(session: ExamSession) -> frozenset[str]:
    """The questions that do not count, as in the exam; nobody is told which until it is over.

    Each domain gives its share of them, so that what counts weighs the domains as the guide does.
    """
    plan = session.plan
    if plan.scored == plan.questions:
        return frozenset()
    by_domain: dict[str, list[str]] = {}
    for question in session.questions:
        by_domain.setdefault(domain_of(question, session.exam.id), []).append(question.id)
    share = (plan.questions - plan.scored) / plan.questions
    wanted = quotas({domain: len(names) for domain, names in by_domain.items()}, round(share * len(session.questions)))
    rng = Random(f"{session.row.seed}:unscored")
    return frozenset(name for domain, names in by_domain.items() for name in rng.sample(names, wanted[domain]))


def _asked(
    session: ExamSession, question: Question, took: Mapping[str, float], unscored: Container[str], fresh: Container[str]
) -> Asked:
    name = question.id
    answer = session.answers.get(name, ())
    return Asked(
        question=question,
        answer=answer,
        right=question.mark(answer),
        scored=name not in unscored,
        seconds=took.get(name, 0.0),
        confidence=session.confidences.get(name),
        flagged=name in session.flags,
        note=session.notes.get(name, ""),
        first=name in fresh,
    )


def _second_thoughts(questions: Sequence[Question], events: Iterable[SittingEvent]) -> SecondThoughts:
    given: dict[str, list[Answer]] = {}
    for event in events:
        if event.kind == "answer" and event.question:
            given.setdefault(event.question, []).append(event.value)
    changes = []
    for question in questions:
        answers = given.get(question.id, [])
        if answers and answers[0] != answers[-1]:
            changes.append((question.mark(answers[0]), question.mark(answers[-1])))
    return SecondThoughts(
        right_to_wrong=changes.count((True, False)),
        wrong_to_right=changes.count((False, True)),
        wrong_to_wrong=changes.count((False, False)),
    )


def _pace(asked: Sequence[Asked], took: Mapping[str, float], plan: Plan) -> Pace:
    times = [one.seconds for one in asked if one.seconds > 0]
    allowed = 60.0 * plan.minutes_each
    return Pace(
        seconds=sum(took.values()),
        median=median(times) if times else 0.0,
        allowed=allowed,
        over=sum(seconds > 2 * allowed for seconds in times),
    )
