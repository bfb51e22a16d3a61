"""A need is covered by what exists. A promise covers nothing."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from mlacoach.cli.program import command_names
from mlacoach.coach.coverage import coverage
from mlacoach.content import Library
from mlacoach.curriculum.exams import SkillRef
from mlacoach.curriculum.labs import LabFacts
from mlacoach.curriculum.projects import Project
from mlacoach.curriculum.questions import Choice, Part, Question
from mlacoach.curriculum.reading import NEEDS, Flashcard, Lesson, Requirement
from mlacoach.curriculum.tracks import Item, Phase, Track

DAY = date(2026, 11, 21)
SKILL = SkillRef("MLA-C02", "1.1.1")
COMMANDS = ("study", "exam", "report", "roadmap", "project", "portfolio", "milestones")
NOTHING: frozenset[SkillRef] = frozenset()
QUESTION = Question(
    id="hats",
    kind="multiple-choice",
    stem="Which?",
    body=Choice((Part("a", "This"), Part("b", "That")), frozenset("a")),
    skills=frozenset({SKILL}),
    topics=frozenset(),
    difficulty=1,
    cognitive="apply",
    references=(),
    verified=DAY,
)
CARD = Flashcard("card", "Deck", "What?", "That.", NOTHING, frozenset({"hats"}), (), DAY)
LESSON = Lesson("reading", "Hats", (), NOTHING, frozenset(), 5, (), DAY, (), "Text.")
LAB = LabFacts("hats-lab", Path(), "Hats", "It is short.", NOTHING, frozenset(), 5, ("Amazon S3",), 0, 0, DAY, ())
PROJECT = Project(
    id="hats-shop",
    folder=Path(),
    kind="mini",
    title="A shop for hats",
    summary="It is short.",
    hours=1,
    skills=NOTHING,
    topics=frozenset({"hats"}),
    milestones=(),
    lessons=(),
    labs=(),
    figures={},
    rubric=(),
    cost="Nothing.",
    usd=0,
    teardown=(),
    resume=(),
    deliverables=(),
    references=(),
    verified=DAY,
)
ITEM = Item(
    id="all",
    key="plan/all",
    title="Everything",
    kind="topic",
    hours=1,
    skills=frozenset({SKILL}),
    topics=frozenset({"hats"}),
    lessons=("reading",),
    labs=("hats-lab",),
    commands=("exam", "report"),
    covers=("X-1",),
)


def with_item(item: Item, phase_covers: tuple[str, ...] = (), track_covers: tuple[str, ...] = ()) -> Library:
    """One requirement with every need, and one item that says it answers it."""
    phase = Phase("one", "One", (1, 1), (1, 1), (item,), phase_covers)
    return Library(
        requirements={"X-1": Requirement("X-1", "topic", NEEDS, "Everything about hats")},
        questions={QUESTION.id: QUESTION},
        flashcards={CARD.id: CARD},
        lessons={LESSON.id: LESSON},
        labs={LAB.id: LAB},
        tracks={"plan": Track("plan", "Plan", "Short.", 1, (1, 1), (phase,), track_covers)},
    )


@pytest.fixture
def small() -> Library:
    return with_item(ITEM)


def open_needs(library: Library, commands: tuple[str, ...] = COMMANDS) -> set[str]:
    measured = coverage(library, commands)
    return {need for row in measured.open for need in row.needs}


def test_a_row_is_covered_when_something_answers_each_of_its_needs(small: Library) -> None:
    measured = coverage(small, COMMANDS)

    assert (measured.rows, measured.covered, measured.open) == (1, 1, ())
    assert measured.by_need == dict.fromkeys(NEEDS, (1, 1))


@pytest.mark.parametrize(
    ("shelf", "need"),
    [("questions", "question"), ("flashcards", "flashcard"), ("lessons", "lesson"), ("labs", "lab")],
)
def test_a_need_opens_when_what_answers_it_is_removed(shelf: str, need: str, small: Library) -> None:
    getattr(small, shelf).clear()

    measured = coverage(small, COMMANDS)

    assert open_needs(small) == {need}
    assert (measured.covered, measured.by_need[need]) == (0, (1, 0))


@pytest.mark.parametrize(
    ("commands", "needs"),
    [
        (("study", "report"), {"exam"}),
        (("study", "exam"), {"report"}),
        (("study", "roadmap"), {"exam", "report", "feature"}),
        ((), {"exam", "report", "feature"}),
    ],
)
def test_a_need_opens_when_its_command_is_gone(commands: tuple[str, ...], needs: set[str], small: Library) -> None:
    assert open_needs(small, commands) == needs


def test_without_the_track_everything_is_open(small: Library) -> None:
    small.tracks.clear()

    assert open_needs(small) == set(NEEDS)


@pytest.mark.parametrize(
    ("item", "needs"),
    [
        (replace(ITEM, covers=()), set(NEEDS)),
        (replace(ITEM, skills=frozenset()), {"question"}),
        (replace(ITEM, skills=frozenset({SkillRef("MLA-C01", "1.1.1")})), {"question"}),
        (replace(ITEM, topics=frozenset()), {"flashcard"}),
        (replace(ITEM, topics=frozenset({"shoes"})), {"flashcard"}),
        (replace(ITEM, lessons=("unwritten",)), {"lesson"}),
        (replace(ITEM, labs=("unwritten",)), {"lab"}),
        (replace(ITEM, commands=("dance",)), {"exam", "report", "feature"}),
        (replace(ITEM, commands=("study",)), {"exam", "report"}),
    ],
)
def test_an_item_answers_only_what_it_links_to(item: Item, needs: set[str]) -> None:
    assert open_needs(with_item(item)) == needs


def test_a_lesson_on_a_topic_of_the_item_answers_it(small: Library) -> None:
    small.lessons["reading"] = replace(LESSON, id="another", topics=frozenset({"hats"}))
    small.tracks = with_item(replace(ITEM, lessons=())).tracks

    assert open_needs(small) == set()


BUILT = replace(ITEM, labs=(), projects=("hats-shop",))


def with_project(item: Item, kind: str) -> Library:
    """The same, with a project, and a requirement of this kind."""
    library = with_item(item)
    library.requirements["X-1"] = Requirement("X-1", kind, NEEDS, "Build a shop for hats")
    library.projects[PROJECT.id] = PROJECT
    return library


@pytest.mark.parametrize("kind", ["project", "mini_project", "portfolio", "subtask", "deliverable", "checkpoint"])
def test_a_project_answers_the_need_lab_of_what_is_to_be_built(kind: str) -> None:
    assert open_needs(with_project(BUILT, kind)) == set()
    assert open_needs(with_project(replace(BUILT, projects=()), kind)) == {"lab"}
    assert open_needs(with_project(replace(BUILT, projects=("unwritten",)), kind)) == {"lab"}


@pytest.mark.parametrize("kind", ["topic", "skill"])
def test_a_topic_or_skill_wants_a_lab_that_shows_it(kind: str) -> None:
    assert open_needs(with_project(BUILT, kind)) == {"lab"}
    assert open_needs(with_project(replace(BUILT, labs=("hats-lab",)), kind)) == set()


def test_a_topic_that_is_building_is_answered_by_an_item_that_builds() -> None:
    assert open_needs(with_project(replace(BUILT, kind="project"), "topic")) == set()


@pytest.mark.parametrize("command", ["report", "portfolio", "milestones"])
def test_what_shows_somebody_what_they_did_answers_the_need_report(command: str) -> None:
    assert open_needs(with_item(replace(ITEM, commands=("exam", command)))) == set()
    assert open_needs(with_item(replace(ITEM, commands=("exam", command))), ("exam",)) == {"report"}


def test_a_project_that_nobody_is_led_to_answers_no_feature_and_no_report() -> None:
    assert open_needs(with_project(replace(BUILT, commands=()), "project")) == {"exam", "report", "feature"}


@pytest.mark.parametrize("where", ["phase", "track"])
def test_a_phase_or_track_answers_its_place_in_the_roadmap_only(where: str) -> None:
    library = with_item(replace(ITEM, covers=()), **{f"{where}_covers": ("X-1",)})

    assert open_needs(library) == set(NEEDS) - {"curriculum", "feature"}
    assert open_needs(library, ()) == set(NEEDS) - {"curriculum"}


def test_a_library_without_requirements_has_nothing_open() -> None:
    measured = coverage(Library(), COMMANDS)

    assert (measured.rows, measured.covered, measured.open) == (0, 0, ())


def test_every_requirement_of_the_real_curriculum_stands_in_it(library: Library) -> None:
    measured = coverage(library, command_names())
    rows, covered = measured.by_need["curriculum"]

    assert covered == rows
    assert measured.rows == 777
    assert measured.covered == measured.rows - len(measured.open)


def test_the_real_rows_open_when_the_questions_go(library: Library) -> None:
    before = coverage(library, command_names())

    after = coverage(replace(library, questions={}), command_names())

    assert before.by_need["question"][1] > 0
    assert after.by_need["question"] == (before.by_need["question"][0], 0)
    assert after.covered < before.covered


def test_the_command_says_as_json_what_is_covered_and_what_is_open(library: Library) -> None:
    words = [sys.executable, "-m", "mlacoach", "content", "coverage", "--json"]

    document = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)

    assert document.pop("schema") == "mlacoach.content-coverage"
    assert document.pop("schema_version") == 1
    measured = coverage(library, command_names())
    assert document == {
        "rows": 777,
        "covered": measured.covered,
        "by_need": {need: {"rows": rows, "covered": done} for need, (rows, done) in measured.by_need.items()},
        "open": [
            {"id": row.requirement.id, "needs": list(row.needs), "text": row.requirement.text} for row in measured.open
        ],
    }
