"""A start at which no file has changed finds what the last load came to; one at which any has sees the change."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mlacoach.content import load
from mlacoach.content.shelf import Shelf
from mlacoach.curriculum.questions import QuestionFacts

ROOT = Path(__file__).resolve().parent.parent
FOLDER = "question_bank/foundations"
NAME = "agency-uploads-web-code"
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
WARM = """
import sys
from pathlib import Path
from mlacoach.content import load
loaded = load([Path(sys.argv[1])], Path(sys.argv[2]))
heavy = {"yaml", "pydantic", "pydantic_core"} & sys.modules.keys()
print(len(loaded.library.questions), len(loaded.faults), *sorted(heavy))
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A small pack: the real topics, a question and a card."""
    folder = tmp_path / "pack"
    (folder / "curriculum" / "flashcards").mkdir(parents=True)
    shutil.copy(ROOT / "curriculum" / "topics.yaml", folder / "curriculum")
    (folder / "curriculum" / "flashcards" / "cards.yaml").write_text(CARDS, encoding="utf-8")
    (folder / FOLDER).mkdir(parents=True)
    shutil.copy(ROOT / FOLDER / f"{NAME}.yaml", folder / FOLDER)
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of the content that ships."""
    folder = tmp_path_factory.mktemp("shipped")
    load([ROOT], folder)
    return folder


def whole(cache: Path) -> Path:
    (file,) = cache.glob("library-*.jsonl")
    return file


def question(pack: Path) -> Path:
    return pack / FOLDER / f"{NAME}.yaml"


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    # As if it were done a second later: a test is faster than the file system's clock.
    os.utime(path, ns=(path.stat().st_mtime_ns + 10**9,) * 2)


def test_a_warm_load_gives_an_equal_library(shipped: Path) -> None:
    cold, warm = load([ROOT]), load([ROOT], shipped)

    assert warm.library == cold.library
    assert warm.sources == cold.sources
    assert warm.faults == cold.faults


def test_the_catalogue_says_of_each_question_what_the_question_says(shipped: Path) -> None:
    library = load([ROOT], shipped).library

    assert list(library.catalogue) == list(library.questions)
    for name, facts in library.catalogue.items():
        own = library.questions[name]
        assert facts == QuestionFacts(**{field: getattr(own, field) for field in QuestionFacts.__dataclass_fields__})


