"""The learner's work folder, and the notebook of a lab."""

import json
import shutil
from pathlib import Path

from mlacoach.content.lab_text import step_texts
from mlacoach.curriculum.labs import LabFacts
from mlacoach.errors import UsageFault
from mlacoach.labs import LabCode, Step
from mlacoach.store.whole_file import write_whole, writing

STEPS = "steps.py"
HEAD = '''\
"""{title}.

Write each step, then run it: mlacoach lab do {lab} STEP. Or do the steps with any other tool: mlacoach lab shell {lab}.
See what is still missing with: mlacoach lab check {lab}.

aws.name("raw") is {prefix}raw: begin every name so.
"""
'''
STEP = '''

def {name}(aws):
    """{sentence}"""
    raise NotImplementedError
'''
OPENING = """\
from mlacoach.cli.lab_account import account

aws = account("{lab}")"""


def make_empty(folder: Path) -> None:
    """Make a work folder, in which nothing of the learner's is overwritten.

    Raises:
        UsageFault: the folder is there and not empty.
        TryAgain: it cannot be made.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageFault(f"{folder} is there already.", "Name another folder with --folder.")
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)


def fill(folder: Path, lab: LabFacts, code: LabCode, prefix: str) -> None:
    """Lay out the task, the data, and steps.py with every step empty, in an empty folder; all of it, or nothing.

    Raises:
        TryAgain: the folder cannot be written.
    """
    head = HEAD.format(title=lab.title, lab=lab.id, prefix=prefix)
    steps = [STEP.format(name=step.name, sentence=step.sentence) for step in code.steps]
    with writing(folder):
        try:
            (folder / STEPS).write_text(head + "".join(steps), encoding="utf-8")
            shutil.copy(lab.folder / "README.md", folder)
            if (lab.folder / "data").is_dir():
                shutil.copytree(lab.folder / "data", folder / "data", dirs_exist_ok=True)
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
            raise


def take_up(folder: Path, before: str, prefix: str) -> None:
    """Leave a work folder as it is, but for what names begin with in the steps.py of an earlier run.

    Raises:
        TryAgain: it cannot be written.
    """
    path = folder / STEPS
    write_whole(path, path.read_text(encoding="utf-8").replace(before, prefix).encode())


def write_notebook(path: Path, lab: LabFacts, code: LabCode) -> None:
    """Write the lab as a notebook: each step's purpose, its code, its check.

    Raises:
        UsageFault: the file is there already.
    """
    if path.exists():
        raise UsageFault(f"{path} is there already.", "Name another file with --out.")
    cells = [
        _markdown(f"# {lab.title}\n\n{lab.summary}\n\nStart it first: `mlacoach lab start {lab.id}`."),
        _code(OPENING.format(lab=lab.id)),
        _code(_without_steps(lab.folder / "steps.py", code)),
    ]
    for number, (step, text) in enumerate(zip(code.steps, step_texts(lab.folder), strict=False), start=1):
        cells += [_markdown(f"## {number}. {step.sentence}\n\n{text}"), _code(_called(step))]
    cells.append(_code(f"!mlacoach lab check {lab.id}"))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    book = {
        "cells": [{**cell, "id": f"cell-{number}"} for number, cell in enumerate(cells)],
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    write_whole(path, (json.dumps(book, indent=1, ensure_ascii=False) + "\n").encode())


def _called(step: Step) -> str:
    return f"{step.code.rstrip()}\n\n\n{step.name}(aws)"


def _without_steps(path: Path, code: LabCode) -> str:
    """What the steps share: imports, constants, helpers; the file is looked for where it lies."""
    text = path.read_text(encoding="utf-8")
    for step in code.steps:
        text = text.replace(step.code, "")
    lines = text.replace("__file__", repr(str(path))).strip().splitlines()
    kept = [line for number, line in enumerate(lines) if line or (number and lines[number - 1])]
    return "\n".join(kept)


def _markdown(text: str) -> dict[str, object]:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def _code(text: str) -> dict[str, object]:
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": text}
