"""Every rule has a pack that breaks it, and nothing else, at the lines its `expected.txt` names."""

import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlacoach.cli.program import command_names
from mlacoach.content import Fault, load
from mlacoach.content.text_file import LARGEST

ROOT = Path(__file__).resolve().parent.parent
BAD_PACKS = Path(__file__).resolve().parent / "bad_packs"
FOLDERS = sorted(folder for folder in BAD_PACKS.iterdir() if folder.is_dir())

# What git or an editor would mend, or what is too large to keep, is made when the test runs.
MADE = {
    "too-large": {
        "question_bank/1-data/long-story.yaml": b"stem: " + b"word " * (LARGEST // 5),
        "curriculum/lessons/long-story.md": b"---\ntitle: A lesson\n---\n" + b"word " * (LARGEST // 5),
    },
    "not-utf8": {
        "question_bank/1-data/saved-as-latin-1.yaml": "stem: Welche Lösung?\n".encode("latin-1"),
        "curriculum/lessons/saved-as-latin-1.md": "---\ntitle: Überblick\n---\n".encode("latin-1"),
        "curriculum/requirements.tsv": "id\tkind\tneeds\ttext\nX-1\ttopic\tcurriculum\tÜberblick\n".encode("latin-1"),
    },
}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository's pack is read once for all bad packs; faulty files are never kept."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def own_faults(cache: Path) -> frozenset[Fault]:
    """What is wrong in the repository itself is another test's business."""
    return frozenset(load([ROOT], cache, command_names()).faults)


def made(rule: str, folder: Path) -> Path:
    pack = folder / rule
    shutil.copytree(BAD_PACKS / rule, pack)
    for name, content in MADE.get(rule, {}).items():
        (pack / name).parent.mkdir(parents=True, exist_ok=True)
        (pack / name).write_bytes(content)
    return pack


@pytest.mark.parametrize("rule", [folder.name for folder in FOLDERS])
def test_a_bad_pack_raises_its_rule_at_the_expected_lines_and_nothing_else(
    rule: str, cache: Path, own_faults: frozenset[Fault], tmp_path: Path
) -> None:
    pack = made(rule, tmp_path)

    faults = [fault for fault in load([ROOT, pack], cache, command_names()).faults if fault not in own_faults]

    said = "\n".join(map(str, faults))
    assert {fault.rule for fault in faults} == {rule}, said
    places = sorted(f"{fault.path.relative_to(pack).as_posix()}:{fault.line}" for fault in faults)
    assert all(fault.sentence.endswith(".") and "\n" not in fault.sentence for fault in faults), said
    assert places == (pack / "expected.txt").read_text(encoding="utf-8").splitlines(), said


def test_every_rule_in_the_source_has_a_bad_pack() -> None:
    assert set(_rules_in_the_source()) == {folder.name for folder in FOLDERS}


def _rules_in_the_source() -> Iterator[str]:
    """The rule is the last argument but one of whatever makes a fault; two tables hold the others."""
    for source in (ROOT / "mlacoach" / "content").glob("*.py"):
        if source.name == "lab_code.py":  # says where a lab's code is wrong, when somebody runs it; makes no Fault
            continue
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _called(node) in {"Fault", "Problem", "fault", "_fault"}:
                rule = node.args[-2]
                if isinstance(rule, ast.Constant):
                    yield str(rule.value)
                else:
                    assert ast.unparse(rule).split(".")[-1] == "rule", f"{source}:{node.lineno}: name the rule as text"
            elif isinstance(node, ast.Constant) and re.fullmatch("unknown-[a-z]+", str(node.value)):
                yield str(node.value)
            elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_RULES":
                yield from ast.literal_eval(node.value).values()
            elif isinstance(node, ast.Constant) and node.value == "wrong-value":
                yield "wrong-value"


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
