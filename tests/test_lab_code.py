"""What a lab's folder holds, and what is said when it does not."""

import sys
from pathlib import Path

import pytest

from mlacoach.content.lab_code import has_sdk_way, load_lab_code
from mlacoach.errors import MlacoachError

ROOT = Path(__file__).resolve().parent.parent
CHECK = '''
from json import dumps
from mlacoach.labs import NotYet

LEAST = 1

def second_name_first(aws):
    """The second is done.

    More about it.
    """

def a_first_name_second(aws):
    """The first is done."""

def _helper(aws):
    pass
'''
STEPS = """
import json
def a_first_name_second(aws): "One way."; _helper()
def second_name_first(aws): "Another way."
def _helper(): pass
"""


def write(folder: Path, **files: str) -> Path:
    for name, text in ({"check": CHECK, "steps": STEPS} | files).items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return folder


def test_every_public_function_of_check_is_a_step_in_the_order_written(tmp_path: Path) -> None:
    steps = load_lab_code(write(tmp_path)).steps

    assert [(step.name, step.sentence) for step in steps] == [
        ("second_name_first", "The second is done."),
        ("a_first_name_second", "The first is done."),
    ]
    assert steps[1].code == 'def a_first_name_second(aws): "One way."; _helper()\n'


def test_what_the_lab_is_given_is_optional(tmp_path: Path) -> None:
    assert load_lab_code(write(tmp_path)).given is None
    assert load_lab_code(write(tmp_path, given="def given(aws): pass")).given is not None


def test_the_pack_stays_as_it_is(tmp_path: Path) -> None:
    path = list(sys.path)

    load_lab_code(write(tmp_path))

    assert sorted(file.name for file in tmp_path.iterdir()) == ["check.py", "steps.py"]
    assert sys.path == path


def test_labs_of_the_same_id_in_two_packs_are_two(tmp_path: Path) -> None:
    folders = [tmp_path / pack / "labs" / "same" for pack in ("one", "two")]
    for number, folder in enumerate(folders):
        folder.mkdir(parents=True)
        write(folder, check=f'def only(aws):\n    "Number {number}."', steps="def only(aws): pass")

    assert [load_lab_code(folder).steps[0].sentence for folder in folders] == ["Number 0.", "Number 1."]


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    load_lab_code(write(tmp_path))

    steps = load_lab_code(write(tmp_path, check='def b(aws):\n    "B."', steps="def b(aws):\n    print(1)\n")).steps

    assert [(step.name, step.code) for step in steps] == [("b", "def b(aws):\n    print(1)\n")]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"check": "x = 1"}, r"check\.py:1: lab-code: It has no public function"),
        ({"steps": "def second_name_first(aws): pass"}, r"check\.py:13: lab-code: steps\.py has no function a_first"),
        ({"steps": STEPS + "def third(aws): pass"}, r"steps\.py:6: lab-code: check\.py has no function third"),
        ({"check": "def a(aws): pass", "steps": "def a(aws): pass"}, r"check\.py:1: lab-code: a needs a docstring"),
        ({"steps": "def a(): pass"}, r"steps\.py:1: lab-code: a takes one argument, aws"),
        ({"steps": "def a(aws:"}, r"steps\.py:1: lab-code: It is no Python"),
        ({"check": "import no_such_module"}, r"check\.py:1: lab-code: It does not load: ModuleNotFoundError"),
        ({"given": "def made(aws): pass"}, r"given\.py:1: lab-code: Its one public function is given"),
    ],
)
def test_a_faulty_lab_is_named_with_its_line(tmp_path: Path, files: dict[str, str], said: str) -> None:
    with pytest.raises(MlacoachError, match=said) as caught:
        load_lab_code(write(tmp_path, **files))

    assert "docs/labs.md" in caught.value.try_this


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MlacoachError, match=r"check\.py:1: lab-code: It cannot be read: No such file"):
        load_lab_code(tmp_path)


def test_the_sdk_does_what_it_has_a_function_for_and_the_rest_is_done_as_ever(tmp_path: Path) -> None:
    folder = write(tmp_path, steps_sdk='def a_first_name_second(aws): "By the SDK."\n')

    assert has_sdk_way(folder)
    assert [step.do.__doc__ for step in load_lab_code(folder, sdk=True).steps] == ["Another way.", "By the SDK."]
    assert [step.do.__doc__ for step in load_lab_code(folder).steps] == ["Another way.", "One way."]


def test_what_the_sdk_does_is_a_step(tmp_path: Path) -> None:
    folder = write(tmp_path, steps_sdk='def another(aws): "By the SDK."\n')

    with pytest.raises(MlacoachError, match="has no function another"):
        load_lab_code(folder, sdk=True)


@pytest.mark.parametrize("path", sorted(ROOT.glob("labs/*/steps_sdk.py")), ids=lambda path: path.parent.name)
def test_the_sdk_way_of_a_lab_loads_without_the_sdk(path: Path) -> None:
    assert load_lab_code(path.parent, sdk=True).steps
    assert "sagemaker" not in sys.modules
