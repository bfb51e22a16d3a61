"""The bank as a whole: does the shape of a question tell its key, and is each skill asked enough (Q08, Q09, Q29)."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from mlacoach.content.bank.options import ABSOLUTE
from mlacoach.content.bank.remark import mean, subjects
from mlacoach.content.library import Library
from mlacoach.curriculum.exams import Exam
from mlacoach.curriculum.questions import Choice, Question
from mlacoach.learning.forms import domain_of

# How many questions each skill of an exam is to have.
WANTED = {"MLA-C01": 3, "MLA-C02": 4}
FOUNDATIONS = "foundations"


@dataclass(frozen=True, slots=True)
class Shape:
    """What the form of multiple-choice questions says of their keys, as shares from 0 to 1.

    `longest` is the share whose key is the single longest option, `ratio` the mean of key length / mean option length,
    `positions` the share of the keys at each place in the files.
    """

    questions: int
    longest: float
    ratio: float
    positions: Mapping[str, float]


def giveaways(questions: Iterable[Question]) -> dict[str, float]:
    """How often somebody who reads the options alone finds the key by a rule of thumb, as shares from 0 to 1.

    Chance is 1/4. The rules are those that test-wise people use (Millman, Bishop & Ebel 1965): take the longest option,
    the one that shares most words with the others, the one in the middle by length, the most specific one (most names
    in code formatting), the one without an absolute word.
    """
    bodies = [one.body for one in questions if isinstance(one.body, Choice) and len(one.body.key) == 1]
    return {name: mean(_chance_of_key(body, rule) for body in bodies) for name, rule in RULES_OF_THUMB.items()}


def _chance_of_key(body: Choice, rule: Callable[[Choice], Mapping[str, float]]) -> float:
    """The probability of the key if one of the options that a rule likes best is taken at random."""
    liked = rule(body)
    best = [one for one, score in liked.items() if score == max(liked.values())]
    return sum(one in body.key for one in best) / len(best)


def _by_length(body: Choice) -> dict[str, float]:
    return {part.id: len(part.text) for part in body.options}


def _by_middle_length(body: Choice) -> dict[str, float]:
    middle = mean(len(part.text) for part in body.options)
    return {part.id: -abs(len(part.text) - middle) for part in body.options}


def _by_shared_words(body: Choice) -> dict[str, float]:
    about = {part.id: subjects(part.text) for part in body.options}
    return {one: sum(len(about[one] & about[other]) for other in about if other != one) for one in about}


def _by_code(body: Choice) -> dict[str, float]:
    return {part.id: part.text.count("`") for part in body.options}


def _by_mildness(body: Choice) -> dict[str, float]:
    return {part.id: -len(ABSOLUTE.findall(part.text)) for part in body.options}


RULES_OF_THUMB: Mapping[str, Callable[[Choice], Mapping[str, float]]] = {
    "longest": _by_length,
    "middle length": _by_middle_length,
    "most shared words": _by_shared_words,
    "most code": _by_code,
    "no absolutes": _by_mildness,
}


@dataclass(frozen=True, slots=True)
class ExamShare:
    """The questions that serve an exam: by domain and task, beside the weights; the skills that lack questions."""

    exam: str
    questions: int
    domains: Mapping[str, int]
    weights: Mapping[str, int]
    tasks: Mapping[str, int]
    skills: Mapping[str, int]
    lacking: Mapping[str, int]


def shape(questions: Iterable[Question]) -> Shape:
    """The shape of those of the questions that have one key."""
    bodies = [one.body for one in questions if isinstance(one.body, Choice) and len(one.body.key) == 1]
    keys = [next(iter(body.key)) for body in bodies]
    lengths = [{part.id: len(part.text) for part in body.options} for body in bodies]
    longest = [_is_longest(own, key) for own, key in zip(lengths, keys, strict=True)]
    ratios = [own[key] / mean(own.values()) for own, key in zip(lengths, keys, strict=True)]
    places = Counter(
        "abcd"[[part.id for part in body.options].index(key)] for body, key in zip(bodies, keys, strict=True)
    )
    positions = {letter: places[letter] / max(len(bodies), 1) for letter in "abcd"}
    return Shape(len(bodies), mean(longest), mean(ratios), positions)


def _is_longest(lengths: Mapping[str, int], key: str) -> bool:
    return all(length < lengths[key] for one, length in lengths.items() if one != key)


def share(exam: Exam, questions: Sequence[Question]) -> ExamShare:
    """How the questions spread over the exam."""
    serving = [one for one in questions if one.serves(exam.id)]
    domains = Counter(domain_of(one, exam.id) for one in serving)
    tasks = Counter(task for one in questions for task in one.tasks(exam.id))
    counted = Counter(ref.skill for one in questions for ref in one.skills if ref.exam == exam.id)
    wanted = WANTED.get(exam.id, 3)
    return ExamShare(
        exam=exam.id,
        questions=domains.total(),
        domains={domain.id: domains[domain.id] for domain in exam.domains},
        weights={domain.id: domain.weight for domain in exam.domains},
        tasks={task.id: tasks[task.id] for task in exam.tasks},
        skills={skill: counted[skill] for skill in exam.skills},
        lacking={skill: wanted - counted[skill] for skill in exam.skills if counted[skill] < wanted},
    )


def ages(questions: Iterable[Question], today: date) -> Counter[str]:
    """How long ago the facts were checked."""
    marks = ((30, "up to 30 days"), (90, "31 to 90 days"), (365, "91 to 365 days"))
    return Counter(
        next((name for days, name in marks if (today - one.verified).days <= days), "over a year") for one in questions
    )


def for_exam(library: Library) -> list[Question]:
    """The questions that count for an exam."""
    return [one for one in library.questions.values() if one.skills]
