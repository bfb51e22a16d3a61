"""`mlacoach bank`: lint, stats, search, show, new, report."""

from pathlib import Path

import pytest

from mlacoach.content import Library, load
from mlacoach.content.bank.lint import lint
from mlacoach.curriculum.questions import Choice
from tests.program import Program
from tests.test_bank_rules import ROOT, SOUND


@pytest.fixture
def program(home: Path) -> Program:
    return Program(home)


def pack_with(tmp_path: Path, library: Library, old: str, new: str) -> Path:
    """A pack with one question: the sound one under another id, a text of it replaced."""
    source = next(ROOT.glob(f"question_bank/*/{SOUND}.yaml")).read_text(encoding="utf-8")
    assert library.question(SOUND)
    assert old in source
    target = tmp_path / "question_bank" / "1-data" / "another.yaml"
    target.parent.mkdir(parents=True)
    target.write_text(source.replace(old, new), encoding="utf-8")
    return tmp_path


def test_lint_names_the_place_and_exits_with_1(program: Program, tmp_path: Path, library: Library) -> None:
    pack = pack_with(tmp_path, library, "Drop Duplicates", "`DropAllTwins`")

    run = program.run("--pack", str(pack), "bank", "lint", "another", code=1)

    lines = (pack / "question_bank" / "1-data" / "another.yaml").read_text(encoding="utf-8").splitlines()
    found = [line for line in run.out.splitlines() if "Q16" in line]
    assert found
    for line in found:
        path, number, rule, said = line.split(":", 3)
        assert (Path(path).name, rule.strip()) == ("another.yaml", "Q16")
        assert "DropAllTwins" in said
        assert "DropAllTwins" in " ".join(lines[int(number) - 1 : int(number) + 1])


def test_lint_of_a_question_that_there_is_not_names_the_nearest(program: Program) -> None:
    run = program.run("bank", "lint", f"{SOUND}s", code=2)

    assert SOUND in run.err


def test_a_doubt_is_kept_and_shown_to_authors(program: Program) -> None:
    program.run("bank", "report", SOUND, "--text", "Is the matching [b]free[/b]?")

    findings = program.run("bank", "lint", SOUND, "--no-names", "--json").json["findings"]

    assert [one["rule"] for one in findings if not one["error"]] == ["doubt"]
    assert "Is the matching [b]free[/b]?" in findings[0]["sentence"]


def test_a_doubt_needs_words(program: Program) -> None:
    program.run("bank", "report", SOUND, code=2)


def test_stats_count_what_is_there(program: Program, library: Library) -> None:
    counted = program.run("bank", "stats", "--json").json

    counting = [one for one in library.questions.values() if one.skills]
    assert counted["questions"] == len(counting)
    assert counted["foundations"] == len(library.questions) - len(counting)
    single = [one.body for one in counting if isinstance(one.body, Choice) and len(one.body.key) == 1]
    longest = sum(
        max(body.options, key=lambda one: len(one.text)).id in body.key
        and len({len(one.text) for one in sorted(body.options, key=lambda one: len(one.text))[-2:]}) == 2
        for body in single
    )
    assert counted["shape"]["longest"] == pytest.approx(longest / len(single))
    for exam in counted["exams"]:
        assert sum(exam["domains"].values()) == sum(one.serves(exam["exam"]) for one in counting)


def test_search_finds_the_best_first_and_again_from_the_kept_index(program: Program) -> None:
    for _ in range(2):
        found = program.run("bank", "search", "merged", "banks", "duplicate", "customers", "--json").json["found"]
        assert found[0]["id"] == SOUND


@pytest.mark.parametrize(
    ("words", "code"), [('"', 1), ("*", 1), ("AND", 0), ("stem:zzzz", 1), ("data' OR 1=1 --", 0), ("zzzzqqq", 1)]
)
def test_search_takes_any_words(program: Program, words: str, code: int) -> None:
    """Nothing of what is typed is a query language; nothing found leaves with 1, as grep does."""
    program.run("bank", "search", "--", words, code=code)


def test_show_tells_the_key_and_every_reason(program: Program, library: Library) -> None:
    run = program.run("bank", "show", SOUND)

    for part in library.question(SOUND).body.parts:
        assert part.text in run.out
        assert part.why in run.out


@pytest.mark.parametrize("kind", ["multiple-choice", "multiple-response", "ordering", "matching"])
def test_a_new_question_is_a_sound_draft_that_nobody_is_asked(kind: str, program: Program, tmp_path: Path) -> None:
    program.run("bank", "new", "a-new-one", "--kind", kind, "--topic", "glue", "--to", str(tmp_path))
    draft = tmp_path / "question_bank" / "_drafts" / "foundations" / "a-new-one.yaml"
    pack = tmp_path / "moved"
    assert "a-new-one" not in load([tmp_path]).library.questions

    (pack / "curriculum").mkdir(parents=True)
    (pack / "curriculum" / "topics.yaml").symlink_to(ROOT / "curriculum" / "topics.yaml")
    target = pack / "question_bank" / "foundations" / draft.name
    target.parent.mkdir(parents=True)
    draft.rename(target)
    loaded = load([pack])

    assert loaded.faults == []
    # The program dates it by the day on which it runs.
    today = loaded.library.questions["a-new-one"].verified
    assert {one.fault.rule for one in lint(loaded, None, today) if one.error} == {"Q32"}


def test_a_new_question_overwrites_none(program: Program, tmp_path: Path) -> None:
    program.run("bank", "new", "a-new-one", "--topic", "glue", "--to", str(tmp_path))

    program.run("bank", "new", "a-new-one", "--topic", "glue", "--to", str(tmp_path), code=2)
