"""What a learner should know on opening the program."""

from dataclasses import dataclass
from datetime import datetime

from mlacoach.coach import Coach
from mlacoach.coach.exam import hand_in_expired, unfinished
from mlacoach.coach.exam.results import Result, result_of
from mlacoach.coach.roadmap import Progress, progress
from mlacoach.coach.setup import Profile, pace, profile, today
from mlacoach.store.sittings import SittingRow


@dataclass(frozen=True, slots=True)
class Today:
    """What is due, what is next, what is open, and which exams have just been handed in as their time ran out."""

    learner: Profile
    pace: str
    roadmap: Progress
    due: int
    next_due: datetime | None
    exam: SittingRow | None
    handed_in: tuple[Result, ...]


def overview(coach: Coach) -> Today:
    """Look at the learner's day."""
    learner, handed_in = profile(coach), [result_of(coach, row) for row in hand_in_expired(coach)]
    return Today(
        learner=learner,
        pace=pace(learner, today(coach)),
        roadmap=progress(coach, learner.track),
        due=len(coach.store.answers.due(coach.now())),
        next_due=coach.store.answers.next_due(),
        exam=unfinished(coach),
        handed_in=tuple(handed_in),
    )
