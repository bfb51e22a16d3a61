"""Run unchanged user scripts of the SageMaker Python SDK, 2 and 3, against the sandbox, and the labs' way with SDK 3.

    python tests/sdk/run.py [--venvs DIR] [--keep] [v2|v3|labs|v2/pipeline|labs/tuning …]

Each SDK has an environment of its own, and so have the labs: mlacoach with the extra `sdk`. Needs mlacoach with its
labs in the Python that runs it, and a gigabyte for each environment. They are made below DIR, by default in the folder
for temporary files, and removed at the end unless --keep says so.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LABS = "labs"
SDKS = {"v2": ["sagemaker>=2.257,<3"], "v3": ["sagemaker>=3.27,<4"], LABS: [f"{ROOT}[labs,sdk]"]}
COACH = [sys.executable, "-m", "mlacoach", "sandbox"]
Run = Callable[[Path, dict[str, str], Path], bool]
# What the scripts themselves use.
BESIDE = ["scikit-learn", "pandas"]
SECONDS = 600


def main() -> int:
    """Make the environments, run the scripts, say what came of each; 1 if one failed."""
    given = arguments()
    folder = given.venvs or Path(tempfile.mkdtemp(prefix="mlacoach-sdk-"))
    home = Path(tempfile.mkdtemp(prefix="mlacoach-sdk-home-"))
    env = {**os.environ, "MLACOACH_HOME": str(home), "PYTHONPATH": str(ROOT)}
    failed = []
    try:
        for name, run in {**scripts(given.scripts), **labs(given.scripts)}.items():
            kind = name.partition("/")[0]
            python = environment(folder / kind, SDKS[kind])
            began = time.monotonic()
            passed = run(python, env, home / f"{name.replace('/', '-')}.log")
            failed += [] if passed else [name]
            say(f"{name}: {'passed' if passed else 'failed'} in {time.monotonic() - began:.1f} s")
    finally:
        subprocess.run([*COACH, "stop"], env=env, check=False, stdout=subprocess.DEVNULL)
        shutil.rmtree(home, ignore_errors=True)
        if not given.keep and not given.venvs:
            shutil.rmtree(folder, ignore_errors=True)
    return 1 if failed else 0


def arguments() -> argparse.Namespace:
    """The words of the command."""
    parser = argparse.ArgumentParser(description="Run the SDKs' scripts against the sandbox.")
    parser.add_argument("scripts", nargs="*", help="v2, v3, labs, or one such as v2/pipeline; all by default")
    parser.add_argument("--venvs", type=Path, help="where the environments are; they stay")
    parser.add_argument("--keep", action="store_true", help="keep the environments")
    return parser.parse_args()


def scripts(names: Sequence[str]) -> dict[str, Run]:
    """What runs the scripts of these names."""
    found = {f"{path.parent.name}/{path.stem}": partial(script, path) for path in sorted(HERE.glob("v?/*.py"))}
    return chosen(found, names)


def labs(names: Sequence[str]) -> dict[str, Run]:
    """What runs the labs of these names that can be done with the SDK."""
    folders = sorted(path.parent for path in ROOT.glob("labs/*/steps_sdk.py"))
    return chosen({f"{LABS}/{folder.name}": partial(lab, folder.name) for folder in folders}, names)


def chosen(runs: dict[str, Run], names: Sequence[str]) -> dict[str, Run]:
    """Those that are named, themselves or by their kind; all if none is."""
    return {name: run for name, run in runs.items() if not names or {name, name.partition("/")[0]} & set(names)}


def script(path: Path, python: Path, env: dict[str, str], log: Path) -> bool:
    """Does a script end well, in a sandbox of its own?"""
    subprocess.run([*COACH, "start"], env=env, check=True, stdout=subprocess.DEVNULL)
    passed = passes([*COACH, "run", "--", str(python), str(path)], env, log)
    subprocess.run([*COACH, "stop"], env=env, check=True, stdout=subprocess.DEVNULL)
    return passed


def lab(name: str, python: Path, env: dict[str, str], log: Path) -> bool:
    """Do the lab's checks take what the SDK did, and is all of it gone in the end?"""
    return passes([str(python), "-m", "mlacoach", "lab", "run", name, "--sdk", "--yes"], env, log)


def environment(venv: Path, packages: Sequence[str]) -> Path:
    """The Python of an environment that has these packages."""
    python = venv / "bin" / "python"
    if not python.exists():
        say(f"Making {venv} …")
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"]
        subprocess.run([*pip, *packages, *BESIDE], check=True)
    return python


def passes(words: Sequence[str], env: dict[str, str], log: Path) -> bool:
    """Does the command end well? What it said is shown where it does not."""
    with log.open("wb") as file:
        try:
            code = subprocess.run(
                words, env={**env, "PYTHONPATH": f"{ROOT}{os.pathsep}{HERE}"}, check=False, stdout=file,
                stderr=subprocess.STDOUT, timeout=SECONDS,
            ).returncode  # fmt: skip
        except subprocess.TimeoutExpired:
            code = 1
    if code:
        say("\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-40:]))
    return code == 0


def say(line: str) -> None:
    """Talk goes to stderr."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
