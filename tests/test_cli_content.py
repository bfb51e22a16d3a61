"""`mlacoach content`: faults with their places, counts, coverage."""

from collections import Counter
from pathlib import Path

import pytest

from mlacoach.content import Library
from tests.program import Program

HALF = "kind: multiple-choice\nstem: Half a question?\n"


@pytest.fixture
def program(home: Path) -> Program:
    return Program(home)


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A pack with one faulty file."""
    folder = tmp_path / "pack" / "question_bank" / "1-data"
    folder.mkdir(parents=True)
    (folder / "half.yaml").write_text(HALF)
    return tmp_path / "pack"


def test_a_fault_is_named_with_its_place(program: Program, pack: Path, tmp_path: Path) -> None:
    run = program.run("--pack", str(pack), "content", "check", code=1, cwd=tmp_path)

    assert "pack/question_bank/1-data/half.yaml:1: missing-key: " in run.out
    assert run.err.partition(" faults; ")[0] == str(len(run.out.splitlines()))


def test_check_and_its_json_agree(program: Program, pack: Path, tmp_path: Path) -> None:
    lines = program.run("--pack", str(pack), "content", "check", code=1, cwd=tmp_path).out.splitlines()
    document = program.run("--pack", str(pack), "content", "check", "--json", code=1, cwd=tmp_path).json

    told = [
        f"{Path(fault['path']).relative_to(tmp_path)}:{fault['line']}: {fault['rule']}: {fault['sentence']}"
        for fault in document["faults"]
    ]
    assert (document["schema"], document["schema_version"]) == ("mlacoach.content-check", 1)
    assert told == lines


def test_what_ships_has_no_fault(program: Program) -> None:
    run = program.run("content", "check", "--json")

    assert run.json["faults"] == []


def test_a_learner_goes_on_with_what_is_sound(program: Program, pack: Path) -> None:
    run = program.run("--pack", str(pack), "study")

    assert "faults in the content were left out; see `mlacoach content check`." in run.err
    assert "Question 1 of " in run.out


def test_stats_are_what_a_recount_gives(program: Program, library: Library) -> None:
    stats = program.run("content", "stats", "--json").json
    text = program.run("content", "stats").out

    assert stats["counts"]["questions"] == len(library.questions)
    assert stats["kinds"] == Counter(one.kind for one in library.questions.values())
    for exam in ("MLA-C01", "MLA-C02"):
        serving = sum(one.serves(exam) for one in library.questions.values())
        assert sum(stats["questions_by_task"][exam].values()) == serving
    assert f"{len(library.questions)} questions" in text


def test_coverage_adds_up(program: Program, library: Library) -> None:
    coverage = program.run("content", "coverage", "--json").json
    text = program.run("content", "coverage").out

    assert coverage["rows"] == len(library.requirements)
    assert coverage["covered"] == coverage["rows"] - len(coverage["open"])
    for need, counts in coverage["by_need"].items():
        still_open = sum(need in row["needs"] for row in coverage["open"])
        assert counts["rows"] == sum(need in row.needs for row in library.requirements.values())
        assert counts["covered"] == counts["rows"] - still_open
    assert f"{coverage['covered']} of {coverage['rows']} requirements are wholly covered." in text
    assert text.count("\nopen: ") == len(coverage["open"])
