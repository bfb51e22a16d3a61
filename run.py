"""Set everything up in a virtual environment beside this file, then run what was asked for.

    python3 run.py study      install mlacoach with its labs, and start today's session
    python3 run.py test       install the test tools, and run everything that CI runs; `--whole`: every repetition
    python3 run.py docs       write docs/commands.md from the program and its examples
    python3 run.py sdk        run scripts of the SageMaker SDK 2 and 3 against the sandbox; each brings a gigabyte
    python3 run.py ANYTHING   mlacoach ANYTHING

Needs Python 3.11 or newer and nothing else. `--venv DIR` before the rest puts the environment elsewhere;
`test NAME …` runs only some of lint, format, rooms, types, content, tests; the first five run beside the tests.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
OLDEST = (3, 11)
CHECKS = {
    "lint": ["-m", "ruff", "check", "."],
    "format": ["-m", "ruff", "format", "--check", "."],
    "rooms": ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
    "types": ["-m", "mypy"],
    "content": ["-m", "mlacoach", "content", "check"],
    # Four for two processors, as tests also wait. Each begins with files of its own, so that what a file sets up is
    # set up once; who is done first takes over from the others.
    "tests": ["-m", "pytest", "-q", "-n", "4", "--dist", "worksteal"],
}
WHOLE = "--whole"


def main() -> int:
    """Read the words, prepare, run."""
    words = sys.argv[1:]
    if sys.version_info < OLDEST:
        say(f"mlacoach needs Python {OLDEST[0]}.{OLDEST[1]} or newer; this is {sys.version.split()[0]}.")
        return 1
    venv = HERE / ".venv"
    if words[:1] == ["--venv"] and len(words) > 1:
        venv, words = Path(words[1]).resolve(), words[2:]
    testing = words[:1] == ["test"]
    try:
        python = prepare(venv, testing=testing)
    except subprocess.CalledProcessError as error:
        say(f"Setting up failed (exit {error.returncode}); what pip says stands above. Run the command again.")
        return 1
    if testing:
        return check(python, words[1:])
    if words[:1] == ["docs"]:
        return subprocess.run([python, HERE / "docs" / "commands.py"], check=False).returncode
    if words[:1] == ["sdk"]:
        return subprocess.run([python, HERE / "tests" / "sdk" / "run.py", *words[1:]], check=False).returncode
    return subprocess.run([python, "-m", "mlacoach", *words], check=False).returncode


def prepare(venv: Path, *, testing: bool) -> Path:
    """Make the environment if there is none, and install what has changed since; its Python."""
    python = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        make(venv)
    wanted = stamp(testing=testing)
    mark = venv / f"mlacoach-{'test' if testing else 'use'}-stamp"
    if not mark.exists() or mark.read_text(encoding="utf-8") != wanted:
        install(python, testing=testing)
        mark.write_text(wanted, encoding="utf-8")
    return python


def make(venv: Path) -> None:
    """Make the environment, or say what the system lacks for it."""
    say(f"Making a virtual environment in {venv} …")
    if subprocess.run([sys.executable, "-m", "venv", venv], check=False).returncode:
        sys.exit("Python's venv module does not work here. On Debian and Ubuntu: apt install python3-venv")


def stamp(*, testing: bool) -> str:
    """What the environment depends on: this project's requirements and the Python that runs them."""
    digest = hashlib.sha256(f"{sys.version} {testing}".encode())
    for name in ("pyproject.toml", "constraints.txt"):
        digest.update((HERE / name).read_bytes())
    return digest.hexdigest()


def install(python: Path, *, testing: bool) -> None:
    """Install mlacoach with its labs, and the development tools for a test run."""
    say("Installing, which takes a minute or two the first time …")
    pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    wanted = ["--constraint", HERE / "constraints.txt", "--editable", f"{HERE}[labs]"]
    if testing:
        # The first pip that installs dependency groups.
        subprocess.run([*pip, "--upgrade", "pip>=25.1"], check=True)
        wanted += ["--group", f"{HERE / 'pyproject.toml'}:dev"]
    subprocess.run([*pip, "--no-compile", *wanted], check=True)
    # pip would compile with one processor only, and the packages' own tests too, a third of all. Some packages ship
    # files that are no Python of today.
    tests = r"[\\/]tests?[\\/]"
    subprocess.run([python, "-m", "compileall", "-qq", "-j", "0", "-x", tests, python.parent.parent], check=False)


def check(python: Path, words: list[str]) -> int:
    """Run what CI runs, or only the checks named, the quick ones beside the tests; 0 if all passed."""
    more = [WHOLE] if WHOLE in words else []
    only = [word for word in words if word != WHOLE] or list(CHECKS)
    with ThreadPoolExecutor(1) as aside:
        quick = {name: aside.submit(passes, python, name) for name in CHECKS if name in only and name != "tests"}
        passed = {"tests": passes(python, "tests", more)} if "tests" in only else {}
        passed |= {name: each.result() for name, each in quick.items()}
    failed = [name for name in CHECKS if not passed.get(name, True)]
    say(f"Failed: {', '.join(failed)}." if failed else "All checks passed.")
    return 1 if failed else 0


def passes(python: Path, name: str, more: Sequence[str] = ()) -> bool:
    """Run one check; what a quick one says comes in one piece, as the tests are speaking too."""
    keep = None if name == "tests" else subprocess.PIPE
    # The tests start Python hundreds of times, so what it compiles is kept.
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    if name == "tests":
        say("== tests")
    run = subprocess.run(
        [python, *CHECKS[name], *more], cwd=HERE, env=env, stdout=keep, stderr=subprocess.STDOUT, check=False
    )
    if keep:
        say(f"\n== {name}\n{run.stdout.decode(errors='replace').rstrip()}")
    return run.returncode == 0


def say(line: str) -> None:
    """Talk goes to stderr."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
