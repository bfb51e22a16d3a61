"""What a shell offers at the press of the key: commands, flags, and the ids that there are."""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from typer._completion_shared import get_completion_script

from mlacoach.cli import COMPLETE
from mlacoach.cli.completing import INDEX, candidates, index
from mlacoach.content import Library
from mlacoach.store import Store
from mlacoach.store.sittings import SittingRow
from tests.program import COMMAND, Program

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HEAVY = ("typer", "rich", "pydantic", "numpy", "yaml", "boto3", "textual", "mlacoach.content", "mlacoach.coach")


# Without the files of whoever runs the tests; and zsh without its system of completions.
PLAIN = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}
PRELUDES = {"zsh": "compdef() { }\n"}


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    program = Program(tmp_path_factory.mktemp("known"), fresh=True)
    with patch.dict(os.environ, {"MLACOACH_HOME": str(program.home)}):
        return index()


@pytest.fixture
def program(home: Path) -> Program:
    return Program(home)


def offered(known: Mapping[str, Any], line: str) -> list[str]:
    """What may stand at the end of a line; the program's name is left away."""
    words = line.split(" ")
    return [word for word, _ in candidates(known, words[:-1], words[-1]) if word.startswith(words[-1])]


def test_commands_their_own_commands_and_flags_are_offered(known: Mapping[str, Any]) -> None:
    assert offered(known, "st") == ["study"]
    assert offered(known, "sandbox faults ") == ["set", "list", "clear"]
    assert offered(known, "exam --ti") == ["--timed"]
    assert offered(known, "exam --timed --ti") == []
    assert offered(known, "export anki x.apkg --deck A --de") == ["--deck"]
    assert offered(known, "exam se") == []
    assert dict(candidates(known, ["lab"], ""))["hint"].startswith("Help with a step")


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("lab run ", "labs"),
        ("lab clean ", "labs"),
        ("bank show ", "questions"),
        ("bank lint one ", "questions"),
        ("interview ", "interviews"),
        ("learn read ", "lessons"),
        ("learn decide ", "comparisons"),
        ("init --track ", "tracks"),
        ("study --only quiz --topic ", "topics"),
    ],
)
def test_ids_are_those_of_the_content(known: Mapping[str, Any], library: Library, line: str, kind: str) -> None:
    found = offered(known, line)

    assert set(found) >= set(getattr(library, kind))


def test_after_learn_stand_its_commands_and_the_lessons(known: Mapping[str, Any], library: Library) -> None:
    assert set(offered(known, "learn ")) == {"list", "read", "search", "compare", "decide", *library.lessons}


def test_parts_of_the_exam_and_fixed_words_are_offered(known: Mapping[str, Any], library: Library) -> None:
    assert offered(known, "exam --skill 2.1.") == [
        skill
        for skill in sorted(set(library.exams["MLA-C01"].skills) | set(library.exams["MLA-C02"].skills))
        if skill.startswith("2.1.")
    ]
    assert offered(known, "exam --form ") == ["standard", "beta"]
    assert offered(known, "report --exam ") == ["MLA-C01", "MLA-C02"]


def test_an_argument_that_is_there_is_not_offered_again(known: Mapping[str, Any]) -> None:
    first, second = offered(known, "roadmap done ")[:2]

    assert first not in offered(known, f"roadmap done {second} {first} ")
    assert offered(known, f"plan skip {first} ") == []
    assert offered(known, "cohort export ") == []


def test_items_and_sittings_are_the_learners_own(known: Mapping[str, Any], library: Library, program: Program) -> None:
    store = Store(program.database, NOW)
    store.profile.put({"track": "certification-10-weeks"}, NOW)
    store.sittings.begin(SittingRow("a-sitting", NOW, "MLA-C02", "mini", 1, None, ("q",), {}, None, None))
    store.close()

    own = [item.id for item in library.tracks["certification-10-weeks"].items]
    assert offered(known, "roadmap done ") == own
    assert offered(known, "exam review ") == ["a-sitting"]


def test_without_a_learners_file_or_with_a_damaged_one_nothing_of_it_is_offered(
    known: Mapping[str, Any], home: Path
) -> None:
    assert offered(known, "exam review ") == []
    home.mkdir()
    (home / "mlacoach.db").write_bytes(b"damaged")

    assert offered(known, "exam review ") == []


def test_the_index_is_made_anew_after_damage_and_when_the_content_has_changed(program: Program) -> None:
    kept = program.home / "cache" / INDEX
    with patch.dict(os.environ, {"MLACOACH_HOME": str(program.home)}):
        made = index()
        kept.write_bytes(kept.read_bytes()[:-9])
        assert index() == made
        before = kept.stat().st_mtime_ns
        assert index() == made
        assert kept.stat().st_mtime_ns == before
        (snapshot,) = kept.parent.glob("library-*")
        os.utime(snapshot, ns=(1, 1))
        assert index()["stamps"] != made["stamps"]


def asking(program: Program, shell: str, **more: str) -> dict[str, str]:
    return program.environment({COMPLETE: f"complete_{shell}", **more})


def test_an_answer_imports_nothing_that_costs(program: Program) -> None:
    with patch.dict(os.environ, {"MLACOACH_HOME": str(program.home)}):
        index()
    script = (
        "import sys\nfrom mlacoach.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n"
        f"    print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    )
    environment = asking(program, "bash", COMP_WORDS="mlacoach lab run s3-da", COMP_CWORD="3")

    run = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)

    assert run.stdout == "s3-data-lake\n"
    assert run.stderr == "[]\n"


@pytest.fixture
def on_path(program: Program, tmp_path: Path) -> dict[str, str]:
    """An environment in which `mlacoach` is on the path, and its index made."""
    command = tmp_path / "bin" / "mlacoach"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {" ".join(COMMAND)} "$@"\n')
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    with patch.dict(os.environ, {"MLACOACH_HOME": str(program.home)}):
        index()
    return program.environment({"PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path)})


def in_shell(shell: str, script: str, environment: Mapping[str, str]) -> str:
    """What the shell prints after it read typer's script of completions."""
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"{shell} is not installed")
    typers = get_completion_script(prog_name="mlacoach", complete_var=COMPLETE, shell=shell)
    told = f"{PRELUDES.get(shell, '')}{typers}\n{script}"
    words = [found, *PLAIN[shell], "-c", told]
    run = subprocess.run(words, env=dict(environment), capture_output=True, text=True, check=False, timeout=30)
    assert run.stderr == ""
    return run.stdout


def test_bash_offers_ids(on_path: Mapping[str, str]) -> None:
    script = (
        "COMP_WORDS=(mlacoach lab run s3-da); COMP_CWORD=3; _mlacoach_completion mlacoach\n"
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )

    assert in_shell("bash", script, on_path) == "s3-data-lake\n"


def test_zsh_offers_commands_with_what_they_do(on_path: Mapping[str, str]) -> None:
    script = '_arguments() { print -r -- "$@" }\nwords=(mlacoach exam a); CURRENT=3; _mlacoach_completion'

    assert in_shell("zsh", script, on_path) == ('*: :(("abandon":"Drop the exam that is open; it does not count."))\n')


def test_fish_offers_ids_and_leaves_files_to_itself(on_path: Mapping[str, str]) -> None:
    assert in_shell("fish", 'complete -C "mlacoach lab run s3-da"', on_path) == "s3-data-lake\n"
    assert in_shell("fish", 'complete -C "mlacoach exam ab"', on_path) == (
        "abandon\tDrop the exam that is open; it does not count.\n"
    )
