"""Authors' rankings of questions by difficulty: `question_bank/RANKINGS.csv`, a set a line, the hardest first."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mlacoach.content.faults import Fault
from mlacoach.content.load import RANKINGS
from mlacoach.content.text_file import read_text

_DIFFICULTY = re.compile(r"^difficulty: *[0-9]+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Rankings:
    """What was read; with a fault nothing of it should be used."""

    sets: list[list[str]]
    faults: list[Fault]


def read_rankings(bank: Path, known: Iterable[str]) -> Rankings:
    """Read the rankings of a bank's folder; none if there is no such file.

    Args:
        bank: the folder.
        known: the ids of all questions.
    """
    path, ids = bank / RANKINGS, frozenset(known)
    text = read_text(path) if path.exists() else ""
    if isinstance(text, Fault):
        return Rankings([], [text])
    sets, faults = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        ranking = [name.strip() for name in line.split(",")]
        wrong = _wrong(ranking, ids)
        if wrong:
            faults.append(Fault(path, number, "ranking", wrong))
        sets.append(ranking)
    return Rankings(sets, faults)


def _wrong(ranking: list[str], known: frozenset[str]) -> str:
    unknown = [name for name in ranking if name not in known]
    if unknown:
        return f"There is no question {unknown[0] or 'without a name'}."
    twice = [name for name in ranking if ranking.count(name) > 1]
    if twice:
        return f"The question {twice[0]} stands in the set twice."
    return "" if len(ranking) > 1 else "One question alone is no ranking."


def write_levels(levels: Mapping[Path, int]) -> None:
    """Put each file's difficulty to the level; the rest of the file stays as it is, byte for byte."""
    for path, level in levels.items():
        text = path.read_bytes().decode()
        path.write_bytes(_DIFFICULTY.sub(f"difficulty: {level}", text, count=1).encode())
