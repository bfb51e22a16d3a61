"""The learner's track: what is done, what is next, which phases are open, and the gates between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from mlacoach.coach import Coach
from mlacoach.curriculum.questions import Question
from mlacoach.curriculum.tracks import Item, Phase, Track, concerns

DONE = frozenset({"done", "gate-passed", "gate-skipped"})
# A gate is passed with two of three, or the like, right: it finds gaps, it does not examine.
GATE_SHARE = 0.66


@dataclass(frozen=True, slots=True)
class Progress:
    """A track with the state of its items."""

    track: Track
    states: Mapping[str, str]

    def done(self, item: Item) -> bool:
        """Is the item done, or its gate passed or skipped?"""
        return self.states.get(item.key) in DONE

    def gates_before(self, phase: Phase) -> list[Item]:
        """The gates that are still shut before a phase: those of the phases that end before it begins."""
        earlier = [other for other in self.track.phases if other.weeks[1] < phase.weeks[0]]
        return [item for other in earlier for item in other.items if item.gate and not self.done(item)]

    def counts(self, phase: Phase | None = None) -> tuple[int, int]:
        """Items done and items in all, of a phase or of the whole track."""
        items = list(phase.items if phase else self.track.items)
        return sum(self.done(item) for item in items), len(items)

    def hours_done(self) -> float:
        """The hours of the items that are done."""
        return sum(item.hours for item in self.track.items if self.done(item))

    def next(self, count: int = 1) -> list[Item]:
        """The next items to do: the first that are not done, pointers without work left aside."""
        return [item for item in self.track.items if not self.done(item) and item.kind != "resource"][:count]


def progress(coach: Coach, track: Track) -> Progress:
    """Where the learner stands on a track."""
    return Progress(track, coach.store.ticks.states())


def mark(coach: Coach, item: Item, state: str) -> None:
    """Log that an item is done, undone, or its gate passed or skipped."""
    coach.store.ticks.add(item.key, state, coach.now())


def undo(coach: Coach) -> Item | None:
    """Take the last tick back; None if there is none to take back."""
    last = coach.store.ticks.last_not_undone()
    if last is None:
        return None
    track, _, item_id = last.partition("/")
    item = coach.library.item(coach.library.track(track), item_id)
    mark(coach, item, "undone")
    return item


def gate_questions(coach: Coach, item: Item, rng: Random) -> list[Question]:
    """The questions of a gate: about its skills and topics, those not seen yet first."""
    design = coach.library.architect.keys()
    about = [question for question in coach.library.catalogue.values() if concerns(question, item, design)]
    seen = coach.store.answers.seen()
    shuffled = rng.sample(about, len(about))
    chosen = sorted(shuffled, key=lambda question: question.id in seen)[: item.gate]
    return [coach.library.questions[question.id] for question in chosen]


def judge_gate(coach: Coach, item: Item, outcomes: Sequence[bool]) -> bool:
    """Whether the gate opens; logged if it does."""
    passed = bool(outcomes) and sum(outcomes) / len(outcomes) >= GATE_SHARE
    if passed:
        mark(coach, item, "gate-passed")
    return passed
