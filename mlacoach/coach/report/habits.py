"""How the learner answers: what stays, how sure they are, how long it takes."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from mlacoach.coach import Coach
from mlacoach.curriculum.exams import Exam
from mlacoach.learning.mastery import Share
from mlacoach.learning.priors import GUESSING

# What is kept of a point is what its first review shows that comes so many days after it was first met.
AFTER, UNTIL = timedelta(days=30), timedelta(days=60)
CONFIDENCES = ("sure", "unsure", "guess")
SLOW = 2.0


@dataclass(frozen=True, slots=True)
class Retention:
    """Points of which a review shows whether they were kept for thirty days.

    `share` counts those that were; `guessing` is how probably one would have been right by chance alone.
    """

    share: Share
    guessing: float

    @property
    def value(self) -> float | None:
        """The part that was kept, corrected for guessing: (right - g) / (1 - g); None without such reviews."""
        return None if self.share.value is None else self._corrected(self.share.value)

    @property
    def interval(self) -> tuple[float, float]:
        """Its 90 % interval: Wilson's, corrected alike."""
        low, high = self.share.interval
        return self._corrected(low), self._corrected(high)

    def _corrected(self, right: float) -> float:
        return max((right - self.guessing) / (1 - self.guessing), 0.0)


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds for an answer: the median in study and in exams, what the exam allows; `slow` took twice that."""

    study: float | None
    exam: float | None
    allowed: float
    slow: Share


def retention(coach: Coach) -> Retention:
    """Measure what is kept after thirty days; a guess that the learner called one counts as not kept."""
    questions, met = coach.library.catalogue, dict[str, datetime]()
    kept: dict[str, bool] = {}
    for one in coach.store.answers.reviews():
        began = met.setdefault(one.point, one.at)
        if AFTER <= one.at - began <= UNTIL:
            kept.setdefault(one.point, one.rating > 1)
    guessed = [GUESSING[questions[name].kind] if name in questions else 0.0 for name in kept]
    guessing = sum(guessed) / len(guessed) if guessed else 0.0
    return Retention(Share(sum(kept.values()), len(kept)), guessing)


def confidence(coach: Coach) -> Mapping[str, Share]:
    """How many of the answers that the learner was sure of, unsure of, or guessed were right."""
    shares = {word: Share(0, 0) for word in CONFIDENCES}
    for word, right, given in coach.store.answers.by_confidence():
        shares[word] = Share(right, given)
    return shares


def timing(coach: Coach, exam: Exam) -> Timing:
    """How long answers take."""
    form = next(iter(exam.forms.values()))
    allowed = form.minutes * 60 / form.questions
    seconds: defaultdict[bool, list[float]] = defaultdict(list)
    for source, took in coach.store.answers.durations():
        seconds[source == "exam"].append(took)
    every = [took for group in seconds.values() for took in group]
    return Timing(
        study=median(seconds[False]) if seconds[False] else None,
        exam=median(seconds[True]) if seconds[True] else None,
        allowed=allowed,
        slow=Share(sum(took > SLOW * allowed for took in every), len(every)),
    )
