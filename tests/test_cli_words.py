"""Words that do not fit: said in two lines with the nearest names, exit 2."""

from pathlib import Path

import pytest

from tests.program import Program

UNKNOWN = [
    (["stduy"], "There is no command called 'stduy'.", "study"),
    (["roadmap", "dne"], "No such command 'dne'.", "done"),
    (["content", "chek"], "No such command 'chek'.", "check"),
    (["exam", "--timed", "--exam", "MLA-C03"], "There is no exam called 'MLA-C03'.", "MLA-C02"),
    (["report", "--exam", "MLA-C03"], "There is no exam called 'MLA-C03'.", "MLA-C02"),
    (["init", "--exam", "C02"], "There is no exam called 'C02'.", "MLA-C02"),
    (["exam", "--timed", "--form", "beata"], "There is no form called 'beata'.", "beta"),
    (["init", "--track", "roadmap-24-week"], "There is no track called 'roadmap-24-week'.", "roadmap-24-weeks"),
    (["roadmap", "--track", "10-weeks"], "There is no track called '10-weeks'.", "certification-10-weeks"),
    (["roadmap", "--phase", "mlop"], "There is no phase called 'mlop'.", "mlops"),
    (["roadmap", "done", "service-modls"], "There is no item called 'service-modls'.", "service-models"),
    (["init", "--language", "Japanes"], "There is no language called 'Japanes'.", "Japanese"),
    (["exams", "--language", "Japanes"], "There is no language called 'Japanes'.", "Japanese"),
    (["init", "--missing", "pyton"], "There is no experience called 'pyton'.", "python"),
    (["study", "--question", "3"], "No such option: --question", "--questions"),
]
WRONG = [
    (["exams", "--on", "2026-13-01"], "'2026-13-01' is no date."),
    (["exams", "--on", "soon"], "'soon' is no date."),
    (["init", "--exam-date", "15.02.2027"], "'15.02.2027' is no date."),
    (["init", "--exam-date", "2020-01-01"], "2020-01-01 is in the past."),
    (["init", "--hours", "0"], "0 hours a week can't be."),
    (["init", "--hours", "-1"], "-1 hours a week can't be."),
    (["init", "--hours", "nan"], "nan hours a week can't be."),
    (["init", "--hours", "200"], "200 hours a week can't be."),
    (["study", "--questions", "99"], "--questions"),
    (["study", "--questions", "-1"], "--questions"),
    (["exam", "--timed", "--seed", "x"], "--seed"),
    (["exam", "--timed", "--seed", "99999999999999999999"], "--seed"),
    (["exam", "--timed", "--seed", "-99999999999999999999"], "--seed"),
    (["exam"], "Say how to sit it."),
    (["exam", "resume"], "No exam is open."),
    (["exam", "abandon"], "No exam is open."),
    (["--pack", "/nowhere", "exams"], "/nowhere is no pack."),
    (["study", "more"], "more"),
    (["roadmap", "done"], "items"),
    (["roadmap", "next", "--count", "0"], "--count"),
]


@pytest.fixture
def program(home: Path) -> Program:
    return Program(home, fresh=True)


@pytest.mark.parametrize(("words", "what", "nearest"), UNKNOWN, ids=[" ".join(words) for words, *_ in UNKNOWN])
def test_an_unknown_name_is_answered_with_the_nearest_one(
    program: Program, words: list[str], what: str, nearest: str
) -> None:
    run = program.run(*words, code=2)

    assert what in run.err
    assert nearest in run.err.replace(what, "")
    assert run.out == ""


@pytest.mark.parametrize(("words", "what"), WRONG, ids=[" ".join(words) for words, _ in WRONG])
def test_a_value_that_cannot_be_is_refused(program: Program, words: list[str], what: str) -> None:
    run = program.run(*words, code=2)

    assert what in run.err
    assert run.out == ""


