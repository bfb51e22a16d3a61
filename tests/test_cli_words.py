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
    (["exam", "--resume"], "No exam is open."),
    (["exam", "--abandon"], "No exam is open."),
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


@pytest.mark.parametrize(
    "flags",
    [
        ("--timed", "--untimed"),
        ("--timed", "--resume"),
        ("--resume", "--abandon"),
        ("--list", "--abandon"),
        ("--list", "--json", "--timed"),
    ],
)
def test_flags_that_exclude_each_other_are_refused_before_anything_happens(
    program: Program, flags: tuple[str, ...]
) -> None:
    run = program.run("exam", *flags, code=2)

    assert run.err.startswith("Those flags do not go together.\nGive one of ")
    assert not program.database.exists()


def test_nothing_is_ticked_when_one_of_the_items_is_unknown(program: Program) -> None:
    program.run("roadmap", "done", "service-models", "nonsense", code=2)

    assert program.rows("SELECT * FROM ticks") == []


def test_a_refused_choice_keeps_none_of_the_others(program: Program) -> None:
    program.run("init", "--hours", "12", "--track", "nonsense", code=2)

    assert program.rows("SELECT * FROM profile") == []
