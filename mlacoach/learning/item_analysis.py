"""Classical item analysis: what many learners' answers say of a question, and of the group as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from mlacoach.learning.mastery import Z90, Share

# Rule Q30 of docs/questions.md: a question outside of these is to be revised, once so many have answered it.
LEAST_ANSWERS = 20
HARDEST, EASIEST = 0.30, 0.90
LEAST_DISCRIMINATION = 0.15
LEAST_CHOICE = 0.05


@dataclass(frozen=True, slots=True)
class Flag:
    """Why a question is to be revised: `hard`, `easy`, `discrimination`, or `distractor` and which one."""

    kind: str
    part: str | None = None


@dataclass(frozen=True, slots=True)
class ItemAnalysis:
    """A question as a cohort answered it.

    `discrimination` is the correlation between being right here and the share right elsewhere (item-rest), None where
    one of them is the same for all. `distractors` says how many of the wrong answers hold each wrong option; it is
    empty for kinds without options.
    """

    question: str
    answers: Share
    discrimination: float | None
    distractors: Mapping[str, int]

    @property
    def wrong(self) -> int:
        """How many answers were wrong."""
        return self.answers.given - self.answers.right

    @property
    def flags(self) -> tuple[Flag, ...]:
        """What rule Q30 finds. A share counts only when there are 20 of what it is a share of."""
        facility = self.answers.value
        if facility is None or self.answers.given < LEAST_ANSWERS:
            return ()
        found = []
        if not HARDEST <= facility <= EASIEST:
            found.append(Flag("hard" if facility < HARDEST else "easy"))
        if self.discrimination is not None and self.discrimination < LEAST_DISCRIMINATION:
            found.append(Flag("discrimination"))
        if self.wrong >= LEAST_ANSWERS:
            rare = [part for part, count in self.distractors.items() if count < LEAST_CHOICE * self.wrong]
            found += [Flag("distractor", part) for part in rare]
        return tuple(found)


@dataclass(frozen=True, slots=True)
class GroupShare:
    """The share right of a group, in which each learner gave some answers.

    Sums over the learners: of answers n, right ones r, and their products.
    """

    learners: int
    answers: Share
    nn: int
    nr: int
    rr: int

    @property
    def interval(self) -> tuple[float, float]:
        """The 90 % interval of the share, for learners drawn by chance.

        Answers of one learner hang together, so the learners are what counts: the ratio estimator's variance (Cochran,
        Sampling Techniques, 3rd ed. 1977, 6.3). Of a single learner, Wilson's for the answers.
        """
        share = self.answers.value
        if share is None or self.learners < 2:  # noqa: PLR2004 - one has no spread
            return self.answers.interval
        spread = max(self.rr - 2 * share * self.nr + share**2 * self.nn, 0.0)
        half = Z90 * sqrt(spread * self.learners / (self.learners - 1)) / self.answers.given
        return max(0.0, share - half), min(1.0, share + half)
