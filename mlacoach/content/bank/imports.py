"""Take questions in from JSON lines, CSV or GIFT: all of a file or nothing. Nothing in it is ever executed."""

import csv
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from pydantic import ValidationError

from mlacoach.content.bank.gift import read_gift
from mlacoach.content.bank.record import Record, as_yaml
from mlacoach.content.bank.sheet import read_sheet
from mlacoach.content.faults import Fault
from mlacoach.content.load import ID, LONGEST_ID
from mlacoach.content.schema import QuestionFile
from mlacoach.content.validate import sentence_of
from mlacoach.errors import UsageFault

LARGEST_FILE = 50_000_000
LONGEST_LINE = 100_000
MOST_RECORDS = 10_000
# A fault for each record of a hostile file would fill the memory that the file may not.
MOST_FAULTS = 200
FOLDERS = ("1-data", "2-models", "3-deployment", "4-operations", "foundations")


@dataclass(slots=True)
class Taken:
    """What a file holds: the sound records by the path they go to within a pack, and what is wrong with the others."""

    records: dict[Path, Record] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def take_in(path: Path, defaults: Mapping[str, Any]) -> Taken:
    """Read and check a file.

    Args:
        path: a `.jsonl`, `.csv` or `.gift` (also `.txt`) file.
        defaults: what holds for records that don't say it themselves: folder, topics, references, verified …

    Raises:
        UsageFault: the file is none of these, can't be read, or is too large.
    """
    read = _reader(path)
    taken = Taken()
    try:
        with path.open(encoding="utf-8-sig", newline="" if path.suffix == ".csv" else None) as stream:
            for line, data in read(_lines(stream)):
                _take(taken, path, line, dict(defaults) | data)
                if len(taken.faults) > MOST_FAULTS or len(taken.records) > MOST_RECORDS:
                    taken.faults.append(Fault(path, line, "too-many", "The rest of the file is not read."))
                    break
    except (UnicodeDecodeError, csv.Error, _TooLong) as error:
        taken.faults.append(Fault(path, 1, "unreadable", f"The file can't be read as {path.suffix}: {error}."))
    except OSError as error:
        raise UsageFault(f"{path} can't be read: {error.strerror}.") from error
    return taken


class _TooLong(Exception):
    """A line is longer than any question."""


def _lines(stream: TextIO) -> Iterator[str]:
    """The lines of a stream, none of which is too long."""
    while line := stream.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            raise _TooLong(f"a line has more than {LONGEST_LINE} characters")
        yield line


Reader = Callable[[Iterable[str]], Iterator[tuple[int, Record]]]


def _reader(path: Path) -> Reader:
    readers: dict[str, Reader] = {".jsonl": _read_lines, ".csv": read_sheet, ".gift": read_gift, ".txt": read_gift}
    if path.suffix not in readers:
        raise UsageFault(f"{path.name} is no .jsonl, .csv or .gift file.")
    if not path.is_file():
        raise UsageFault(f"There is no file {path}.")
    if path.stat().st_size > LARGEST_FILE:
        raise UsageFault(f"{path.name} is larger than {LARGEST_FILE // 1_000_000} MB.")
    return readers[path.suffix]


def _read_lines(lines: Iterable[str]) -> Iterator[tuple[int, Record]]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                data = json.loads(line)
            except (ValueError, RecursionError):
                data = None
            yield number, data if isinstance(data, dict) else {"": "no JSON object"}


def _take(taken: Taken, path: Path, line: int, data: Record) -> None:
    """Put a record into what is taken, or what is wrong with it."""

    def wrong(rule: str, sentence: str) -> None:
        taken.faults.append(Fault(path, line, rule, sentence))

    if "" in data:
        wrong("json", "The line holds no JSON object.")
        return
    question_id, folder = data.pop("id", None), data.pop("folder", None)
    if not isinstance(question_id, str) or not ID.fullmatch(question_id) or len(question_id) > LONGEST_ID:
        wrong("bad-id", f"An id is of lower-case words joined by hyphens, {LONGEST_ID} characters at most.")
        return
    if folder not in FOLDERS:
        wrong("wrong-folder", f"`folder` is one of {', '.join(FOLDERS)}.")
        return
    target = Path("question_bank", folder, f"{question_id}.yaml")
    if target in taken.records:
        wrong("duplicate-id", f"The question {question_id} is already given.")
        return
    try:
        model = QuestionFile.model_validate(data | _dated(data.get("verified")))
    except (ValidationError, RecursionError) as error:
        for rule, sentence in _said(error):
            wrong(rule, f"{question_id}: {sentence}")
        return
    taken.records[target] = _lean(model.model_dump(mode="json"))


def _dated(text: object) -> Record:
    """YAML knows dates, the other formats write them as text; what is no date is left for the schema to refuse."""
    with suppress(ValueError):
        return {"verified": date.fromisoformat(text)} if isinstance(text, str) else {}
    return {}


def checked(data: Record, path: Path) -> list[Fault]:
    """What is wrong with one record."""
    taken = Taken()
    _take(taken, path, 1, data)
    return taken.faults


def _said(error: Exception) -> Iterator[tuple[str, str]]:
    if isinstance(error, ValidationError):
        for problem in error.errors(include_url=False, include_input=False)[:5]:
            yield sentence_of(problem["type"], tuple(problem["loc"]), problem["msg"])
    else:
        yield "too-deep", "The record is nested too deeply."


def _lean(data: Record) -> Record:
    """Without what is empty, as an author would write it."""
    lean = {name: value for name, value in data.items() if value not in (None, []) or name in {"lifecycle", "topics"}}
    for name in ("options", "steps", "prompts", "responses"):
        if name in lean:
            lean[name] = [{key: value for key, value in part.items() if value} for part in lean[name]]
    return lean


def write_records(records: Mapping[Path, Record], pack: Path) -> list[Path]:
    """Write every record into the pack, or none.

    Returns:
        The files written.

    Raises:
        UsageFault: one of the questions is there already, or a file can't be written; nothing is left behind.
    """
    targets = {pack / relative: record for relative, record in records.items()}
    there = [path for path in targets if path.exists()]
    if there:
        raise UsageFault(
            f"{there[0]} is there already; {len(there)} of {len(targets)} files are.", "Import into another pack."
        )
    written: list[Path] = []
    try:
        for path, record in targets.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with _new_file(path) as stream:
                written.append(path)
                stream.write(as_yaml(record))
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        raise UsageFault(f"{error.filename or pack} can't be written: {error.strerror}.") from error
    return written


def _new_file(path: Path) -> TextIO:
    """A file that was not there: what somebody else has put there meanwhile is not overwritten."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "w", encoding="utf-8")
