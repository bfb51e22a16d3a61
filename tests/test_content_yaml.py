"""A hostile or clumsy YAML file is a fault, at once; it runs nothing, fills no memory and ends no process."""

import time
from pathlib import Path

import pytest

from mlacoach.content.text_file import LARGEST
from mlacoach.content.yaml_file import DEEPEST, YamlFile, read_yaml


def read(tmp_path: Path, text: str) -> YamlFile:
    path = tmp_path / "file.yaml"
    path.write_text(text, encoding="utf-8")
    return read_yaml(path)


def rules(file: YamlFile) -> list[tuple[int, str]]:
    return [(fault.line, fault.rule) for fault in file.faults]


@pytest.mark.parametrize(
    "value",
    [
        "!!python/object/apply:pathlib.Path.touch [{path}]",
        "!!python/object/new:pathlib.Path.touch [{path}]",
        '!!python/object/apply:os.system ["touch {path}"]',
        "!!python/name:os.system",
        "!!python/module:os",
        "!exec touch",
    ],
)
def test_a_tag_of_an_object_is_a_fault_and_executes_nothing(value: str, tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    touched_by = value.format(path=touched)

    file = read(tmp_path, f"stem: Which?\nlifecycle: {touched_by}\n")

    assert rules(file) == [(2, "yaml")]
    assert file.data is None
    assert not touched.exists()


@pytest.mark.parametrize(
    "value",
    [
        "!!timestamp yesterday",
        "!!bool maybe",
        "!!int ''",
        "!!float ''",
        "!!binary é",
        "!!bool {=: maybe}",
        "2026-02-30",
        "2026-11-21 25:00:00",
        "1" * 5000,
        "1" + ":1" * 200_000,
    ],
)
def test_a_value_that_does_not_fit_its_tag_is_a_fault_at_its_line(value: str, tmp_path: Path) -> None:
    start = time.process_time()

    file = read(tmp_path, f"stem: Which?\nvalue: {value}\n")

    # A mapping under such a tag has no line of its own.
    assert rules(file) in ([(2, "yaml")], [(1, "yaml")] if "{" in value else None)
    assert file.data is None
    assert time.process_time() - start < 1


def laughs(levels: int = 9) -> str:
    lines = ["a: &a [ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    for number in range(levels):
        here, there = chr(ord("a") + number), chr(ord("b") + number)
        lines.append(f"{there}: &{there} [{', '.join([f'*{here}'] * 9)}]")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    "text", [laughs(), laughs() + "? [*j , *j ]\n: key\n", "a: &a [*a ]\n", "&k a: 1\nb: {*k : 2}\n"]
)
def test_aliases_are_refused_fast_wherever_they_stand(text: str, tmp_path: Path) -> None:
    start = time.process_time()

    file = read(tmp_path, text)

    assert "alias" in {fault.rule for fault in file.faults}
    assert file.data is None
    assert time.process_time() - start < 0.5


def test_a_file_of_ten_megabytes_is_refused_without_being_parsed(tmp_path: Path) -> None:
    start = time.process_time()

    file = read(tmp_path, "{" * 10_000_000)

    assert rules(file) == [(1, "too-large")]
    assert file.node is None
    assert time.process_time() - start < 0.5


def test_a_file_of_the_largest_size_is_read(tmp_path: Path) -> None:
    file = read(tmp_path, "stem: ".ljust(LARGEST, "a"))

    assert not file.faults
    assert len(file.data["stem"]) == LARGEST - len("stem: ")


@pytest.mark.parametrize(
    "text",
    [
        "[" * 10_000,
        "[" * 10_000 + "]" * 10_000,
        "a:\n  " + "[" * 250_000 + "]" * 250_000,
        "{a: " * 100_000,
        "- " * 250_000,
        "? " * 250_000,
        "".join(f"{' ' * depth}a:\n" for depth in range(900)),
    ],
    ids=["open", "closed", "very deep", "mappings", "lists", "keys", "indented"],
)
def test_what_is_nested_too_deep_is_a_fault_and_no_crash(text: str, tmp_path: Path) -> None:
    start = time.process_time()

    file = read(tmp_path, text)

    assert [fault.rule for fault in file.faults] == ["yaml"]
    assert f"{DEEPEST} levels" in file.faults[0].sentence
    assert file.data is None
    assert time.process_time() - start < 1


def test_a_long_line_with_many_brackets_is_not_deep(tmp_path: Path) -> None:
    file = read(tmp_path, "stem: words " + "[] {} " * 1000 + "\nlists: " + "[[a], [b]]\n")

    assert not file.faults
    assert file.data["lists"] == [["a"], ["b"]]


@pytest.mark.parametrize("text", ["", "\n", "# to come\n", "---\n", "null\n", "~\n"])
def test_a_file_without_a_value_is_empty_and_not_passed_over(text: str, tmp_path: Path) -> None:
    assert rules(read(tmp_path, text)) == [(1, "empty")]


def test_two_faults_of_the_same_file_both_come(tmp_path: Path) -> None:
    file = read(tmp_path, "a: 1\na: 2\nb: 2026-02-30\n")

    assert sorted(rules(file)) == [(2, "duplicate-key"), (3, "yaml")]


def test_the_line_of_a_value_is_found_by_keys_indexes_and_ids(tmp_path: Path) -> None:
    file = read(tmp_path, "title: Cards\ncards:\n- id: one\n  front: What?\n- id: two\n  front: Who?\n")

    assert file.line(()) == 1
    assert file.line(("cards", 1, "front")) == 6
    assert file.line(("cards", "two", "front")) == 6
    assert file.line(("cards", "two", "missing")) == 5
    assert file.line(("cards", "three")) == 2


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    path.write_bytes("\ufeffstem: Which?\r\ndifficulty: 1\r\n".encode())

    file = read_yaml(path)

    assert file.data == {"stem": "Which?", "difficulty": 1}
    assert file.line(("difficulty",)) == 2