def test_a_warm_load_imports_neither_yaml_nor_pydantic(shipped: Path) -> None:
    expected = len(load([ROOT], shipped).library.questions)

    done = subprocess.run(
        [sys.executable, "-c", WARM, str(ROOT), str(shipped)], capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == [str(expected), "0"], done.stdout


def test_a_record_is_built_when_it_is_asked_for_and_once() -> None:
    built: list[str] = []

    def make(name: str, text: str) -> str:
        built.append(name)
        return text.upper()

    shelf = Shelf(make, {"a": b'"one"', "b": b'"two"'})
    assert list(shelf) == ["a", "b"]
    assert "a" in shelf
    assert not built

    assert (shelf["b"], shelf["b"], shelf.get("c")) == ("TWO", "TWO", None)
    assert built == ["b"]


def test_a_start_without_a_change_does_without_the_data_of_each_file(pack: Path, cache: Path) -> None:
    first = load([pack], cache)
    for path in cache.glob("content-*"):
        path.unlink()

    assert load([pack], cache).library == first.library
    assert [path.name for path in cache.iterdir()] == [whole(cache).name]


def test_a_changed_file_is_seen(pack: Path, cache: Path) -> None:
    load([pack], cache)
    change(question(pack), "difficulty: 1", "difficulty: 5")

    library = load([pack], cache).library

    assert (library.questions[NAME].difficulty, library.catalogue[NAME].difficulty) == (5, 5)
    assert load([pack], cache).library == library


def test_a_new_file_is_seen(pack: Path, cache: Path) -> None:
    load([pack], cache)
    shutil.copy(question(pack), question(pack).with_name("another.yaml"))

    assert list(load([pack], cache).library.questions) == [NAME, "another"]


def test_a_removed_file_is_seen(pack: Path, cache: Path) -> None:
    load([pack], cache)
    question(pack).unlink()

    library = load([pack], cache).library

    assert not library.questions
    assert not library.catalogue


def test_a_file_that_moved_is_seen(pack: Path, cache: Path) -> None:
    load([pack], cache)
    question(pack).rename(question(pack).with_name("moved.yaml"))

    assert list(load([pack], cache).library.questions) == ["moved"]


def test_a_stray_folder_that_came_is_seen(pack: Path, cache: Path) -> None:
    load([pack], cache)
    (pack / FOLDER / "folder").mkdir()

    assert [fault.rule for fault in load([pack], cache).faults] == ["stray-file"]


def test_a_faulty_file_has_its_fault_with_its_line_at_each_start(pack: Path, cache: Path) -> None:
    lines = question(pack).read_text(encoding="utf-8").count("\n")
    change(question(pack), "lifecycle: null", "lifecycle: null\ncolour: blue")

    starts = [load([pack], cache) for _ in range(3)]

    assert [(fault.path, fault.line, fault.rule) for fault in starts[2].faults] == [
        (question(pack), lines + 1, "unknown-key")
    ]
    assert starts[0].faults == starts[1].faults == starts[2].faults
    assert not any(start.library.questions for start in starts)


def test_what_breaks_a_rule_stays_left_out(pack: Path, cache: Path) -> None:
    change(question(pack), "[cloud-service-models]", "[alchemy]")

    starts = [load([pack], cache) for _ in range(2)]

    assert [fault.rule for fault in starts[1].faults] == ["unknown-topic"]
    assert starts[1].faults == starts[0].faults
    assert not starts[1].library.questions
    assert not starts[1].library.catalogue


def test_a_file_that_could_not_be_read_is_read_as_soon_as_it_can_be(pack: Path, cache: Path) -> None:
    """Its rights may change, and its time does not."""
    (pack / FOLDER / "later.yaml").symlink_to(pack / "elsewhere.yaml")
    assert [fault.rule for fault in load([pack], cache).faults] == ["unreadable"]
    shutil.copy(question(pack), pack / "elsewhere.yaml")

    loaded = load([pack], cache)

    assert not loaded.faults
    assert "later" in loaded.library.questions


def test_an_author_who_checks_commands_is_told_what_a_learner_is_not(cache: Path) -> None:
    bad = ROOT / "tests" / "bad_packs" / "unknown-command"
    assert not load([bad], cache).faults

    assert [fault.rule for fault in load([bad], cache, ["study"]).faults] == ["unknown-command"]
    assert not load([bad], cache).faults


@pytest.mark.parametrize("keep", [0, 1, 100, -1])
def test_a_snapshot_that_was_cut_short_is_made_again(keep: int, pack: Path, cache: Path) -> None:
    load([pack], cache)
    sound = whole(cache).read_bytes()
    whole(cache).write_bytes(sound[:keep])

    assert load([pack], cache).library == load([pack]).library
    assert whole(cache).read_bytes() == sound


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.8, 0.99])
def test_a_snapshot_with_a_wrong_byte_is_made_again(share: float, pack: Path, cache: Path) -> None:
    load([pack], cache)
    sound = whole(cache).read_bytes()
    place = int(share * len(sound))
    whole(cache).write_bytes(sound[:place] + bytes([sound[place] ^ 1]) + sound[place + 1 :])

    assert load([pack], cache).library == load([pack]).library
    assert whole(cache).read_bytes() == sound


def test_what_another_version_kept_is_made_again(pack: Path, cache: Path) -> None:
    load([pack], cache)
    head, body = whole(cache).read_bytes().split(b"\n", 1)
    old = json.dumps(json.loads(head) | {"version": "0.0.1"}).encode()
    whole(cache).write_bytes(old + b"\n" + body.replace(b"agency", b"Agency"))

    assert load([pack], cache).library == load([pack]).library


def test_two_processes_may_start_at_once(pack: Path, cache: Path) -> None:
    starts = [
        subprocess.Popen([sys.executable, "-c", WARM, str(pack), str(cache)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]

    assert [start.communicate()[0].split()[:2] for start in starts] == [["1", "0"]] * 2
    assert load([pack], cache).library == load([pack]).library
    assert not list(cache.glob("*.tmp"))


def test_packs_are_kept_apart_from_packs_together(pack: Path, cache: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(pack / "question_bank", other / "question_bank")
    question(other).rename(question(other).with_name("another.yaml"))

    both, alone = load([pack, other], cache).library, load([pack], cache).library

    assert list(load([pack, other], cache).library.questions) == list(both.questions) == [NAME, "another"]
    assert list(load([pack], cache).library.questions) == list(alone.questions) == [NAME]
