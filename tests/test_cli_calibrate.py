"""`mlacoach bank calibrate`: many learners' answers in, difficulties out; nothing of a faulty file is kept."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlacoach.coach import Coach
from mlacoach.coach.exam.measure import estimates_of, meter, predict
from mlacoach.content import Library
from mlacoach.content.cohort import read_cohort
from mlacoach.errors import DataDamaged
from mlacoach.learning.irt import Array, probability
from mlacoach.learning.items import LEVEL_MEANS, LOG_SLOPE_SD, expert_bank
from mlacoach.store import calibration as kept
from tests.program import Finished, Program

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
EXAMS = ("MLA-C01", "MLA-C02")
LEARNERS, SHARE = 500, 0.8
# Of the bank; the answers to all of it are half a million lines.
EIGHTH = 8
HEADER = "learner,question,correct\n"


def program_in(home: Path) -> Program:
    # Threads that wait for a busy processor cost this small a cohort five times its work.
    return Program(home, now=NOW, env={"OPENBLAS_NUM_THREADS": "1"})


@pytest.fixture
def program(home: Path) -> Program:
    return program_in(home)


def bank(library: Library) -> list[str]:
    """The questions that serve an exam."""
    return sorted(name for name, one in library.questions.items() if any(one.serves(exam) for exam in EXAMS))


class Simulated:
    """A cohort whose truth is known: 500 learners of mean .4, each of whom met four of five of some questions."""

    def __init__(self, library: Library, names: list[str]) -> None:
        rng = np.random.default_rng(11)
        self.names = names
        questions = [library.questions[name] for name in self.names]
        expert = expert_bank(
            [one.difficulty for one in questions], [one.kind for one in questions], [0] * len(questions)
        )
        self.b: Array = rng.normal(expert.mu_b, 0.8)
        self.a: Array = np.exp(rng.normal(0, LOG_SLOPE_SD, len(questions)))
        theta = rng.normal(0.4, 1.0, LEARNERS)
        chance = probability(theta[:, None], self.a, self.b, expert.c)
        right, met = rng.random(chance.shape) < chance, rng.random(chance.shape) < SHARE
        # One question that only few have met, and one that the able get wrong, as with a wrong key.
        met[60:, 0] = False
        right[:, 1] = rng.random(LEARNERS) > 1 / (1 + np.exp(-2 * theta))
        self.rows = [
            f"learner-{learner},{self.names[item]},{int(right[learner, item])}"
            for learner in range(LEARNERS)
            for item in range(len(self.names))
            if met[learner, item]
        ]

    def write(self, path: Path, *more: str) -> Path:
        path.write_text(HEADER + "\n".join([*self.rows, *more]) + "\n")
        return path


@pytest.fixture(scope="module")
def cohort(library: Library) -> Simulated:
    return Simulated(library, bank(library)[::EIGHTH])


@pytest.fixture
def csv(cohort: Simulated, tmp_path: Path) -> Path:
    return cohort.write(tmp_path / "cohort.csv")


@dataclass(frozen=True)
class Calibrated:
    """A cohort that was calibrated from."""

    home: Path
    csv: Path
    run: Finished
    document: Any


@pytest.fixture(scope="module")
def calibrated(cohort: Simulated, tmp_path_factory: pytest.TempPathFactory) -> Calibrated:
    folder = tmp_path_factory.mktemp("calibrated")
    program, csv = program_in(folder / "home"), cohort.write(folder / "cohort.csv")
    run = program.run("bank", "calibrate", str(csv))
    return Calibrated(program.home, csv, run, program.run("bank", "calibrate", str(csv), "--json").json)


def test_the_estimates_are_nearer_to_the_truth_than_the_levels(cohort: Simulated, calibrated: Calibrated) -> None:
    document = calibrated.document
    found = {one["question"]: one for one in document["questions"]}

    assert (document["schema"], document["schema_version"]) == ("mlacoach.bank-calibrate", 1)
    assert document["cohort"]["learners"] == LEARNERS
    assert document["cohort"]["answers"] == len(cohort.rows)
    assert document["cohort"]["mean"] == pytest.approx(0.4, abs=0.2)
    items = [place for place in range(len(cohort.names)) if place != 1]
    new = np.array([found[cohort.names[place]]["b"] for place in items])
    old = np.array([found[cohort.names[place]]["expected_b"] for place in items])
    errors = np.array([found[cohort.names[place]]["se_b"] for place in items])
    truth = cohort.b[items]
    assert np.sqrt(np.mean((new - truth) ** 2)) < np.sqrt(np.mean((old - truth) ** 2)) / 2
    assert np.mean(np.abs(new - truth) < 1.645 * errors) > 0.75
    assert np.corrcoef(new, truth)[0, 1] > 0.9
    assert document["correlation"] == pytest.approx(
        np.corrcoef([one["b"] for one in found.values()], [one["expected_b"] for one in found.values()])[0, 1], abs=1e-6
    )


def test_levels_states_and_misfits_are_those_of_the_file(
    cohort: Simulated, calibrated: Calibrated, library: Library
) -> None:
    document = calibrated.document
    found = {one["question"]: one for one in document["questions"]}
    few, odd = cohort.names[0], cohort.names[1]

    for name, one in found.items():
        answers = [row for row in cohort.rows if f",{name}," in row]
        assert one["n"] == len(answers)
        assert one["level"] == library.questions[name].difficulty
        assert one["expected_b"] == LEVEL_MEANS[one["level"] - 1]
        assert one["moved"] == pytest.approx(one["b"] - one["expected_b"])
        state = "calibrated" if len(answers) >= 300 else "provisional" if len(answers) >= 100 else "expert"
        assert (one["state"], one["slope_known"]) == (state, len(answers) >= 100)
    assert found[few]["state"] == "expert"
    assert document["states"] == {"calibrated": len(found) - 1, "expert": 1}
    assert document["misfits"][0] == odd
    moved = [abs(one["moved"]) for one in document["questions"]]
    assert moved == sorted(moved, reverse=True)


def test_the_table_says_what_the_json_says(cohort: Simulated, calibrated: Calibrated) -> None:
    document, run = calibrated.document, calibrated.run
    size, lines = document["cohort"], run.out.splitlines()

    assert lines[0].startswith(f"{LEARNERS} learners gave {len(cohort.rows)} first answers to {len(cohort.names)} ")
    assert f"mean {size['mean']:+.2f}, SD {size['sd']:.2f}." in lines[0]
    assert (
        f"{document['states']['calibrated']} questions are calibrated (300 answers or more), 0 provisional" in run.out
    )
    assert "1 has fewer than 100 answers: too few, and leans on its author's level." in run.out
    assert f"differ by {document['rmsd']:.2f} on average (RMSD); correlation {document['correlation']:.2f}." in run.out
    for one in document["questions"][:10]:
        line = next(line for line in lines if line.startswith(f"{one['question']} "))
        slope = f"{one['a']:.2f}" if one["slope_known"] else "unknown"
        assert line.split()[1:] == [
            str(one["level"]), f"{one['expected_b']:+.2f}", f"{one['b']:+.2f}", f"{one['se_b']:.2f}", slope,
            str(one["n"]), one["state"],
        ]  # fmt: skip
    assert any(line.startswith(f"  {cohort.names[1]}: ") for line in lines[lines.index("") :])
    assert run.err == f"Kept in {calibrated.home / kept.NAME}; it replaces any earlier calibration.\n"


def test_what_is_kept_says_where_it_comes_from(calibrated: Calibrated) -> None:
    document, csv = calibrated.document, calibrated.csv
    file = calibrated.home / "calibration.json"
    stored = json.loads(file.read_text())

    assert document["kept"] == str(file)
    assert (stored["schema"], stored["version"]) == ("mlacoach.calibration", 1)
    assert stored["at"] == "2026-11-21T12:00:00.000+00:00"
    assert (stored["file"], stored["sha256"]) == ("cohort.csv", sha256(csv.read_bytes()).hexdigest())
    assert stored["items"] == {
        one["question"]: {name: one[name] for name in ("a", "b", "se_a", "se_b", "n", "misfit")}
        for one in document["questions"]
    }
    assert list(calibrated.home.glob("*.tmp")) == []


def test_a_dry_run_keeps_nothing(program: Program, csv: Path) -> None:
    run = program.run("bank", "calibrate", str(csv), "--dry-run")

    assert run.err == "Nothing was kept (--dry-run).\n"
    assert run.out
    assert not (program.home / kept.NAME).exists()
    assert program.run("bank", "calibrate", str(csv), "--dry-run", "--json").json["kept"] is None


def test_forgetting_brings_the_levels_back(program: Program, csv: Path) -> None:
    program.run("bank", "calibrate", str(csv))

    assert program.run("bank", "calibrate", "--forget").out == "The authors' levels count again.\n"
    assert not (program.home / kept.NAME).exists()
    assert program.run("bank", "calibrate", "--forget").out == "No calibration was in force.\n"


def test_the_same_file_gives_the_same_numbers(program: Program, cohort: Simulated, csv: Path, tmp_path: Path) -> None:
    """In whatever order its rows and columns stand, and however its lines end."""
    first = program.run("bank", "calibrate", str(csv), "--json").json
    rows = [",".join(reversed(row.split(","))) for row in reversed(cohort.rows)]
    other = tmp_path / "other.csv"
    other.write_bytes("\r\n".join(["\ufeffcorrect,question,learner", *rows, "", ""]).encode())

    second = program.run("bank", "calibrate", str(other), "--json").json

    assert second["questions"] == first["questions"]


def test_questions_that_are_not_in_the_bank_are_counted_and_named(
    program: Program, cohort: Simulated, library: Library, tmp_path: Path
) -> None:
    foundation = next(name for name in sorted(library.questions) if name not in cohort.names)
    more = [f"learner-{number},gone,1" for number in range(7)]
    more += ["learner-1,also-gone,0", f"learner-1,{foundation},1"]
    csv = cohort.write(tmp_path / "more.csv", *more)

    run = program.run("bank", "calibrate", str(csv))
    document = program.run("bank", "calibrate", str(csv), "--json").json

    assert "Left out, not in the bank: 8 answers to 2 questions (also-gone, gone)." in run.out
    assert f"Left out, of no exam: 1 answer to 1 question ({foundation})." in run.out
    assert document["unknown"] == {"also-gone": 1, "gone": 7}
    assert document["foundations"] == {foundation: 1}
    assert document["cohort"]["answers"] == len(cohort.rows)


FAULTS = [
    ("", 1, "The first line names the columns: learner,question,correct."),
    ("learner,question\na,b\n", 1, "The first line names the columns: "),
    ("learner,question,correct,when\n", 1, "The first line names the columns: "),
    (HEADER, 1, "There is no answer in it."),
    (HEADER + "a,b\n", 2, "A row has 3 fields; this has 2."),
    (HEADER + "a,b,1,2\n", 2, "A row has 3 fields; this has 4."),
    (HEADER + "a,b,1\na,c,yes\n", 3, "correct is 1 or 0, not 'yes'."),
    (HEADER + "a,b,1\n\na,c,0.5\n", 4, "correct is 1 or 0, not '0.5'."),
    (HEADER + ",b,1\n", 2, "The learner has no name."),
    (HEADER + "a,,1\n", 2, "The question has no name."),
    (HEADER + "a,b,1\nc,b,0\na,b,0\n", 4, "a answered b on line 2 already; only first answers count."),
    (HEADER + 'a,"b,1\n', 2, "This is no CSV: "),
    (HEADER + '"a\nb",c,1\nd,e,2\n', 4, "correct is 1 or 0, not '2'."),
]


@pytest.mark.parametrize(("text", "line", "says"), FAULTS)
def test_a_fault_has_its_line(program: Program, tmp_path: Path, text: str, line: int, says: str) -> None:
    csv = tmp_path / "cohort.csv"
    csv.write_text(text)

    run = program.run("bank", "calibrate", str(csv), code=1)

    assert run.out.startswith(f"{csv}:{line}: {says}")
    assert run.out.count("\n") == 1
    assert run.err == "1 fault; nothing was kept.\n"


@pytest.mark.parametrize(
    "data", [HEADER.encode() + b"a,b,1\n\xff,b,1\n", b"\x1f\x8b\x08\x00compressed"], ids=["latin", "gz"]
)
def test_a_file_that_is_no_text_is_refused(program: Program, tmp_path: Path, data: bytes) -> None:
    csv = tmp_path / "cohort.csv"
    csv.write_bytes(data)

    run = program.run("bank", "calibrate", str(csv), code=1)

    line = 3 if data.startswith(b"learner") else 1
    assert run.out.startswith(f"{csv}:{line}: Save the file as UTF-8 (byte ")


def test_every_fault_is_named_and_nothing_is_kept(
    program: Program, cohort: Simulated, csv: Path, tmp_path: Path
) -> None:
    program.run("bank", "calibrate", str(csv))
    before = (program.home / kept.NAME).read_bytes()
    faulty = cohort.write(tmp_path / "faulty.csv", "x,y,2", "x,,1", cohort.rows[0])

    run = program.run("bank", "calibrate", str(faulty), code=1)
    document = program.run("bank", "calibrate", str(faulty), "--json", code=1).json

    last = len(cohort.rows) + 1
    assert [fault["line"] for fault in document["faults"]] == [last + 1, last + 2, last + 3]
    assert len(run.out.splitlines()) == 3
    assert (program.home / kept.NAME).read_bytes() == before


@pytest.mark.parametrize(("learners", "questions"), [(29, 60), (60, 9)])
def test_too_few_answers_are_said(
    program: Program, library: Library, tmp_path: Path, learners: int, questions: int
) -> None:
    names = bank(library)[:questions]
    csv = tmp_path / "few.csv"
    rows = [f"{one},{name},{(one + place) % 2}" for one in range(learners) for place, name in enumerate(names)]
    csv.write_text(HEADER + "\n".join(rows))

    run = program.run("bank", "calibrate", str(csv), code=1)

    assert run.err.startswith(f"Too few to calibrate from: {learners} learners and {questions} questions of an exam.\n")
    assert "a question is provisional from 100 answers, calibrated from 300." in run.err
    assert not (program.home / kept.NAME).exists()


def test_a_cohort_on_questions_of_one_level_has_no_correlation(
    program: Program, library: Library, tmp_path: Path
) -> None:
    names = [name for name in bank(library) if library.questions[name].difficulty == 3][:12]
    csv = tmp_path / "level.csv"
    rows = [f"{one},{name},{(one * 7 + place * 3) % 5 % 2}" for one in range(40) for place, name in enumerate(names)]
    csv.write_text(HEADER + "\n".join(rows))

    document = program.run("bank", "calibrate", str(csv), "--json").json

    assert document["correlation"] is None
    assert document["states"] == {"expert": 12}


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ([], "Name the cohort's file, or --forget."),
        (["/nowhere.csv"], "'/nowhere.csv' does not exist."),
        (["/"], "is a directory."),
    ],
)
def test_words_that_do_not_fit_are_refused(program: Program, words: list[str], what: str) -> None:
    assert what in program.run("bank", "calibrate", *words, code=2).err


def test_a_file_and_forgetting_do_not_go_together(program: Program, csv: Path) -> None:
    run = program.run("bank", "calibrate", str(csv), "--forget", code=2)

    assert run.err.startswith("Name the cohort's file, or --forget.\n")


def test_an_exam_is_then_measured_by_the_cohort(program: Program, library: Library, tmp_path: Path) -> None:
    """The same answers, before and after; and the result says what it rests on."""
    with program.start("exam", "--mini", "--seed", "2") as running:
        for number in range(20):
            shown = running.question()
            running.type(shown.right if number % 2 else shown.wrong)
        running.until_prompt()
        running.finish(typed="yes\n")
    before = program.run("exam", "result", "--json").json["exam"]["predicted"]
    sat = sorted(name for (name,) in program.rows("SELECT DISTINCT question FROM answers"))
    csv = Simulated(library, sat).write(tmp_path / "cohort.csv")
    program.run("bank", "calibrate", str(csv))
    after = program.run("exam", "result", "--json").json["exam"]["predicted"]
    told = program.run("exam", "result").out
    program.run("bank", "calibrate", "--forget")

    assert after["difficulties"].get("calibrated", 0) >= 19
    assert after["score"] != before["score"]
    known, few = after["difficulties"]["calibrated"], after["difficulties"].get("expert", 0)
    basis = "at least 300 learners' answers"
    if few:
        basis += f" ({known}), their authors' ranking (fewer than 100 learners' answers) ({few})"
    assert f"difficulty is known from {basis}." in told
    assert program.run("exam", "result", "--json").json["exam"]["predicted"] == before


def test_the_meter_takes_the_estimates_of_the_questions_that_have_them(coach: Coach, library: Library) -> None:
    exam = library.exam("MLA-C02")
    questions = [one for one in library.questions.values() if one.serves(exam.id)]
    names = sorted(one.id for one in questions)
    one = kept.ItemEstimate(a=1.4, b=-0.7, se_a=0.1, se_b=0.05, n=321, misfit=0.02)

    plain, known = meter(exam, questions), meter(exam, questions, {names[3]: one, "of-another-bank": one})

    assert (known.bank.a[3], known.bank.mu_b[3], known.bank.sd_b[3], known.bank.n[3]) == (1.4, -0.7, 0.05, 321)
    others = np.arange(len(names)) != 3
    assert np.array_equal(known.bank.mu_b[others], plain.bank.mu_b[others])
    assert np.array_equal(known.bank.sd_b[others], plain.bank.sd_b[others])
    harder = {name: replace(one, b=1.5) for name in names}
    easier = {name: replace(one, b=-1.5) for name in names}
    answers = [(name, number % 2 == 0) for number, name in enumerate(names[:40])]
    by_hard, by_easy = (predict(library, exam, answers, of) for of in (harder, easier))
    assert by_hard
    assert by_easy
    assert by_hard.states == {"calibrated": 40}
    assert estimates_of(coach) == {}


def stored() -> kept.StoredCalibration:
    one = kept.ItemEstimate(a=1.1, b=0.2, se_a=0.1, se_b=0.2, n=120, misfit=0.03)
    return kept.StoredCalibration(NOW, "cohort.csv", "00", 500, 9000, 0.1, 0.9, {"a-question": one})


def test_what_is_written_is_read(tmp_path: Path) -> None:
    assert kept.read(tmp_path) is None
    kept.write(tmp_path, stored())

    assert kept.read(tmp_path) == stored()


def test_a_write_that_fails_leaves_the_last_calibration(tmp_path: Path) -> None:
    kept.write(tmp_path, stored())

    with pytest.raises(TypeError):
        kept.write(tmp_path, replace(stored(), file=object()))  # type: ignore[arg-type]

    assert kept.read(tmp_path) == stored()
    assert [path.name for path in tmp_path.iterdir()] == [kept.NAME]


DAMAGE = [
    "", "{", "[]", "null", '"text"', "{}", '{"schema": "mlacoach.calibration", "version": 2}',
    '{"schema": "another", "version": 1}',
]  # fmt: skip


@pytest.mark.parametrize("text", DAMAGE)
def test_a_damaged_calibration_is_said_with_the_remedy(tmp_path: Path, text: str) -> None:
    (tmp_path / kept.NAME).write_text(text)

    with pytest.raises(DataDamaged) as caught:
        kept.read(tmp_path)

    assert str(tmp_path / kept.NAME) in caught.value.what
    assert "`mlacoach bank calibrate --forget`" in caught.value.try_this


@pytest.mark.parametrize(("name", "value"), [("a", 0), ("a", -1), ("b", "x"), ("b", True), ("se_b", -0.1), ("n", -1)])
def test_a_calibration_with_an_impossible_number_is_damaged(tmp_path: Path, name: str, value: object) -> None:
    path = kept.write(tmp_path, stored())
    data = json.loads(path.read_text())
    data["items"]["a-question"][name] = value
    path.write_text(json.dumps(data))

    with pytest.raises(DataDamaged):
        kept.read(tmp_path)


def test_a_number_without_end_is_damage(tmp_path: Path) -> None:
    path = kept.write(tmp_path, stored())
    path.write_text(path.read_text().replace('"b": 0.2', '"b": Infinity'))

    with pytest.raises(DataDamaged):
        kept.read(tmp_path)


def test_a_damaged_calibration_stops_a_result_and_loses_no_answer(program: Program) -> None:
    (program.home / kept.NAME).write_text("{")

    run = program.run("exam", "--mini", typed="x\nyes\n", code=6)
    program.run("bank", "calibrate", "--forget")

    assert "calibration.json cannot be used" in run.err
    assert program.rows("SELECT count(*) FROM answers") == [(20,)]
    assert "Predicted score" in program.run("exam", "result").out


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    (fault,) = read_cohort(tmp_path / "absent.csv").faults

    assert (fault.line, fault.sentence) == (1, "The file cannot be read: No such file or directory.")
