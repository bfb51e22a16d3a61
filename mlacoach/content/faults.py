"""Faults are data: a learner runs with what is sound, an author gets every one with its line."""

from dataclasses import dataclass
from pathlib import Path

# The keys and indexes that lead from the top of a file to a value in it.
Loc = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """Something wrong in a pack. `line` starts at 1; `rule` names the rule that was broken."""

    path: Path
    line: int
    rule: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.sentence}"
