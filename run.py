"""Set everything up in a virtual environment beside this file, then run what was asked for.

    python3 run.py study      install mlacoach with its labs, and start today's session
    python3 run.py test       install the test tools, and run everything that CI runs
    python3 run.py ANYTHING   mlacoach ANYTHING

Needs Python 3.11 or newer and nothing else. `--venv DIR` before the rest puts the environment elsewhere.
"""

import hashlib
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
OLDEST = (3, 11)
CHECKS = (
    ("lint", ["-m", "ruff", "check", "."]),
    ("format", ["-m", "ruff", "format", "--check", "."]),
    ("rooms", ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]),
    ("types", ["-m", "mypy"]),
    ("content", ["-m", "mlacoach", "content", "check"]),
    ("tests", ["-m", "pytest", "-q", "-n", "2"]),
)


def main():
    """Read the words, prepare, run."""
    words = sys.argv[1:]
    if sys.version_info < OLDEST:
        version = ".".join(str(part) for part in OLDEST)
        return "mlacoach needs Python {} or newer; this is {}.".format(version, sys.version.split()[0])
    venv = os.path.join(HERE, ".venv")
    if words[:1] == ["--venv"]:
        venv, words = os.path.abspath(words[1]), words[2:]
    testing = words[:1] == ["test"]
    python = prepare(venv, testing)
    if testing:
        return check(python, words[1:])
    return subprocess.run([python, "-m", "mlacoach", *words], check=False).returncode


def prepare(venv, testing):
    """Make the environment if there is none, and install what has changed since; the path of its Python."""
    folder, name = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    python = os.path.join(venv, folder, name)
    if not os.path.exists(python):
        make(venv)
    wanted = stamp(testing)
    mark = os.path.join(venv, "mlacoach-test-stamp" if testing else "mlacoach-stamp")
    if not os.path.exists(mark) or open(mark, encoding="utf-8").read() != wanted:
        install(python, testing)
        with open(mark, "w", encoding="utf-8") as file:
            file.write(wanted)
    return python


def make(venv):
    """Make the environment, or say what the system lacks for it."""
    say("Making a virtual environment in {} …".format(venv))
    made = subprocess.run([sys.executable, "-m", "venv", venv], check=False)
    if made.returncode:
        sys.exit("Python's venv module does not work here. On Debian and Ubuntu: apt install python3-venv")


def stamp(testing):
    """What the environment depends on: this project's requirements and the Python that runs them."""
    digest = hashlib.sha256(sys.version.encode() + (b"test" if testing else b""))
    for name in ("pyproject.toml", "constraints.txt"):
        with open(os.path.join(HERE, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def install(python, testing):
    """Install mlacoach with its labs, and the development tools for a test run."""
    say("Installing (once; a few minutes) …")
    pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    constraints = ["--constraint", os.path.join(HERE, "constraints.txt")]
    wanted = ["--editable", HERE + "[labs]"]
    if testing:
        subprocess.run([*pip, "--upgrade", "pip>=25.1"], check=True)  # the first that knows --group
        wanted += ["--group", os.path.join(HERE, "pyproject.toml") + ":dev"]
    subprocess.run([*pip, *constraints, *wanted], check=True)


def check(python, only):
    """Run what CI runs, or only the checks named; the first failure's exit code."""
    failed = 0
    for name, words in CHECKS:
        if only and name not in only:
            continue
        say("== {}".format(name))
        code = subprocess.run([python, *words], cwd=HERE, check=False).returncode
        failed = failed or code
    return failed


def say(line):
    """Talk goes to stderr."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
