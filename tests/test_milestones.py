"""Milestones: reached once, told once, listed for ever."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from typer.testing import CliRunner

from mlacoach.cli import milestones as command
from mlacoach.coach import Coach
from mlacoach.coach.exam import Wish, begin, hand_in, make
from mlacoach.coach.milestones import SOURCES, celebrate, celebrated
from mlacoach.coach.project.progress import mark
from mlacoach.coach.roadmap import mark as tick
from mlacoach.coach.setup import profile
from mlacoach.curriculum.questions import Choice
from mlacoach.store.answers import Answered
from mlacoach.store.lab_runs import LabRunRow
from mlacoach.store.rows import new_id
from tests.conftest import Clock
from tests.program import Program


def names(coach: Coach, *sources: str) -> list[str]:
    return [one.name for one in celebrate(coach, *sources)]


def test_who_has_just_begun_has_reached_nothing(coach: Coach) -> None:
    assert names(coach) == []
    assert celebrated(coach) == []


def test_a_milestone_is_told_once(coach: Coach, clock: Clock) -> None:
    gate = next(item for item in profile(coach).track.items if item.gate)
    tick(coach, gate, "gate-passed")
    first = names(coach, "roadmap")
    tick(coach, gate, "undone")
    clock.now += timedelta(days=1)
    tick(coach, gate, "gate-passed")

    assert first == [f"gate:{gate.key}"]
    assert names(coach, "roadmap") == []
    assert [one.name for one in celebrated(coach)] == first


def test_a_gate_that_was_skipped_is_no_milestone(coach: Coach) -> None:
    gate = next(item for item in profile(coach).track.items if item.gate)
    tick(coach, gate, "gate-skipped")

    assert names(coach, "roadmap") == []


def test_a_phase_ends_with_its_last_item_pointers_left_aside(coach: Coach) -> None:
    track = profile(coach).track
    phase = track.phases[0]
    items = [item for item in phase.items if item.kind != "resource"]
    for item in items[:-1]:
        tick(coach, item, "done")
    assert names(coach, "roadmap") == []
    tick(coach, items[-1], "done")

    assert names(coach, "roadmap") == [f"phase:{track.id}/{phase.id}"]


def study(coach: Coach, question: str) -> None:
    answered = Answered(
        question=question, response=("a",), correct=True, seconds=20.0, confidence="sure", source="study"
    )
    coach.store.answers.add(answered, coach.now())


def test_days_in_a_row_are_told_at_three_and_at_a_week(coach: Coach, clock: Clock) -> None:
    told = []
    for question in list(coach.library.catalogue)[:8]:
        study(coach, question)
        told.append(names(coach, "streak"))
        clock.now += timedelta(days=1)

    assert told == [[], [], ["streak:3"], [], [], [], ["streak:7"], []]


def run_lab(coach: Coach, lab: str) -> None:
    now = coach.now()
    run = new_id(now)
    coach.store.lab_runs.begin(LabRunRow(run, now, lab, "0.1", "sandbox", "1", "us-east-1", None))
    coach.store.lab_runs.add(run, "completed", {"steps": "1"}, now)


def test_the_first_lab_and_all_labs_of_a_domain_are_told(coach: Coach) -> None:
    exam = profile(coach).exam
    labs = [lab for lab in coach.library.labs.values() if any(str(ref.exam) == exam.id for ref in lab.skills)]
    of_domain = [lab.id for lab in labs if any(ref.exam == exam.id and ref.domain == "4" for ref in lab.skills)]
    run_lab(coach, of_domain[0])
    assert names(coach, "labs") == ["first-lab"]
    for lab in of_domain[1:]:
        run_lab(coach, lab)

    assert f"labs:{exam.id}/4" in names(coach, "labs")


def test_a_finished_project_is_told_and_three_to_show_as_well(coach: Coach) -> None:
    told = []
    for project in ("drift-watch", "house-prices", "customers-who-leave", "inference-api-capstone"):
        for milestone in coach.library.projects[project].milestones:
            mark(coach, project, milestone.id, "")
        told.append(names(coach, "projects"))

    assert told == [
        ["project:drift-watch"],
        ["project:house-prices"],
        ["project:customers-who-leave"],
        ["project:inference-api-capstone", "three-to-show"],
    ]


def sit(coach: Coach, wish: Wish, *, right: bool) -> None:
    session = begin(coach, make(coach, wish), seed=1)
    for number, question in enumerate(session.questions):
        session.show(number)
        if right and isinstance(question.body, Choice):
            session.answer(tuple(question.body.key))
    hand_in(session)


def test_the_first_full_timed_form_is_told_and_the_first_that_predicts_a_pass(coach: Coach) -> None:
    exam = profile(coach).exam.id
    sit(coach, Wish(exam, mini=True), right=True)
    sit(coach, Wish(exam), right=True)
    assert names(coach, "exams") == [], "neither a short one nor one without a clock"

    sit(coach, Wish(exam, timed=True), right=False)
    assert names(coach, "exams") == [f"full-exam:{exam}"]
    coach.store.celebrations.add("other", "Other.", coach.now())

    sit(coach, replace(Wish(exam, timed=True), form="beta"), right=True)
    assert names(coach, "exams") == [f"predicted-pass:{exam}"]
    assert names(coach, "exams") == []


def test_every_source_can_be_asked_alone(coach: Coach) -> None:
    assert set(SOURCES) == {"roadmap", "streak", "exams", "labs", "projects"}
    for source in SOURCES:
        assert names(coach, source) == []


def test_the_command_lists_what_was_reached_and_marks_the_new(home: Path) -> None:
    Program(home)
    empty = CliRunner().invoke(command.app, [])
    as_data = CliRunner().invoke(command.app, ["--json"])

    assert empty.stdout.startswith("None yet.")
    assert json.loads(as_data.stdout)["milestones"] == []
