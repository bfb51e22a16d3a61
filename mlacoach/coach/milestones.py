"""What was reached for the first time: told once, then listed. Everything is derived from the log."""

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass

from mlacoach.coach import Coach
from mlacoach.coach.habits import streak
from mlacoach.coach.project.progress import DONE, progress
from mlacoach.coach.roadmap import Progress
from mlacoach.coach.setup import profile
from mlacoach.curriculum.exams import Exam
from mlacoach.store.projects import Celebration

STREAKS = (3, 7, 14, 30, 60, 100, 200, 365)
# What the plans ask for: three projects to show.
TO_SHOW = 3


@dataclass(frozen=True, slots=True)
class Milestone:
    """Something reached; `name` never changes, for by it we know what was told."""

    name: str
    text: str


def celebrate(coach: Coach, *sources: str) -> list[Milestone]:
    """What is reached and was not told yet; it counts as told from now on.

    Args:
        coach: the parts.
        sources: where to look, of `SOURCES`; everywhere if none is named.
    """
    known = {one.name for one in coach.store.celebrations.all()}
    found: dict[str, Milestone] = {}
    for source in sources or SOURCES:
        found |= {one.name: one for one in SOURCES[source](coach, known) if one.name not in known}
    with coach.store.together():
        for one in found.values():
            coach.store.celebrations.add(one.name, one.text, coach.now())
    return list(found.values())


def celebrated(coach: Coach) -> list[Celebration]:
    """Everything that was told, oldest first."""
    return coach.store.celebrations.all()


def _roadmap(coach: Coach, _known: Container[str]) -> Iterator[Milestone]:
    """Checkpoints passed, and phases of which everything is done."""
    states = coach.store.ticks.states()
    begun = {key.partition("/")[0] for key in states}
    for track in (coach.library.tracks[name] for name in sorted(begun & coach.library.tracks.keys())):
        walked = Progress(track, states)
        for item in track.items:
            if states.get(item.key) == "gate-passed":
                yield Milestone(f"gate:{item.key}", f"Checkpoint passed: {item.title}.")
        for phase in track.phases:
            # A pointer to something to read is nothing to be done.
            if all(walked.done(item) for item in phase.items if item.kind != "resource"):
                yield Milestone(f"phase:{track.id}/{phase.id}", f"Phase finished: {phase.title}.")


def _streak(coach: Coach, _known: Container[str]) -> Iterator[Milestone]:
    days = streak(coach)
    return (Milestone(f"streak:{one}", f"{one} days of study in a row.") for one in STREAKS if one <= days)


def _exams(coach: Coach, known: Container[str]) -> Iterator[Milestone]:
    """The first full timed form of an exam, and the first that predicts a pass."""
    from mlacoach.coach.exam.results import results  # noqa: PLC0415 - only after an exam

    for sat in results(coach):
        exam, plan = sat.exam, sat.plan
        first, passing = f"full-exam:{exam.id}", f"predicted-pass:{exam.id}"
        if not plan.whole or plan.adaptive or not plan.minutes or plan.questions < _least(exam):
            continue
        yield Milestone(first, f"First full {exam.id} form under its time limit.")
        if passing not in known:
            from mlacoach.coach.exam.measure import predicted  # noqa: PLC0415 - NumPy

            told = predicted(coach, sat)
            if told and told.score >= exam.pass_mark:
                yield Milestone(passing, f"First {exam.id} form that predicts {exam.pass_mark} or more.")


def _least(exam: Exam) -> int:
    return min(form.questions for form in exam.forms.values())


def _labs(coach: Coach, _known: Container[str]) -> Iterator[Milestone]:
    """The first lab, and all labs of a domain of the learner's exam."""
    done, exam = set(coach.store.lab_runs.completed()), profile(coach).exam
    if done:
        yield Milestone("first-lab", "First lab done.")
    for domain in exam.domains:
        place = (exam.id, domain.id)
        labs = {
            lab.id for lab in coach.library.labs.values() if place in {(ref.exam, ref.domain) for ref in lab.skills}
        }
        if labs and labs <= done:
            yield Milestone(f"labs:{exam.id}/{domain.id}", f"All labs of domain {domain.id}, {domain.name}, done.")


def _projects(coach: Coach, _known: Container[str]) -> Iterator[Milestone]:
    """Each finished project, and three to show."""
    finished = [one.project for one in progress(coach) if one.state == DONE]
    yield from (Milestone(f"project:{one.id}", f"Project finished: {one.title}.") for one in finished)
    if sum(one.kind in {"portfolio", "capstone"} for one in finished) >= TO_SHOW:
        yield Milestone("three-to-show", "Three finished projects in the portfolio.")


SOURCES: Mapping[str, Callable[[Coach, Container[str]], Iterator[Milestone]]] = {
    "roadmap": _roadmap,
    "streak": _streak,
    "exams": _exams,
    "labs": _labs,
    "projects": _projects,
}
