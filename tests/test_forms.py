"""Papers honour the blueprint for every seed, and say exactly what is missing otherwise."""

from collections import Counter
from dataclasses import replace
from datetime import date
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from mlacoach.content import Library
from mlacoach.curriculum.exams import Exam, SkillRef
from mlacoach.curriculum.questions import Case, Choice, Part, Question
from mlacoach.learning.forms import domain_of, lay, quotas, task_of

C01 = {"1": 28, "2": 26, "3": 22, "4": 24}
C02 = {"1": 28, "2": 24, "3": 24, "4": 24}


def made_up(question_id: str, *skills: str, kind: str = "multiple-choice") -> Question:
    body = Choice((Part("a", "yes"), Part("b", "no")), frozenset("a"))
    refs = frozenset(SkillRef("MLA-C02", skill) for skill in skills)
    return Question(question_id, kind, "?", body, refs, frozenset(), 3, "apply", (), date(2026, 11, 21))


def bank_for(library: Library, exam: Exam) -> list[Question]:
    kinds = exam.forms["standard"].kinds
    return [one for one in library.questions.values() if one.serves(exam.id) and one.kind in kinds]


def test_65_questions_are_18_17_14_16_for_c01() -> None:
    assert quotas(C01, 65) == {"1": 18, "2": 17, "3": 14, "4": 16}


@given(st.integers(0, 500), st.sampled_from([C01, C02]))
def test_quotas_add_up_and_none_is_off_by_one(total: int, weights: dict[str, int]) -> None:
    shares = quotas(weights, total)

    assert sum(shares.values()) == total
    assert all(abs(shares[domain] - total * weight / 100) < 1 for domain, weight in weights.items())


@given(st.integers())
def test_every_seed_lays_a_whole_form_by_the_blueprint(library: Library, seed: int) -> None:
    exam = library.exams["MLA-C02"]

    paper = lay(exam, 65, bank_for(library, exam), {}, Random(seed))

    assert not paper.missing
    assert Counter(domain_of(question, exam.id) for question in paper.questions) == quotas(C02, 65)
    assert len({question.id for question in paper.questions}) == 65
    assert {question.kind for question in paper.questions} <= {"multiple-choice", "multiple-response"}


def test_the_same_seed_lays_the_same_paper(library: Library) -> None:
    exam = library.exams["MLA-C01"]
    bank = bank_for(library, exam)

    first = lay(exam, 65, bank, {}, Random(7))

    assert lay(exam, 65, bank, {}, Random(7)) == first
    assert lay(exam, 65, bank, {}, Random(8)) != first


def test_the_tasks_of_a_domain_come_evenly(library: Library) -> None:
    exam = library.exams["MLA-C02"]

    paper = lay(exam, 65, bank_for(library, exam), {}, Random(3))

    tasks = Counter(task_of(question, exam.id) for question in paper.questions)
    assert set(tasks) == {task.id for task in exam.tasks}
    assert max(tasks.values()) - min(tasks.values()) <= 3


def test_what_a_domain_is_short_of_is_said_and_not_filled_from_another(library: Library) -> None:
    exam = library.exams["MLA-C02"]
    bank = [made_up(f"one-{n}", "1.1.1") for n in range(50)] + [made_up("two", "2.1.1")]

    paper = lay(exam, 10, bank, {}, Random(1))

    assert paper.missing == {"2": 2, "3": 2, "4": 2}
    assert Counter(domain_of(question, exam.id) for question in paper.questions) == {"1": 3, "2": 1}


def test_seen_questions_come_only_when_a_domain_has_no_others(library: Library) -> None:
    exam = library.exams["MLA-C02"]
    skills = ("1.1.1", "1.2.1", "2.1.1", "3.1.1", "4.1.1")
    bank = [made_up(f"q-{skill.replace('.', '-')}-{n}", skill) for skill in skills for n in range(4)]
    seen = {question.id: True for question in bank if question.id.endswith("0") or "q-2" in question.id}

    paper = lay(exam, 12, bank, seen, Random(1))

    again = {question.id[:3] for question in paper.questions if question.id in seen}
    assert again == {"q-2"}


def test_a_question_counts_for_the_domain_of_most_of_its_skills() -> None:
    assert domain_of(made_up("q", "1.1.1", "4.3.2", "4.3.1"), "MLA-C02") == "4"
    assert task_of(made_up("q", "1.1.1", "4.3.2", "4.1.1", "4.3.1"), "MLA-C02") == "4.3"
    assert domain_of(made_up("q", "4.3.2", "1.1.1"), "MLA-C02") == "1"


def test_without_the_blueprint_a_paper_is_spread_over_the_tasks_of_its_bank(library: Library) -> None:
    exam = library.exams["MLA-C02"]
    bank = [question for question in bank_for(library, exam) if domain_of(question, exam.id) == "2"]

    paper = lay(exam, 9, bank, {}, Random(1), by_blueprint=False)

    assert Counter(task_of(question, exam.id) for question in paper.questions) == {"2.1": 3, "2.2": 3, "2.3": 3}
    assert lay(exam, 999, bank, {}, Random(1), by_blueprint=False).missing == {"all": 999 - len(bank)}


def test_the_questions_of_a_case_stand_together(library: Library) -> None:
    exam, case = library.exams["MLA-C02"], Case("c", "A shop", "It sells.")
    single = [made_up(f"single-{n}", "1.1.1") for n in range(10)]
    shared = [replace(made_up(f"shared-{n}", "1.1.1"), case=case) for n in range(4)]

    paper = lay(exam, 14, [*single, *shared], {}, Random(2), by_blueprint=False)

    places = [number for number, question in enumerate(paper.questions) if question.case]
    assert places == list(range(places[0], places[0] + 4))
