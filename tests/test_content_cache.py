"""What was found valid is not parsed again; a cache that is lost, foreign or in the way harms nobody."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from mlacoach.content import load

ROOT = Path(__file__).resolve().parent.parent
QUESTION = "question_bank/foundations/agency-uploads-web-code.yaml"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A small pack: the real topics, and one question."""
    folder = tmp_path / "pack"
    (folder / "curriculum").mkdir(parents=True)
    shutil.copy(ROOT / "curriculum" / "topics.yaml", folder / "curriculum")
    (folder / QUESTION).parent.mkdir(parents=True)
    shutil.copy(ROOT / QUESTION, folder / QUESTION)
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def kept(cache: Path) -> Path:
    """The validated data of each file."""
    (file,) = cache.glob("content-*.json")
    return file


def whole(cache: Path) -> Path:
    """What the last load came to."""
    (file,) = cache.glob("library-*.jsonl")
    return file


def question(pack: Path) -> str:
    return (pack / QUESTION).read_text(encoding="utf-8")


def test_a_load_without_a_cache_gives_an_equal_library(pack: Path, cache: Path) -> None:
    load([pack], cache)

    assert load([pack], cache).library == load([pack]).library


def test_a_changed_file_is_read_again(pack: Path, cache: Path) -> None:
    load([pack], cache)
    (pack / QUESTION).write_text(question(pack).replace("difficulty: 1", "difficulty: 5"), encoding="utf-8")
    os.utime(pack / QUESTION, ns=(1, 1))

    (changed,) = load([pack], cache).library.questions.values()

    assert changed.difficulty == 5


def test_a_removed_file_is_gone_and_leaves_the_cache(pack: Path, cache: Path) -> None:
    load([pack], cache)
    (pack / QUESTION).unlink()

    assert not load([pack], cache).library.questions
    assert QUESTION not in json.loads(kept(cache).read_text())["files"]


def test_a_file_that_breaks_is_a_fault_although_its_old_self_is_kept(pack: Path, cache: Path) -> None:
    load([pack], cache)
    (pack / QUESTION).write_text(question(pack) + "colour: blue\n", encoding="utf-8")

    assert [fault.rule for fault in load([pack], cache).faults] == ["unknown-key"]


def test_a_faulty_file_is_never_kept_and_has_its_fault_each_time(pack: Path, cache: Path) -> None:
    (pack / QUESTION).write_text(question(pack) + "colour: blue\n", encoding="utf-8")

    first, second = load([pack], cache), load([pack], cache)

    assert [fault.rule for fault in first.faults] == ["unknown-key"]
    assert second.faults == first.faults
    assert QUESTION not in json.loads(kept(cache).read_text())["files"]


def test_a_fault_between_records_comes_on_a_warm_load_too(pack: Path, cache: Path) -> None:
    (pack / QUESTION).write_text(question(pack).replace("[cloud-service-models]", "[alchemy]"), encoding="utf-8")

    first, second = load([pack], cache), load([pack], cache)

    assert [(fault.line, fault.rule) for fault in first.faults] == [(3, "unknown-topic")]
    assert second.faults == first.faults


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'{"shape": "0.0.0/1", "files": {}}',
        b'{"shape": SHAPE}',
        b'{"shape": SHAPE, "files": []}',
        b'{"shape": SHAPE, "files": {"PATH": 5}}',
        b'{"shape": SHAPE, "files": {"PATH": []}}',
        b'{"shape": SHAPE, "files": {"PATH": [[1, 2], "text"]}}',
        b"[" * 100_000,
    ],
)
def test_a_corrupt_or_foreign_cache_file_is_ignored_and_replaced(content: bytes, pack: Path, cache: Path) -> None:
    load([pack], cache)
    whole(cache).unlink()
    file = kept(cache)
    sound = file.read_bytes()
    shape = json.dumps(json.loads(sound)["shape"]).encode()
    file.write_bytes(content.replace(b"SHAPE", shape).replace(b"PATH", QUESTION.encode()))

    loaded = load([pack], cache)

    assert not loaded.faults
    assert loaded.library == load([pack]).library
    assert file.read_bytes() == sound


def test_what_another_version_kept_is_read_again(pack: Path, cache: Path) -> None:
    load([pack], cache)
    whole(cache).unlink()
    stored = json.loads(kept(cache).read_text())
    stored["files"][QUESTION][1]["difficulty"] = 5
    kept(cache).write_text(json.dumps(stored | {"shape": "0.0.1/1"}))

    (fresh,) = load([pack], cache).library.questions.values()

    assert fresh.difficulty == 1


def test_a_cache_folder_that_is_a_file_is_no_fault(pack: Path, tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("mine")

    assert not load([pack], in_the_way).faults
    assert not load([pack], in_the_way / "below").faults
    assert in_the_way.read_text() == "mine"


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_cache_folder_that_may_not_be_written_is_no_fault(pack: Path, cache: Path) -> None:
    cache.mkdir(mode=0o500)

    assert not load([pack], cache).faults
    assert not list(cache.iterdir())


def test_a_cache_file_that_cannot_be_replaced_leaves_nothing_behind(pack: Path, cache: Path) -> None:
    load([pack], cache)
    names = [kept(cache).name, whole(cache).name]
    for name in names:
        (cache / name).unlink()
        (cache / name / "below").mkdir(parents=True)

    assert not load([pack], cache).faults
    assert sorted(path.name for path in cache.iterdir()) == names


def test_two_packs_keep_apart(pack: Path, cache: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(pack / "question_bank", other / "question_bank")
    (other / QUESTION).rename((other / QUESTION).with_name("another-question.yaml"))

    load([pack, other], cache)
    whole(cache).unlink()
    loaded = load([pack, other], cache)

    assert len(list(cache.glob("content-*"))) == 2
    assert sorted(loaded.library.questions) == ["agency-uploads-web-code", "another-question"]
