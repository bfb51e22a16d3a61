"""Which exam to sit, by language and day; and how skills say where they stand."""

from datetime import date

import pytest

from mlacoach.content import Library
from mlacoach.curriculum.exams import Advice, Exam, Form, Sitting, SkillRef, advise, languages


@pytest.mark.parametrize(
    ("language", "day", "exam", "form"),
    [
        ("English", "2026-09-28", "MLA-C01", "standard"),
        ("English", "2026-09-29", "MLA-C02", "beta"),
        ("English", "2026-11-21", "MLA-C02", "beta"),
        ("English", "2027-01-13", "MLA-C02", "beta"),
        ("English", "2027-01-14", "MLA-C02", "standard"),
        ("English", "2027-02-01", "MLA-C02", "standard"),
        ("Japanese", "2026-12-01", "MLA-C01", "standard"),
        ("Korean", "2027-01-13", "MLA-C01", "standard"),
        ("Simplified Chinese", "2027-01-14", "MLA-C02", "standard"),
        ("Japanese", "2027-03-01", "MLA-C02", "standard"),
    ],
)
def test_the_exam_that_is_open_on_the_day_is_advised(
    language: str, day: str, exam: str, form: str, library: Library
) -> None:
    advice = advise(library.exams.values(), language, date.fromisoformat(day))

    assert advice is not None
    assert (advice.exam.id, advice.sitting.form, advice.open) == (exam, form, True)
    assert day in advice.reason
    assert language in advice.reason


def test_a_language_without_an_exam_gets_no_advice(library: Library) -> None:
    assert advise(library.exams.values(), "Klingon", date(2026, 11, 21)) is None


def test_before_every_exam_the_first_to_open_is_advised(library: Library) -> None:
    advice = advise(library.exams.values(), "English", date(2020, 1, 1))

    assert advice is not None
    assert (advice.exam.id, advice.open) == ("MLA-C01", False)
    assert advice.reason.endswith("MLA-C01 opens on 2024-10-08.")


def exam(name: str, *sittings: tuple[str, date | None, date | None]) -> Exam:
    return Exam(
        id=name,
        name=name,
        guide="",
        pass_mark=720,
        facts=(),
        forms={"standard": Form(65, 50, 130, ("multiple-choice",))},
        sittings=tuple(Sitting(form, ("English",), first, last, "high", "") for form, first, last in sittings),
        domains=(),
        services=(),
        services_note="",
    )


OLD = exam("OLD", ("standard", date(2025, 1, 1), date(2026, 1, 31)))
NEW = exam("NEW", ("beta", date(2026, 1, 15), date(2026, 2, 28)), ("standard", date(2026, 4, 1), None))


def advised(day: date, *exams: Exam) -> Advice:
    advice = advise(exams, "English", day)
    assert advice is not None
    return advice


def test_a_standard_form_comes_before_a_beta() -> None:
    advice = advised(date(2026, 1, 20), OLD, NEW)

    assert (advice.exam.id, advice.sitting.form) == ("OLD", "standard")
    assert advice.reason.endswith("until 2026-01-31.")


def test_between_two_forms_the_next_to_open_is_advised() -> None:
    advice = advised(date(2026, 3, 10), OLD, NEW)

    assert (advice.exam.id, advice.sitting.form, advice.open) == ("NEW", "standard", False)
    assert advice.reason == "No exam in English can be taken on 2026-03-10; NEW opens on 2026-04-01."


def test_after_the_last_day_there_is_no_advice() -> None:
    assert advise([OLD], "English", date(2026, 2, 1)) is None


def test_of_two_open_standard_forms_the_newer_exam_is_advised() -> None:
    old, new = exam("MLA-C02", ("standard", None, None)), exam("MLA-C03", ("standard", None, None))

    assert advised(date(2026, 1, 1), new, old).exam.id == "MLA-C03"


def test_a_sitting_is_open_from_its_first_to_its_last_day() -> None:
    (sitting,) = OLD.sittings

    assert not sitting.open_on(date(2024, 12, 31))
    assert sitting.open_on(date(2025, 1, 1))
    assert sitting.open_on(date(2026, 1, 31))
    assert not sitting.open_on(date(2026, 2, 1))


def test_languages_come_once_and_in_the_order_of_the_data(library: Library) -> None:
    assert languages(library.exams.values()) == ["English", "Japanese", "Korean", "Simplified Chinese"]


@pytest.mark.parametrize(
    ("skill", "task", "domain"), [("1.1.7", "1.1", "1"), ("2.3.10", "2.3", "2"), ("4.2.K11", "4.2", "4")]
)
def test_a_skill_says_its_task_and_its_domain(skill: str, task: str, domain: str) -> None:
    ref = SkillRef("MLA-C02", skill)

    assert (ref.task, ref.domain, str(ref)) == (task, domain, f"MLA-C02 {skill}")


def test_a_fact_is_found_by_its_id(library: Library) -> None:
    new = library.exam("MLA-C02")
    fact = new.fact("questions_total")

    assert fact is not None
    assert fact.value == new.forms["standard"].questions == 65
    assert new.fact("no_such_fact") is None
