"""A cohort's answers: a CSV of learner,question,correct and maybe response, read whole with every fault."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import TextIO

COLUMNS = ("learner", "question", "correct")
# What was answered: part ids with blanks between. An analysis of the options needs it, a calibration does not.
RESPONSE = "response"
CORRECT = {"1": True, "0": False}


@dataclass(frozen=True, slots=True)
class CohortFault:
    """Something wrong in a cohort's file; `line` starts at 1."""

    path: Path
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class CohortAnswer:
    """A learner's first answer to a question; `response` is what was answered, where that is told."""

    learner: str
    question: str
    correct: bool
    response: str = ""


@dataclass(frozen=True, slots=True)
class Cohort:
    """What was read; with a fault in `faults` nothing of it should be used. `sha256` is of the file's bytes."""

    answers: Sequence[CohortAnswer]
    faults: Sequence[CohortFault]
    sha256: str


def header_of(path: Path) -> list[str]:
    """The columns that the file's first line names; none where they are not a cohort's: `read_cohort` says why."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = [name.strip() for name in next(csv.reader(file), [])]
    except (OSError, UnicodeDecodeError, csv.Error):
        header = []
    return header if _names_columns(header) else []


def _names_columns(header: Sequence[str]) -> bool:
    return sorted(header) in (sorted(COLUMNS), sorted((*COLUMNS, RESPONSE)))


def read_cohort(path: Path) -> Cohort:
    """Read the file."""
    try:
        data = path.read_bytes()
    except OSError as error:
        return Cohort((), [CohortFault(path, 1, f"The file cannot be read: {error.strerror}.")], "")
    digest = sha256(data).hexdigest()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Cohort((), [CohortFault(path, line, f"Save the file as UTF-8 (byte {error.start} is not).")], digest)
    reader = _Reader(path)
    answers = list(reader.answers(text))
    return Cohort(answers, reader.faults, digest)


def write_cohort(answers: Iterable[CohortAnswer], stream: TextIO) -> None:
    """Write answers as `read_cohort` reads them."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow((*COLUMNS, RESPONSE))
    writer.writerows((one.learner, one.question, int(one.correct), one.response) for one in answers)


class _Reader:
    """Reads one file and gathers its faults."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.faults: list[CohortFault] = []
        self._first: dict[tuple[str, str], int] = {}

    def answers(self, text: str) -> Iterator[CohortAnswer]:
        """The sound rows."""
        rows = self._rows(text)
        line, row = next(rows, (1, []))
        header = [name.strip() for name in row]
        if not _names_columns(header):
            self._wrong(line, f"The first line names the columns: {','.join(COLUMNS)}. {RESPONSE} may be one more.")
            return
        empty = True
        for line, row in rows:
            if not row:
                continue  # a blank line, as at the end of many files
            empty = False
            answer = self._answer(line, row, header)
            if answer:
                yield answer
        if empty and not self.faults:
            self._wrong(line, "There is no answer in it.")

    def _rows(self, text: str) -> Iterator[tuple[int, list[str]]]:
        """Each row with the line on which it begins."""
        reader = csv.reader(StringIO(text, newline=""), strict=True)
        while True:
            line = reader.line_num + 1
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                self._wrong(line, f"This is no CSV: {error}.")
                return
            yield line, row

    def _answer(self, line: int, row: Sequence[str], header: Sequence[str]) -> CohortAnswer | None:
        if len(row) != len(header):
            self._wrong(line, f"A row has {len(header)} fields; this has {len(row)}.")
            return None
        learner, question, correct = (row[header.index(name)].strip() for name in COLUMNS)
        if not learner or not question:
            self._wrong(line, f"The {'question' if learner else 'learner'} has no name.")
            return None
        if correct not in CORRECT:
            self._wrong(line, f"correct is 1 or 0, not {correct!r}.")
            return None
        before = self._first.setdefault((learner, question), line)
        if before != line:
            sentence = f"{learner} answered {question} on line {before} already; only first answers count."
            self._wrong(line, sentence)
            return None
        response = row[header.index(RESPONSE)].strip() if RESPONSE in header else ""
        return CohortAnswer(learner, question, CORRECT[correct], response)

    def _wrong(self, line: int, sentence: str) -> None:
        self.faults.append(CohortFault(self._path, line, sentence))
