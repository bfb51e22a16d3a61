"""The answers as a table for a spreadsheet."""

import csv
import io
from pathlib import Path

from mlacoach.coach import Coach
from mlacoach.store.whole_file import write_whole

COLUMNS = ("at", "question", "skills", "response", "correct", "seconds", "confidence", "source", "exam")
# A spreadsheet takes a cell that begins so for a formula, and runs it.
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def write_answers(coach: Coach, path: Path) -> int:
    """Write every answer that stands, oldest first; how many there are comes back.

    Times are ISO 8601 in UTC, several skills or parts of a response stand in one cell, with spaces between.

    Raises:
        TryAgain: the file cannot be written.
    """
    text = io.StringIO(newline="")
    sheet = csv.writer(text)
    sheet.writerow(COLUMNS)
    count = 0
    for row in coach.store.answers.table():
        known = coach.library.catalogue.get(row.question)
        skills = " ".join(sorted(ref.skill for ref in known.skills)) if known else ""
        cells = (row.at, row.question, skills, " ".join(row.response), int(row.correct), f"{row.seconds:g}")
        sheet.writerow(guarded(cell) for cell in (*cells, row.confidence or "", row.source, row.exam or ""))
        count += 1
    # The mark tells spreadsheets that it is UTF-8.
    write_whole(path, text.getvalue().encode("utf-8-sig"))
    return count


def guarded(cell: object) -> str:
    """What to write so that a spreadsheet shows a cell and does not run it."""
    text = str(cell)
    return f"'{text}" if text.startswith(FORMULAS) else text
