"""What the learner did and may show: projects with what proves them, labs with what they measured. Nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mlacoach.coach import Coach
from mlacoach.coach.lab.log import RunLog
from mlacoach.coach.lab.results import LabResult, results
from mlacoach.coach.project.progress import DONE, OPEN, Progress, progress
from mlacoach.curriculum.labs import LabFacts
from mlacoach.errors import UsageFault
from mlacoach.store.whole_file import writing

# Every page that we write begins with this; a page without it is the learner's, and stays.
MARKER = "<!-- Written by `mlacoach portfolio build`. Delete this line to keep your own version. -->"


@dataclass(frozen=True, slots=True)
class PractisedLab:
    """A lab with its finished runs, oldest first, and the kinds of resources that the last one made, by service.

    `facts` is None where the lab has left the content since.
    """

    lab: str
    facts: LabFacts | None
    results: tuple[LabResult, ...]
    made: tuple[tuple[str, str], ...]

    @property
    def title(self) -> str:
        """Its title, or its id."""
        return self.facts.title if self.facts else self.lab


@dataclass(frozen=True, slots=True)
class Portfolio:
    """What there is to show: projects under way or done, the finished ones first, and labs that were done."""

    built: datetime
    projects: tuple[Progress, ...]
    labs: Mapping[str, PractisedLab]


@dataclass(frozen=True, slots=True)
class Written:
    """What a build wrote, what it left alone because it is the learner's own, and what had not changed."""

    written: tuple[str, ...]
    kept: tuple[str, ...]
    same: tuple[str, ...]


def gather(coach: Coach) -> Portfolio:
    """Read from the store what was done."""
    begun = [one for one in progress(coach) if one.state != OPEN]
    projects = sorted(begun, key=lambda one: (one.state != DONE, one.project.id))
    by_lab: dict[str, list[LabResult]] = {}
    for result in results(coach):
        by_lab.setdefault(result.lab, []).append(result)
    made = _made(coach)
    labs = {
        name: PractisedLab(name, coach.library.labs.get(name), tuple(found), made.get(name, ()))
        for name, found in sorted(by_lab.items())
    }
    return Portfolio(coach.now(), tuple(projects), labs)


def _made(coach: Coach) -> dict[str, tuple[tuple[str, str], ...]]:
    """By lab, the kinds of resources that its last finished run made, in order, each once."""
    found = {}
    for row in coach.store.lab_runs.all():
        log = RunLog(coach, row)
        if log.last("completed"):
            kinds = ((entry.service, entry.resource.kind) for entry in log.entries())
            found[row.lab] = tuple(dict.fromkeys(kinds))
    return found


def write(folder: Path, pages: Mapping[str, str]) -> Written:
    """Write the pages, by path within the folder; a file that is not ours is never overwritten.

    Raises:
        UsageFault: the folder is a file.
        TryAgain: it cannot be written.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageFault(f"{folder} is no folder.", "Name another one.")
    written, kept, same = [], [], []
    for name, page in sorted(pages.items()):
        path, text = folder / name, f"{MARKER}\n{page.strip()}\n"
        old = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None
        if path.exists() and (old is None or not old.startswith(MARKER)):
            kept.append(name)
        elif old == text:
            same.append(name)
        else:
            with writing(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            written.append(name)
    return Written(tuple(written), tuple(kept), tuple(same))
