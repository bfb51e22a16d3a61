"""What lab.yaml says of steps is about steps that exist; every step has a text."""

import re
from pathlib import Path

import pytest

from mlacoach.content.lab_code import load_lab_code, load_wrong
from mlacoach.content.lab_text import step_texts, story
from mlacoach.curriculum.labs import LabFacts
from tests.shipped import shipped

ROOT = Path(__file__).resolve().parent.parent
IMAGE = re.compile(r"\d{12}\.dkr\.ecr[^\"'\s]+")
LABS = shipped().library.labs


@pytest.mark.parametrize("lab", LABS.values(), ids=lambda lab: lab.id)
def test_what_is_said_of_steps_is_about_steps_of_the_lab(lab: LabFacts) -> None:
    steps = {step.name for step in load_lab_code(lab.folder).steps}

    for said in (lab.hints, lab.questions, lab.weights, lab.wrong):
        assert set(said) <= steps


@pytest.mark.parametrize("lab", LABS.values(), ids=lambda lab: lab.id)
def test_every_wrong_solution_is_named_once_and_exists(lab: LabFacts) -> None:
    named = [wrong.do for wrongs in lab.wrong.values() for wrong in wrongs]

    assert sorted(named) == sorted(load_wrong(lab.folder))


@pytest.mark.parametrize("lab", LABS.values(), ids=lambda lab: lab.id)
def test_every_step_has_a_text(lab: LabFacts) -> None:
    texts = step_texts(lab.folder)

    assert len(texts) == len(load_lab_code(lab.folder).steps)
    assert all(texts)
    assert story(lab.folder)


@pytest.mark.parametrize("lab", LABS.values(), ids=lambda lab: lab.id)
def test_whoever_works_by_hand_is_told_the_images(lab: LabFacts) -> None:
    used = set(IMAGE.findall((lab.folder / "steps.py").read_text(encoding="utf-8")))

    assert [
        image for image in sorted(used) if image not in (lab.folder / "README.md").read_text(encoding="utf-8")
    ] == []
