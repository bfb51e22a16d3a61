"""A learner's own answers for a cohort, without the person."""

from collections.abc import Iterator

from mlacoach.coach import Coach
from mlacoach.content.cohort import CohortAnswer

# By this name of the profile a learner keeps their pseudonym, so that a later export takes the place of this one.
PSEUDONYM = "cohort_pseudonym"
DIGITS = 16


def own_answers(coach: Coach) -> Iterator[CohortAnswer]:
    """The first answer to each question that the bank has, in the questions' order; neither time nor name is told.

    Whoever is asked alone, such as by `bank calibrate`, is not to be known again: the order of the answers is not kept.
    """
    learner, responses = pseudonym(coach), coach.store.answers.first_responses()
    known = coach.library.catalogue
    for first in sorted(coach.store.answers.firsts(), key=lambda one: one.question):
        if first.question in known:
            yield CohortAnswer(learner, first.question, first.correct, " ".join(responses[first.question]))


def pseudonym(coach: Coach) -> str:
    """Hexadecimal digits drawn by lot at the first export, and kept."""
    drawn = coach.store.profile.all().get(PSEUDONYM)
    if drawn is None:
        drawn = f"{coach.rng.getrandbits(4 * DIGITS):0{DIGITS}x}"
        coach.store.profile.put({PSEUDONYM: drawn}, coach.now())
    return drawn
