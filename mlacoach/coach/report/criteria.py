"""The success criteria of the study plans as a table: what is wanted, where it stands, what is missing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlacoach.coach import Coach
from mlacoach.coach.exam.gaps import TARGET
from mlacoach.coach.exam.results import Result
from mlacoach.coach.report.habits import Retention
from mlacoach.coach.report.mastery import Masteries
from mlacoach.coach.roadmap import Progress

# The plans name 80 % and 85 %: one threshold for all shares, the learner's own.
THRESHOLD = 85.0
KEPT = 0.9
READY = 0.9
# Consistent is what the last three forms show.
FORMS = 3
PROJECTS = 3


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion. `target` and `now` are 0 to 1, or counts; `now` is None where nothing was measured yet."""

    name: str
    target: float
    now: float | None
    counts: bool = False

    @property
    def met(self) -> bool:
        """Is it reached?"""
        return self.now is not None and self.now >= self.target - 1e-9

    @property
    def gap(self) -> float | None:
        """What is missing; 0 where it is met, None where nothing was measured."""
        return None if self.now is None else max(self.target - self.now, 0.0)


@dataclass(frozen=True, slots=True)
class Measured:
    """What the criteria are held against; `threshold` is 0 to 1. `design` is the last whole Architect form."""

    pass_probability: float | None
    masteries: Masteries
    retention: Retention
    exams: Sequence[Result]
    roadmap: Progress
    threshold: float
    design: Result | None = None


def criteria(coach: Coach, seen: Measured) -> list[Criterion]:
    """Hold what was measured against the criteria."""
    forms = [result for result in seen.exams if not result.plan.adaptive and result.plan.minutes][-FORMS:]
    shares = [result.total.value or 0.0 for result in forms]
    in_time = [float(result.row.ended == "submit") for result in forms]
    weakest = min((one.right for one in seen.masteries.domains.values()), default=None)
    skills = seen.masteries.skills.values()
    touched = sum(one.answered > 0 for one in skills) / max(len(skills), 1)
    known = any(one.answered for one in skills)
    done, items = seen.roadmap.counts()
    labs = len(coach.library.labs)
    finished = len(set(coach.store.lab_runs.completed()) & coach.library.labs.keys())
    projects = sum(item.kind == "project" and seen.roadmap.done(item) for item in seen.roadmap.track.items)
    return [
        Criterion("Probability of passing", READY, seen.pass_probability),
        Criterion(f"Right on each of the last {FORMS} timed exams", seen.threshold, min(shares, default=None)),
        Criterion(f"Of the last {FORMS} timed exams handed in before their end", 1.0, _mean(in_time)),
        Criterion("Expected right in the weakest domain", seen.threshold, weakest if known else None),
        Criterion("Kept for thirty days", KEPT, seen.retention.value),
        Criterion("Skills of the exam that were asked about", 1.0, touched),
        Criterion("Labs done", float(labs), float(finished), counts=True),
        Criterion("Projects of the track done", float(PROJECTS), float(projects), counts=True),
        Criterion("Items of the track done", float(items), float(done), counts=True),
        *_design(seen.design),
    ]


def _design(form: Result | None) -> Iterator[Criterion]:
    """The plans' own target for Architect practice, once a whole form was sat."""
    if form:
        new = [float(right) for _, right in form.evidence]
        yield Criterion("Right on what was new in the last whole Architect form", TARGET, _mean(new))


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def ticked_criteria(coach: Coach, roadmap: Progress) -> list[tuple[str, bool]]:
    """The criteria that only the learner can judge: those the track has as items, and whether they are ticked."""
    wanted = coach.library.requirements
    found: dict[str, bool] = {}
    for item in roadmap.track.items:
        if any(name in wanted and wanted[name].kind == "criterion" for name in item.covers):
            found[item.title] = roadmap.done(item)
    return list(found.items())
