"""A learner runs with what is sound, and every fault is said."""

import os
import re
import shutil
from pathlib import Path

import pytest

from mlacoach.cli.program import command_names
from mlacoach.content import Fault, Library, load, own_pack
from mlacoach.errors import UnknownId, UsageFault

ROOT = Path(__file__).resolve().parent.parent
FOLDER = "question_bank/1-data"
SOUND = "meter-readings-reach-training-zone"
CARDS = """\
title: Cards
cards:
- id: one
  front: What?
  back: That.
  topics: [ec2]
  references:
  - title: A page
    url: https://docs.aws.amazon.com/
  verified: 2026-11-21
"""
LESSON = """\
---
title: A lesson
topics: [ec2]
minutes: 5
verified: 2026-11-21
references:
- title: A page
  url: https://docs.aws.amazon.com/
---
# Servers

---

They serve.
"""
CASE = "title: A shop\nscenario: A shop sells hats.\n"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A real exam and the topics with one question, to be broken."""
    folder = tmp_path / "pack"
    shutil.copytree(
        ROOT / "curriculum",
        folder / "curriculum",
        ignore=shutil.ignore_patterns(
            "tracks",
            "lessons",
            "comparisons",
            "interview",
            "flashcards",
            "projects",
            "s*.yaml",
            "mis*.yaml",
            "mla-c01.yaml",
        ),
    )
    (folder / FOLDER).mkdir(parents=True)
    text = (ROOT / FOLDER / f"{SOUND}.yaml").read_text(encoding="utf-8")
    sound = text.replace("  MLA-C01: [1.3.S1]\n", "  # for the newer exam only\n")
    (folder / FOLDER / f"{SOUND}.yaml").write_text(sound, encoding="utf-8")
    return folder


def add(pack: Path, name: str, text: str) -> Path:
    path = pack / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def question(pack: Path) -> str:
    return (pack / FOLDER / f"{SOUND}.yaml").read_text(encoding="utf-8")


def said(faults: list[Fault]) -> list[tuple[str, int, str]]:
    return [(fault.path.name, fault.line, fault.rule) for fault in faults]


def test_a_broken_question_is_left_out_and_the_others_load(pack: Path) -> None:
    add(pack, f"{FOLDER}/broken.yaml", "kind: [multiple-choice\n")

    loaded = load([pack])

    assert list(loaded.library.questions) == [SOUND]
    assert said(loaded.faults) == [("broken.yaml", 2, "yaml")]


def test_a_question_with_an_unknown_skill_is_left_out_and_said(pack: Path) -> None:
    add(pack, f"{FOLDER}/ahead.yaml", question(pack).replace("1.3.1]", "1.3.99]"))

    loaded = load([pack])

    assert list(loaded.library.questions) == [SOUND]
    assert said(loaded.faults) == [("ahead.yaml", 3, "unknown-skill")]


def test_two_faults_of_one_question_both_come(pack: Path) -> None:
    add(
        pack,
        f"{FOLDER}/twice.yaml",
        re.sub(r"difficulty: \d", "difficulty: 9", question(pack)).replace("stem:", "stemm:"),
    )

    assert said(load([pack]).faults) == [
        ("twice.yaml", 1, "missing-key"),
        ("twice.yaml", 6, "wrong-value"),
        ("twice.yaml", 8, "unknown-key"),
    ]


def test_two_faults_between_records_both_come(pack: Path) -> None:
    text = question(pack).replace("1.3.1]", "1.3.99]").replace("[data-quality, glue]", "[data-quality, alchemy]")
    add(pack, f"{FOLDER}/twice.yaml", text)

    assert said(load([pack]).faults) == [("twice.yaml", 3, "unknown-skill"), ("twice.yaml", 5, "unknown-topic")]


def test_a_misspelt_key_names_the_nearest(pack: Path) -> None:
    add(pack, f"{FOLDER}/misspelt.yaml", question(pack).replace("difficulty:", "dificulty:"))

    sentences = [fault.sentence for fault in load([pack]).faults]

    assert "dificulty is not a known key (did you mean difficulty?)." in sentences


def test_a_question_of_a_sound_case_shows_it_and_one_of_a_broken_case_is_left_out(pack: Path) -> None:
    add(pack, "question_bank/cases/shop.yaml", CASE)
    add(pack, "question_bank/cases/market.yaml", CASE + "colour: blue\n")
    add(pack, f"{FOLDER}/in-the-shop.yaml", question(pack) + "case: shop\n")
    broken = add(pack, f"{FOLDER}/on-the-market.yaml", question(pack) + "case: market\n")

    loaded = load([pack])

    assert loaded.library.questions["in-the-shop"].text.startswith("A shop sells hats.")
    assert broken.stem not in loaded.library.questions
    assert said(loaded.faults)[0] == ("on-the-market.yaml", question(pack).count("\n") + 1, "unknown-case")


def test_a_lesson_keeps_its_markdown_and_its_rules(pack: Path) -> None:
    add(pack, "curriculum/lessons/servers.md", LESSON)

    loaded = load([pack])

    assert not loaded.faults
    assert loaded.library.lessons["servers"].text == "# Servers\n\n---\n\nThey serve."


def test_flashcards_of_a_deck_are_sound_or_not_one_by_one(pack: Path) -> None:
    second = CARDS.partition("cards:\n")[2].replace("id: one", "id: two").replace("[ec2]", "[alchemy]")
    add(pack, "curriculum/flashcards/cards.yaml", CARDS + second)

    loaded = load([pack])

    assert list(loaded.library.flashcards) == ["one"]
    assert said(loaded.faults) == [("cards.yaml", 14, "unknown-topic")]


def test_a_broken_table_leaves_the_rest(pack: Path) -> None:
    add(pack, "curriculum/mistakes.yaml", "M1: it is wrong\n")

    loaded = load([pack])

    assert not loaded.library.mistakes
    assert loaded.library.topics
    assert {fault.rule for fault in loaded.faults} == {"wrong-value"}


def test_a_sound_row_stays_beside_a_bad_one(pack: Path) -> None:
    text = 'id\tkind\tneeds\ttext\nX-1\ttopic\tlesson\nX-2\ttopic\tlesson,lab\tNot "quoted" right\n'
    add(pack, "curriculum/requirements.tsv", text)

    loaded = load([pack])

    assert [row.text for row in loaded.library.requirements.values()] == ['Not "quoted" right']
    assert said(loaded.faults) == [("requirements.tsv", 2, "bad-row")]


def test_a_lab_without_its_facts_is_a_fault(pack: Path) -> None:
    add(pack, "labs/half-done/steps.py", "raise SystemExit\n")

    assert said(load([pack]).faults) == [("lab.yaml", 1, "unreadable")]


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no symbolic links here")
def test_a_link_that_leads_nowhere_is_not_passed_over(pack: Path) -> None:
    (pack / FOLDER / "nowhere.yaml").symlink_to(pack / "gone.yaml")

    assert said(load([pack]).faults) == [("nowhere.yaml", 1, "unreadable")]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_a_fault_and_nobody_waits_for_it(pack: Path) -> None:
    os.mkfifo(pack / FOLDER / "pipe.yaml")

    assert said(load([pack]).faults) == [("pipe.yaml", 1, "unreadable")]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_a_fault(pack: Path) -> None:
    (pack / FOLDER).chmod(0)
    try:
        assert said(load([pack]).faults) == [("1-data", 1, "unreadable")]
    finally:
        (pack / FOLDER).chmod(0o700)


def test_hidden_files_are_passed_over(pack: Path) -> None:
    add(pack, f"{FOLDER}/.question.yaml.swp", "")
    add(pack, "curriculum/.DS_Store", "")

    assert not load([pack]).faults


def test_hours_that_add_up_on_paper_add_up(pack: Path) -> None:
    items = "".join(f"  - id: item-{n}\n    title: Read it\n    kind: topic\n    hours: 0.1\n" for n in range(3))
    phase = f"- id: one\n  title: One\n  weeks: [1, 1]\n  hours: [0.3, 0.3]\n  items:\n{items}"
    add(
        pack,
        "curriculum/tracks/short.yaml",
        f"title: Short\nsummary: It is.\nweeks: 1\nhours: [0.3, 0.3]\nphases:\n{phase}",
    )

    loaded = load([pack])

    assert not loaded.faults
    assert [item.key for item in loaded.library.tracks["short"].items] == [f"short/item-{n}" for n in range(3)]


def test_commands_are_left_unchecked_when_none_are_handed_in() -> None:
    bad = ROOT / "tests" / "bad_packs" / "unknown-command"

    assert not load([bad]).faults
    assert said(load([bad], commands=command_names()).faults) == [("short.yaml", 15, "unknown-command")]


def test_faults_come_in_the_order_of_paths_and_lines(pack: Path) -> None:
    for name in ("b", "a"):
        add(
            pack, f"{FOLDER}/{name}.yaml", re.sub(r"difficulty: \d", "difficulty: 9", question(pack)) + "colour: blue\n"
        )

    faults = load([pack]).faults

    assert [(fault.path.name, fault.rule) for fault in faults] == [
        ("a.yaml", "wrong-value"),
        ("a.yaml", "unknown-key"),
        ("b.yaml", "wrong-value"),
        ("b.yaml", "unknown-key"),
    ]
    assert str(faults[0]).startswith(f"{faults[0].path}:6: wrong-value: difficulty: ")


def test_a_folder_without_content_is_no_pack(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="is no pack") as fault:
        load([tmp_path])
    assert "curriculum, question_bank, labs" in fault.value.try_this


def test_the_repository_is_its_own_pack() -> None:
    assert own_pack() == ROOT


def test_an_unknown_id_names_the_nearest(pack: Path) -> None:
    library = load([pack]).library

    assert library.question(SOUND).id == SOUND
    assert library.exam("mla-c02").id == "MLA-C02"
    with pytest.raises(UnknownId, match="no question called 'meter-readings'") as fault:
        library.question("meter-readings")
    assert fault.value.try_this == f"Did you mean {SOUND}?"
    with pytest.raises(UnknownId) as fault:
        library.track("any")
    assert fault.value.try_this == "There is no track yet."


def test_an_item_is_found_in_its_track_or_by_its_whole_key(library: Library) -> None:
    track, other = library.track("task-list"), library.track("roadmap-24-weeks")
    item = next(track.items)

    assert library.item(track, item.id) == item
    assert library.item(other, item.key) == item
    with pytest.raises(UnknownId, match="no item called"):
        library.item(track, "no-such-item")
