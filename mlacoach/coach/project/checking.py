"""What a machine can see of a project: files, YAML and manifests, Python, keys in files, tests that pass."""

import json
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mlacoach.coach.project.manifests import manifests_in, problems_of
from mlacoach.curriculum.projects import Project

SKIPPED = frozenset({".git", ".venv", "venv", "node_modules", "__pycache__", ".ipynb_checkpoints", ".pytest_cache"})
# Larger files are data; nobody writes a manifest or a module of this size.
LARGEST = 512 * 1024
TESTS_SECONDS = 600
SECRETS = {
    "an AWS access key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "an AWS secret key": re.compile(r"(?i)aws_secret_access_key\s*[=:]\s*[\"']?[A-Za-z0-9/+]{40}\b"),
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"),
}
OK, WRONG, UNSEEN = "ok", "wrong", "not looked at"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: of which milestone or kind of file, whether it is as it should be, and why."""

    about: str
    state: str
    sentence: str


def check(project: Project, folder: Path, *, tests: bool) -> list[Finding]:
    """Look at a project's folder; with `tests` its tests are run."""
    files = list(_files(folder))
    found = list(_milestones(project, folder))
    for path in files:
        found += _file(path, path.relative_to(folder).as_posix())
    if tests:
        found.append(_tests(folder))
    return found


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or path.name in SKIPPED:
            continue
        if path.is_dir():
            yield from _files(path)
        elif path.stat().st_size <= LARGEST:
            yield path


def _milestones(project: Project, folder: Path) -> Iterator[Finding]:
    for one in project.milestones:
        for pattern in one.files:
            there = any(path.stat().st_size for path in folder.glob(pattern) if path.is_file())
            said = f"{pattern} is there." if there else f"{pattern} is missing or empty."
            yield Finding(one.id, OK if there else WRONG, said)


def _file(path: Path, name: str) -> Iterator[Finding]:
    try:
        text = path.read_text(encoding="utf-8")
    except (UnicodeDecodeError, OSError):
        return  # a picture, a model, an archive
    for what, pattern in SECRETS.items():
        if pattern.search(text):
            yield Finding("secrets", WRONG, f"{name} holds {what}; take it back at once and make a new one.")
    if path.suffix in {".yaml", ".yml"}:
        yield from _yaml(text, name)
    elif path.suffix == ".json":
        yield _json(text, name)
    elif path.suffix == ".py":
        yield _python(text, name)
    elif name == "README.md" and "TODO" in text:
        yield Finding("readme", WRONG, f"README.md has {text.count('TODO')} places left marked TODO.")


def _yaml(text: str, name: str) -> Iterator[Finding]:
    import yaml  # noqa: PLC0415 - 30 ms

    try:
        documents = manifests_in(text)
    except yaml.YAMLError as error:
        yield Finding("yaml", WRONG, f"{name} is no YAML: {' '.join(str(error).split())}.")
        return
    yield Finding("yaml", OK, f"{name} is YAML.")
    for document in documents:
        problems = problems_of(document)
        label = f"{name}, {document.get('kind')} {(document.get('metadata') or {}).get('name', '')}".rstrip()
        if problems is None:
            said = f"{label}: not held against the schemas; pip install kubernetes-validate."
            yield Finding("kubernetes", UNSEEN, said)
            continue
        yield from (Finding("kubernetes", WRONG, f"{label}: {problem}.") for problem in problems)
        if not problems:
            yield Finding("kubernetes", OK, f"{label} is as Kubernetes wants it.")


def _json(text: str, name: str) -> Finding:
    try:
        json.loads(text)
    except ValueError as error:
        return Finding("json", WRONG, f"{name} is no JSON: {error}.")
    return Finding("json", OK, f"{name} is JSON.")


def _python(text: str, name: str) -> Finding:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, name, "exec")
    except (SyntaxError, ValueError) as error:
        return Finding("python", WRONG, f"{name} is no Python: {error}.")
    return Finding("python", OK, f"{name} is Python.")


def _tests(folder: Path) -> Finding:
    command = [_interpreter(folder), "-m", "pytest", "-q", "--no-header", "-p", "no:cacheprovider"]
    try:
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=TESTS_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return Finding("tests", WRONG, f"The tests took longer than {TESTS_SECONDS} seconds.")
    lines = [line for line in (run.stdout + run.stderr).splitlines() if line.strip()]
    return Finding("tests", WRONG if run.returncode else OK, f"pytest: {lines[-1] if lines else 'it said nothing'}")


def _interpreter(folder: Path) -> str:
    """The Python of the project's own environment, or ours."""
    places = (folder / ".venv" / "bin" / "python", folder / ".venv" / "Scripts" / "python.exe")
    own = next((place for place in places if place.exists()), None)
    return str(own.absolute()) if own else sys.executable
