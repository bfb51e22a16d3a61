"""The projects that ship: what they name exists, what they ask for can be done, what they hand out works."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from mlacoach.coach.project.starting import brief_of
from mlacoach.content import Library
from mlacoach.content.bank.aws_names import unknown_names
from mlacoach.content.bank.aws_vocabulary import Vocabulary, vocabulary
from mlacoach.content.bank.truth import PRIMARY
from mlacoach.content.portfolio_pages import PLACEHOLDERS
from mlacoach.curriculum.projects import Project
from mlacoach.curriculum.services import GONE, named_in
from tests.test_lessons import INLINE

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "curriculum" / "projects"
SOLUTIONS = ROOT / "tests" / "project_solutions"
IDS = sorted(path.name for path in FOLDER.iterdir())
SECTIONS = ["## The situation", "## Do this", "## Watch out"]
COMMAND = re.compile(r"mlacoach [a-z]|docker |kubectl |pip |python |eksctl |curl ")
# File names and the like; instance types look like them.
OWN_NAMES = re.compile(r"(?!ml\.)[a-z0-9_.*/{}=-]+|[A-Z_]+\.md|.*\.(?:py|md|json|yaml|yml|txt|csv|joblib)|--.*")


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    return vocabulary(tmp_path_factory.mktemp("names"))


def texts(project: Project) -> list[str]:
    milestones = [f"{one.title} {one.proof}" for one in project.milestones]
    rubric = [f"{row.excellent} {row.enough} {row.too_little}" for row in project.rubric]
    parts = [project.summary, project.cost, *milestones, *rubric, *project.teardown, *project.resume]
    return [*parts, *project.figures.values(), brief_of(project)]


@pytest.mark.parametrize("project_id", IDS)
def test_what_a_project_names_exists_and_is_not_gone(project_id: str, library: Library, known: Vocabulary) -> None:
    project = library.projects[project_id]
    terms = frozenset(word for group in library.terms.values() for word in group.words)
    named = [term for text in texts(project) for term in INLINE.findall(text)]
    names = [term for term in named if not COMMAND.match(term) and not OWN_NAMES.fullmatch(term)]

    assert [name for term in names for name in unknown_names(term, known, terms)] == []
    assert all(ref.url.split("/")[2] in PRIMARY for ref in project.references)
    gone = [note for note in library.services.values() if note.status in GONE]
    assert not named_in(" ".join(texts(project)), gone), "what is gone stands under `lifecycle` only"
    closing = [note for note in library.services.values() if note.status == "closed-to-new-customers"]
    assert not named_in(" ".join(texts(project)), closing) or project.lifecycle


@pytest.mark.parametrize("project_id", IDS)
def test_a_brief_tells_the_situation_the_way_and_the_traps(project_id: str, library: Library) -> None:
    brief = brief_of(library.projects[project_id])

    assert re.findall(r"^## .*$", brief, re.MULTILINE) == SECTIONS
    assert 120 <= len(brief.split()) <= 500
    assert max(len(line) for line in brief.splitlines()) <= 130


def test_every_project_has_a_way_to_it_from_a_track(library: Library) -> None:
    linked = {name for track in library.tracks.values() for item in track.items for name in item.projects}

    assert linked == set(IDS)


def test_every_figure_of_a_resume_line_is_measured_somewhere(library: Library) -> None:
    assert Counter(one.kind for one in library.projects.values()) == {
        "mini": 8,
        "hands-on": 21,
        "portfolio": 8,
        "capstone": 3,
    }
    # Who shows a project to others has a line with figures for it.
    shown = [one for one in library.projects.values() if one.kind == "portfolio"]
    assert all(one.resume and one.figures for one in shown)


def test_whoever_must_pay_reads_how_much_at_most(library: Library) -> None:
    for project in library.projects.values():
        assert project.usd <= 15
        assert project.usd == 0 or project.teardown


def test_the_pages_of_a_portfolio_have_their_templates(library: Library) -> None:
    assert set(library.templates) == set(PLACEHOLDERS)


@pytest.fixture(scope="module")
def handed_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The starters for which there is a solution, side by side."""
    folder = tmp_path_factory.mktemp("starters")
    for solution in SOLUTIONS.iterdir():
        shutil.copytree(FOLDER / solution.name / "starter", folder / solution.name)
    return folder


def run_tests(folder: Path) -> "Counter[str]":
    """How the tests of all starters come out, by project and verdict."""
    words = ["-m", "pytest", "-q", "-rA", "--no-header", "--tb=no", "--import-mode=importlib", "-p", "no:cacheprovider"]
    # Not the settings of the repository: the learner has none.
    settings = folder / "pytest.ini"
    settings.write_text("[pytest]\n")
    run = subprocess.run(
        [sys.executable, *words, "-c", str(settings), str(folder)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "400"},
    )
    found = re.findall(r"^(PASSED|FAILED|ERROR) ([a-z-]+)/tests/", run.stdout, re.MULTILINE)
    assert found, run.stdout + run.stderr
    return Counter(f"{project} {verdict}" for verdict, project in found)


def test_the_tests_of_a_starter_fail_at_first_and_pass_with_a_solution(handed_out: Path) -> None:
    projects = {solution.name for solution in SOLUTIONS.iterdir()}

    before = run_tests(handed_out)
    assert {key.split()[0] for key in before} == projects
    assert all(before[f"{project} FAILED"] >= 6 for project in projects), before
    for solution in SOLUTIONS.iterdir():
        shutil.copytree(solution, handed_out / solution.name, dirs_exist_ok=True)

    after = run_tests(handed_out)
    assert {key.split()[1] for key in after} == {"PASSED"}, after


def test_who_is_sent_to_the_tests_finds_tests(library: Library) -> None:
    for project in library.projects.values():
        if any("--tests" in one.proof for one in project.milestones):
            assert list(project.starter.glob("tests/test_*.py")), project.id
            assert project.id in {solution.name for solution in SOLUTIONS.iterdir()} | {"inference-api-capstone"}
