"""Questions as a table for a spreadsheet: one row a question, nothing lost."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TextIO

from mlacoach.content.bank.record import Record

PARTS = 7
_SIMPLE = ("id", "folder", "kind", "skills", "topics", "difficulty", "cognitive", "select", "case", "stem")
_LAST = ("reference_1_title", "reference_1_url", "reference_2_title", "reference_2_url", "verified", "lifecycle")
_OF_PART = ("id", "text", "correct", "response", "why")
COLUMNS = (
    *_SIMPLE,
    *(f"part_{number}_{name}" for number in range(1, PARTS + 1) for name in _OF_PART),
    *(f"response_{number}_{name}" for number in range(1, PARTS + 1) for name in ("id", "text")),
    *_LAST,
)
# A spreadsheet runs a cell that begins so; an apostrophe before it makes it text.
_FORMULA = ("=", "+", "-", "@", "\t")
_LISTS = {"ordering": "steps", "matching": "prompts"}


def write_sheet(rows: Iterable[Mapping[str, Any]], stream: TextIO) -> None:
    """Write records (with `id` and `folder`) as CSV with a header."""
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _shielded(cell) for name, cell in _cells(row).items()})


def _shielded(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith((*_FORMULA, "'")) else text


def _cells(row: Mapping[str, Any]) -> Record:
    cells = {name: row.get(name) for name in _SIMPLE}
    cells["skills"] = "; ".join(f"{exam} {skill}" for exam, skills in row["skills"].items() for skill in skills)
    cells["topics"] = "; ".join(row["topics"])
    for number, part in enumerate(row.get(_LISTS.get(row["kind"], "options"), ()), start=1):
        cells |= {f"part_{number}_{name}": part.get(name) for name in _OF_PART}
        cells[f"part_{number}_correct"] = "yes" if part.get("correct") else None
    for number, part in enumerate(row.get("responses", ()), start=1):
        cells |= {f"response_{number}_{name}": part[name] for name in ("id", "text")}
    for number, reference in enumerate(row["references"], start=1):
        cells |= {f"reference_{number}_{name}": reference[name] for name in ("title", "url")}
    return cells | {"verified": row["verified"], "lifecycle": row.get("lifecycle")}


def read_sheet(lines: Iterable[str]) -> Iterator[tuple[int, Record]]:
    """The records with the line on which each ends; what they hold is not checked here.

    Raises:
        csv.Error: the file is no CSV, or a cell is too large.
    """
    reader = csv.DictReader(lines, strict=True)
    for row in reader:
        cells = {name: _bare(cell) for name, cell in row.items() if isinstance(name, str) and isinstance(cell, str)}
        yield reader.line_num, _record(cells)


def _bare(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith((*_FORMULA, "'")) else cell


def _record(cells: Mapping[str, str]) -> Record:
    record: Record = {
        name: cells[name] for name in ("id", "folder", "kind", "cognitive", "stem", "verified") if name in cells
    }
    record["skills"] = _skills(cells.get("skills", ""))
    record["topics"] = [one.strip() for one in cells.get("topics", "").split(";") if one.strip()]
    for name in ("difficulty", "select"):
        if cells.get(name):
            record[name] = int(cells[name]) if cells[name].isdecimal() and len(cells[name]) < PARTS else cells[name]
    record |= {name: cells[name] for name in ("case", "lifecycle") if cells.get(name)}
    record[_LISTS.get(cells.get("kind", ""), "options")] = list(_numbered(cells, "part", _OF_PART))
    responses = list(_numbered(cells, "response", ("id", "text")))
    if responses:
        record["responses"] = responses
    record["references"] = list(_numbered(cells, "reference", ("title", "url")))
    return record


def _skills(cell: str) -> dict[str, list[str]]:
    skills: dict[str, list[str]] = {}
    for pair in filter(None, (one.strip() for one in cell.split(";"))):
        exam, _, skill = pair.partition(" ")
        skills.setdefault(exam, []).append(skill)
    return skills


def _numbered(cells: Mapping[str, str], prefix: str, names: Iterable[str]) -> Iterator[Record]:
    for number in range(1, PARTS + 1):
        part: Record = {
            name: cells[f"{prefix}_{number}_{name}"] for name in names if cells.get(f"{prefix}_{number}_{name}")
        }
        if part:
            if "correct" in part:
                part["correct"] = part["correct"] == "yes"
            yield part
