"""A portfolio of what was really done: nothing invented, nothing of the learner's overwritten."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mlacoach.cli import portfolio as command
from mlacoach.coach import Coach
from mlacoach.coach.portfolio import MARKER, gather, write
from mlacoach.coach.project.progress import keep_figures, log_start, mark
from mlacoach.errors import UsageFault
from mlacoach.screen.portfolio import pages
from mlacoach.store.lab_runs import LabRunRow
from tests.conftest import Clock
from tests.program import Program

PROJECT = "house-prices"
LAB = "builtin-xgboost"


def practise(coach: Coach, lab: str = LAB, *, completed: bool = True) -> None:
    """A run as the store keeps it."""
    runs, now, run = coach.store.lab_runs, coach.now(), f"run-{len(coach.store.lab_runs.all())}"
    runs.begin(LabRunRow(run, now, lab, "0.1", "sandbox", "123456789012", "us-east-1", None))
    made = [("s3", "bucket"), ("sagemaker", "training-job"), ("sagemaker", "training-job"), ("sagemaker", "model")]
    for number, (service, kind) in enumerate(made):
        data = {"service": service, "operation": "Create", "kind": kind, "name": f"mla-{number}"}
        runs.add(run, "intent", data, now)
    for name, value in (("validation:rmse", "0.46"), ("rows <kept>", "18000")):
        runs.add(run, "metric", {"step": "train", "name": name, "value": value}, now)
    if completed:
        runs.add(run, "completed", {"steps": "4"}, now)
        runs.add(run, "score", {"score": "92"}, now)


def finish(coach: Coach, project: str = PROJECT, note: str = "") -> None:
    for milestone in coach.library.projects[project].milestones:
        mark(coach, project, milestone.id, note)


def built(coach: Coach) -> dict[str, str]:
    return pages(gather(coach), coach.library.templates)


def test_who_has_done_nothing_shows_nothing(coach: Coach) -> None:
    made = built(coach)

    assert set(made) == {"README.md", "slides.md", "resume.md"}
    assert "No project was begun yet." in made["README.md"]
    assert "No lab was done yet." in made["README.md"]
    assert "Finish a project" in made["resume.md"]
    assert not any(one.title in page for one in coach.library.projects.values() for page in made.values())


def test_a_finished_project_has_a_page_with_what_was_measured(coach: Coach) -> None:
    finish(coach, note="see the log")
    keep_figures(coach, PROJECT, {"error": "0.46 (100,000 USD)", "baseline": "0.93"})
    made = built(coach)
    page = made[f"projects/{PROJECT}/README.md"]

    assert "Finished on 2026-11-21." in page
    assert page.count("- [x] ") == len(coach.library.projects[PROJECT].milestones)
    assert "see the log" in page
    assert "| 0.93 |" in page
    assert "$" not in page.replace("$5", "")
    assert f"projects/{PROJECT}/REVIEW.md" in made
    assert "0.46" in made[f"projects/{PROJECT}/MODEL_CARD.md"]


def test_a_figure_that_was_not_measured_is_marked_and_never_made_up(coach: Coach) -> None:
    finish(coach)
    keep_figures(coach, PROJECT, {"error": "0.46"})
    lines = built(coach)["resume.md"]

    assert "an error of 0.46 (baseline **[baseline: not measured yet]**)" in lines


def test_what_is_under_way_is_marked_as_such(coach: Coach, tmp_path: Path) -> None:
    log_start(coach, "customers-who-leave", tmp_path)
    mark(coach, PROJECT, "data", "")
    made = built(coach)

    assert "Under way: 1 of 6 milestones." in made[f"projects/{PROJECT}/README.md"]
    assert "(open)" in made[f"projects/{PROJECT}/README.md"]
    assert "not for a résumé yet" in made["resume.md"]
    assert "Under way: 0 of 6 milestones." in made["README.md"]


def test_finished_projects_come_first(coach: Coach) -> None:
    mark(coach, "customers-who-leave", "data", "")
    finish(coach)

    assert [one.project.id for one in gather(coach).projects] == [PROJECT, "customers-who-leave"]


def test_labs_show_what_their_runs_measured_and_made(coach: Coach) -> None:
    practise(coach)
    finish(coach)
    made = built(coach)

    assert "| validation:rmse | 0.46 |" in made["labs/README.md"]
    assert "walked through its scripted steps, 92 per cent" in made["labs/README.md"]
    page = made[f"projects/{PROJECT}/README.md"]
    assert "```mermaid" in page
    # Each kind once, in the order made.
    assert page.count('["training-job"]') == 1
    assert "s3_bucket --> sagemaker_training_job" in page


def test_a_run_that_was_not_finished_is_not_shown(coach: Coach) -> None:
    practise(coach, completed=False)

    assert gather(coach).labs == {}
    assert "labs/README.md" not in built(coach)


def test_a_plot_is_sound_svg_whatever_the_metric_is_called(coach: Coach, tmp_path: Path) -> None:
    practise(coach)
    write(tmp_path, built(coach))
    drawn = ET.parse(tmp_path / "labs" / f"{LAB}.svg").getroot()  # noqa: S314 - our own file

    texts = [one.text for one in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert {"validation:rmse", "rows <kept>", "0.46", "18000"} <= set(texts)


def test_a_lab_that_left_the_content_is_still_shown(coach: Coach) -> None:
    practise(coach, "an-older-lab")

    assert "an-older-lab" in built(coach)["labs/README.md"]


def test_slides_have_one_page_for_each_project(coach: Coach) -> None:
    finish(coach)
    finish(coach, "inference-api-capstone")

    slides = built(coach)["slides.md"].split("\n---\n")
    assert len(slides) == 4


def test_a_page_of_the_learners_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine\n")
    first = write(tmp_path, {"README.md": "ours", "slides.md": "ours"})
    taken = tmp_path / "slides.md"
    assert taken.read_text() == f"{MARKER}\nours\n"
    again = write(tmp_path, {"README.md": "new", "slides.md": "new"})
    taken.write_text("taken over\n")
    last = write(tmp_path, {"README.md": "newer", "slides.md": "newer"})

    assert (tmp_path / "README.md").read_text() == "mine\n"
    assert taken.read_text() == "taken over\n"
    assert (first.written, again.written, last.written) == (("slides.md",), ("slides.md",), ())
    assert last.kept == ("README.md", "slides.md")


def test_a_folder_or_bytes_in_the_place_of_a_page_stay(tmp_path: Path) -> None:
    (tmp_path / "README.md").mkdir()
    (tmp_path / "slides.md").write_bytes(b"\xff\xfe\x00")

    assert write(tmp_path, {"README.md": "ours", "slides.md": "ours"}).kept == ("README.md", "slides.md")
    assert (tmp_path / "slides.md").read_bytes() == b"\xff\xfe\x00"


def test_what_has_not_changed_is_not_written_again(tmp_path: Path) -> None:
    write(tmp_path, {"README.md": "ours"})
    before = (tmp_path / "README.md").stat().st_mtime_ns

    assert write(tmp_path, {"README.md": "ours"}).same == ("README.md",)
    assert (tmp_path / "README.md").stat().st_mtime_ns == before


def test_a_file_is_no_folder_to_build_in(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")

    with pytest.raises(UsageFault):
        write(tmp_path / "taken", {"README.md": "ours"})


def test_text_of_the_learner_is_text(coach: Coach, clock: Clock) -> None:
    finish(coach, note="$title costs $5 | {baseline} <b>")
    keep_figures(coach, PROJECT, {"error": "{gain} | 3"})
    made = built(coach)

    assert "$title costs $5 | {baseline} <b>" in made[f"projects/{PROJECT}/README.md"]
    assert "{gain} \\| 3" in made[f"projects/{PROJECT}/README.md"]
    assert "an error of {gain} | 3" in made["resume.md"]
    assert f"{clock.now:%Y-%m-%d}" in made["README.md"]


def test_the_command_says_what_it_wrote(home: Path, tmp_path: Path) -> None:
    Program(home)
    first = CliRunner().invoke(command.app, ["build", str(tmp_path / "out"), "--json"])
    again = CliRunner().invoke(command.app, ["build", str(tmp_path / "out")])

    assert json.loads(first.stdout)["written"] == ["README.md", "resume.md", "slides.md"]
    assert "pages written: 0, unchanged: 3" in again.stdout
    assert "Nothing was done yet" in again.stdout
