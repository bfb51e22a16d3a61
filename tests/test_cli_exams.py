"""`mlacoach exams`: both exams, what changed, and which one to sit."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from mlacoach.content import Library
from tests.program import Program

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def program(home: Path) -> Program:
    return Program(home, now=NOW)


def test_json_holds_both_exams_whole(program: Program, library: Library) -> None:
    document = program.run("exams", "--json").json
    exams = {exam["id"]: exam for exam in document["exams"]}

    assert (document["schema"], document["schema_version"]) == ("mlacoach.exams", 1)
    assert list(exams) == ["MLA-C01", "MLA-C02"]
    for name, exam in exams.items():
        known = library.exam(name)
        skills = [skill["id"] for domain in exam["domains"] for task in domain["tasks"] for skill in task["skills"]]
        assert skills == list(known.skills)
        assert {domain["id"]: domain["weight"] for domain in exam["domains"]} == known.weights
        assert [fact["id"] for fact in exam["facts"]] == [fact.id for fact in known.facts]
        assert all(fact["source"] for fact in exam["facts"])
    assert exams["MLA-C02"]["new"] == [one.id for one in library.exam("MLA-C02").skills.values() if one.new]
    assert exams["MLA-C01"]["removed"] == [one.id for one in library.exam("MLA-C01").skills.values() if one.removed]
    assert exams["MLA-C02"]["new"]
    assert exams["MLA-C01"]["removed"]
    assert exams["MLA-C01"]["new"] == exams["MLA-C02"]["removed"] == []


def test_the_text_names_every_skill_that_came_or_went(program: Program, library: Library) -> None:
    run = program.run("exams")
    fresh = [one for one in library.exam("MLA-C02").skills.values() if one.new]
    gone = [one for one in library.exam("MLA-C01").skills.values() if one.removed]

    assert f"New ({len(fresh)}):" in run.out
    assert f"Dropped ({len(gone)};" in run.out
    for skill in [*fresh, *gone]:
        assert f"    {skill.id} {skill.text}\n" in run.out


@pytest.mark.parametrize(
    ("language", "on", "exam"),
    [
        ("English", "2026-09-28", "MLA-C01"),
        ("English", "2026-10-15", "MLA-C02"),
        ("English", "2027-02-15", "MLA-C02"),
        ("Japanese", "2026-11-21", "MLA-C01"),
        ("Korean", "2027-01-13", "MLA-C01"),
        ("Japanese", "2027-02-15", "MLA-C02"),
    ],
)
def test_the_advice_follows_language_and_day(
    program: Program, library: Library, language: str, on: str, exam: str
) -> None:
    words = ("exams", "--language", language, "--on", on)
    advice = program.run(*words, "--json").json["advice"]
    run = program.run(*words)

    assert (advice["exam"], advice["open"]) == (exam, True)
    assert f"Sit {exam}. {advice['reason']}" in run.out
    assert language in advice["sitting"]["languages"]
    sitting = next(
        one
        for one in library.exam(exam).sittings
        if one.form == advice["sitting"]["form"] and language in one.languages and one.open_on(date.fromisoformat(on))
    )
    assert advice["sitting"]["source"] == sitting.source


def test_without_a_day_it_is_today(program: Program) -> None:
    assert program.run("exams", "--json").json["advice"]["exam"] == "MLA-C02"
    program.set_clock(datetime(2026, 9, 1, tzinfo=UTC))
    assert program.run("exams", "--json").json["advice"]["exam"] == "MLA-C01"


def test_doubtful_facts_are_shown_as_such(program: Program, library: Library) -> None:
    run = program.run("exams", "--all")

    for exam in library.exams.values():
        for fact in exam.facts:
            assert f"<{fact.source}>" in run.out
            if fact.certainty != "high":
                assert f"(certainty: {fact.certainty})" in run.out


def test_it_needs_no_data_of_the_learner(home: Path) -> None:
    program = Program(home, fresh=True)
    program.run("exams")

    assert not program.database.exists()
