"""Run unchanged user scripts of the SageMaker Python SDK, 2 and 3, against the sandbox.

    python tests/sdk/run.py [--venvs DIR] [--keep] [v2|v3|v2/pipeline …]

Each SDK has an environment of its own. Needs mlacoach with its labs in the Python that runs it, and a gigabyte for
each SDK. Environments are made below DIR, by default in the folder for temporary files, and removed at the end unless
--keep says so.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SDKS = {"v2": ["sagemaker>=2.257,<3"], "v3": ["sagemaker>=3.27,<4"]}
# What the scripts themselves use.
BESIDE = ["scikit-learn", "pandas"]
SECONDS = 600


def main() -> int:
    """Make the environments, run the scripts, say what came of each; 1 if one failed."""
    given = arguments()
    folder = given.venvs or Path(tempfile.mkdtemp(prefix="mlacoach-sdk-"))
    home = Path(tempfile.mkdtemp(prefix="mlacoach-sdk-home-"))
    env = {**os.environ, "MLACOACH_HOME": str(home), "PYTHONPATH": str(ROOT)}
    coach = [sys.executable, "-m", "mlacoach", "sandbox"]
    failed = []
    try:
        for script in chosen(given.scripts):
            python = environment(folder / script.parent.name, SDKS[script.parent.name])
            subprocess.run([*coach, "start"], env=env, check=True, stdout=subprocess.DEVNULL)
            began = time.monotonic()
            if not passes([*coach, "run", "--", str(python), str(script)], env, home / f"{script.stem}.log"):
                failed.append(script)
            how = "failed" if script in failed else "passed"
            say(f"{script.parent.name}/{script.stem}: {how} in {time.monotonic() - began:.1f} s")
            subprocess.run([*coach, "stop"], env=env, check=True, stdout=subprocess.DEVNULL)
    finally:
        subprocess.run([*coach, "stop"], env=env, check=False, stdout=subprocess.DEVNULL)
        shutil.rmtree(home, ignore_errors=True)
        if not given.keep and not given.venvs:
            shutil.rmtree(folder, ignore_errors=True)
    return 1 if failed else 0


def arguments() -> argparse.Namespace:
    """The words of the command."""
    parser = argparse.ArgumentParser(description="Run the SDKs' scripts against the sandbox.")
    parser.add_argument("scripts", nargs="*", help="v2, v3, or one script such as v2/pipeline; all by default")
    parser.add_argument("--venvs", type=Path, help="where the environments are; they stay")
    parser.add_argument("--keep", action="store_true", help="keep the environments")
    return parser.parse_args()


def chosen(names: Sequence[str]) -> Iterator[Path]:
    """The scripts of these names."""
    for script in sorted(HERE.glob("v?/*.py")):
        if not names or {script.parent.name, f"{script.parent.name}/{script.stem}"} & set(names):
            yield script


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
