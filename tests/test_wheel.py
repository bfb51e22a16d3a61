"""What ships: the wheel holds the program and all of its content, and works away from the repository."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built and unpacked."""
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_every_content_file_ships(unpacked: Path) -> None:
    for folder in ("curriculum", "question_bank", "labs"):
        here = {
            path.relative_to(ROOT)
            for path in (ROOT / folder).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        there = {
            path.relative_to(unpacked / "mlacoach/pack") for path in (unpacked / "mlacoach/pack" / folder).rglob("*")
        }
        assert here <= there


def test_the_installed_program_finds_its_content(unpacked: Path, tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "mlacoach", "content", "check"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(unpacked), "MLACOACH_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "0 faults" in ran.stderr
