"""Which question comes next in an adaptive sitting, and when it has asked enough."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from mlacoach.coach import Coach
from mlacoach.coach.exam.plans import Plan, pool
from mlacoach.curriculum.questions import Question


class Adaptive:
    """The choosing of a sitting. NumPy is loaded with the first choice."""

    def __init__(self, coach: Coach, plan: Plan, seed: int) -> None:
        self._coach = coach
        self._plan = plan
        self._seed = seed

    def following(self, asked: Sequence[str], right: Mapping[str, bool]) -> Question | None:
        """The next question, or None when the sitting ends.

        Args:
            asked: the questions of the sitting so far.
            right: whether each answered one was answered rightly.
        """
        # NumPy costs 100 ms, and only adaptive sittings and results need it.
        import numpy as np  # noqa: PLC0415

        from mlacoach.coach.exam.measure import estimates_of, meter  # noqa: PLC0415
        from mlacoach.learning import selection, stopping  # noqa: PLC0415
        from mlacoach.learning.score import mastery  # noqa: PLC0415

        exam = self._coach.library.exam(self._plan.exam)
        questions = {question.id: question for question in pool(self._coach, self._plan)}
        if len(asked) >= self._plan.questions or len(asked) >= len(questions):
            return None
        known = estimates_of(self._coach)
        local = meter(exam, questions.values(), known)
        ability = local.ability(right.items())
        if not self._plan.fixed_length:
            all_of_it = (one for one in self._coach.library.questions.values() if one.serves(exam.id))
            whole = meter(exam, all_of_it, known)
            if stopping.when_decided(float(mastery(ability, whole.cut)), len(right)):
                return None
        recent = np.isin(list(local.places), list(self._recent()))
        # The same seed and the same answers choose the same questions.
        rng = np.random.default_rng([self._seed, len(asked)])
        places = [local.places[name] for name in asked if name in local.places]
        chosen = selection.next_item(local.bank, local.weights, ability, places, recent, rng)
        return questions[list(local.places)[chosen]]

    def _recent(self) -> list[str]:
        from mlacoach.learning.selection import REST_DAYS  # noqa: PLC0415

        since = self._coach.now() - timedelta(days=REST_DAYS)
        return [name for name, at in self._coach.store.answers.seen().items() if at > since]