APART = [
    (["--timed", "--untimed"], "--timed and --untimed do not go together."),
    (["--practice", "--timed"], "--timed and --practice do not go together."),
    (["--mini", "--untimed"], "--mini and --untimed do not go together."),
    (["--mini", "--form", "beta"], "--mini and --form do not go together."),
    (["--mini", "--questions", "30"], "--mini and --questions do not go together."),
    (["--weak", "--missed"], "--weak and --missed do not go together."),
    (["--domain", "2", "--task", "2.1"], "--domain and --task do not go together."),
    (["--skill", "2.1.5", "--flagged"], "--skill and --flagged do not go together."),
    (["--domain", "2", "--final"], "--domain and --final do not go together."),
    (["--task", "2.1", "--form", "beta"], "--task and --form do not go together."),
    (["--timed", "--plain", "--web"], "--plain and --web do not go together."),
    (["--timed", "--questions", "30"], "A whole form has as many questions as the exam."),
    (["--timed", "--accommodation", "45"], "45 extra minutes are not given."),
    (["--untimed", "--accommodation", "30"], "Without a clock there are no extra minutes."),
    (["--final", "--untimed", "--accommodation", "30"], "Without a clock there are no extra minutes."),
    (["--domain", "2", "--accommodation", "30"], "Without a clock there are no extra minutes."),
    (["--form", "beta"], "Say how to sit it."),
    (["--seed", "0"], "Say how to sit it."),
    (["--exam", "MLA-C01", "--accommodation", "30"], "Say how to sit it."),
    (["--timed", "resume"], "`exam resume` goes without the flags of a new exam."),
    (["--timed", "list", "--json"], "`exam list` goes without the flags of a new exam."),
    (["--plain", "abandon"], "`exam abandon` goes without the flags of a new exam."),
]


@pytest.mark.parametrize(("flags", "what"), APART, ids=[" ".join(flags) for flags, _ in APART])
def test_flags_that_exclude_each_other_are_refused_before_anything_happens(
    program: Program, flags: list[str], what: str
) -> None:
    run = program.run("exam", *flags, code=2)

    assert run.err.splitlines()[0] == what
    assert len(run.err.splitlines()) == 2
    assert run.out == ""
    assert not program.database.exists()


def test_flags_without_a_manner_do_not_go_on_with_the_exam_that_is_open(program: Program) -> None:
    """Whoever asks for another form is not put into the one that is open."""
    program.run("exam", "--timed", code=5)

    run = program.run("exam", "--form", "beta", code=2)

    assert run.err.startswith("Say how to sit it.\n")
    assert run.out == ""


@pytest.mark.parametrize("commands", [("resume", "abandon"), ("list", "abandon")], ids=" ".join)
def test_one_thing_is_done_with_an_exam_at_a_time(program: Program, commands: tuple[str, str]) -> None:
    run = program.run("exam", *commands, code=2)

    assert "abandon" in run.err
    assert not program.database.exists()


def test_nothing_is_ticked_when_one_of_the_items_is_unknown(program: Program) -> None:
    program.run("roadmap", "done", "service-models", "nonsense", code=2)

    assert program.rows("SELECT * FROM ticks") == []


def test_a_refused_choice_keeps_none_of_the_others(program: Program) -> None:
    program.run("init", "--hours", "12", "--track", "nonsense", code=2)

    assert program.rows("SELECT * FROM profile") == []


@pytest.mark.parametrize(
    "words",
    [
        ["plan", "--ics"],
        ["export", "ics"],
        ["report", "--html"],
        ["lab", "notebook", "s3-data-lake", "--out"],
        ["project", "start", "drift-watch"],
        ["portfolio", "build"],
        ["lab", "start", "s3-data-lake", "--folder"],
    ],
    ids=" ".join,
)
def test_a_place_that_cannot_be_written_is_said(program: Program, tmp_path: Path, words: list[str]) -> None:
    """Below a file there is no folder, whoever asks."""
    (tmp_path / "file").touch()

    run = program.run(*words, str(tmp_path / "file" / "there"), code=75)

    assert "cannot be written: " in run.err
