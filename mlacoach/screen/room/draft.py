"""An answer in the making: what is marked on the screen before it is complete and stored. No terminal here."""

from dataclasses import dataclass, replace
from string import ascii_lowercase

from mlacoach.curriculum.questions import Answer, Body, Choice, Matching, Ordering, Part

CHOSEN = {1: "one", 2: "TWO", 3: "THREE", 4: "FOUR"}


@dataclass(frozen=True, slots=True)
class Draft:
    """`marked` are the chosen options, the steps as they stand, or the pairs; `begun`: the learner did something."""

    body: Body
    marked: Answer
    begun: bool

    @property
    def wanted(self) -> int:
        """How many marks make it complete."""
        if isinstance(self.body, Choice):
            return len(self.body.key)
        return len(self.body.steps if isinstance(self.body, Ordering) else self.body.prompts)

    @property
    def complete(self) -> bool:
        """Is it an answer?"""
        return self.begun and len(self.marked) == self.wanted

    @property
    def answer(self) -> Answer:
        """What is to be stored: nothing until it is complete; but for steps in one order only, as the store has it."""
        if not self.complete:
            return ()
        return self.marked if isinstance(self.body, Ordering) else tuple(sorted(self.marked))

    @property
    def half(self) -> bool:
        """Begun, and no answer yet?"""
        return self.begun and not self.complete

    @property
    def guard(self) -> str:
        """What it takes, and how far it is."""
        if isinstance(self.body, Ordering):
            return "Your order" if self.begun else "Put the steps in order; Enter takes them as they stand"
        if isinstance(self.body, Matching):
            return f"match {self.wanted}: {len(self.marked)} matched"
        return f"choose {self.wanted}: {len(self.marked)} chosen" if self.wanted > 1 else "not answered"

    def toggled(self, part: str) -> "Draft":
        """An option chosen, or no longer; where one is wanted, the new one takes the place of the old."""
        if self.wanted == 1:
            return self._marked((part,))
        chosen = set(self.marked) ^ {part}
        return self._marked(tuple(one.id for one in self.body.parts if one.id in chosen))

    def moved(self, place: int, to: int) -> "Draft":
        """The step at one place moved to another."""
        steps = list(self.marked)
        steps.insert(max(0, min(to, len(steps) - 1)), steps.pop(place))
        return replace(self, marked=tuple(steps), begun=True)

    def kept(self) -> "Draft":
        """The steps taken as they stand."""
        return replace(self, begun=True)

    def paired(self, prompt: str, response: str) -> "Draft":
        """A prompt with its response; the same again takes it back."""
        pair = f"{prompt}={response}"
        others = [one for one in self.marked if not one.startswith(f"{prompt}=")]
        return self._marked(tuple(others if pair in self.marked else [*others, pair]))

    def response_of(self, prompt: str) -> str | None:
        """The response that a prompt has."""
        return next((pair.partition("=")[2] for pair in self.marked if pair.startswith(f"{prompt}=")), None)

    def _marked(self, marked: Answer) -> "Draft":
        return replace(self, marked=marked, begun=bool(marked))


def draft_of(body: Body, answer: Answer) -> Draft:
    """The draft that a stored answer comes to; parts that have left the content since are left out."""
    known = {part.id for part in body.parts}
    if isinstance(body, Ordering):
        steps = tuple(step.id for step in body.steps)
        begun = set(answer) == set(steps)
        return Draft(body, answer if begun else steps, begun)
    kept = tuple(one for one in answer if set(one.split("=")) <= known)
    return Draft(body, kept, bool(kept))


def lettered(body: Body) -> dict[str, Part]:
    """The parts that have a letter: options and responses; steps have their place instead."""
    if isinstance(body, Ordering):
        return {}
    parts = body.responses if isinstance(body, Matching) else body.options
    return dict(zip(ascii_lowercase, parts, strict=False))


def numbered(draft: Draft) -> dict[str, Part]:
    """The parts that have a number: prompts, and steps at their places."""
    if isinstance(draft.body, Matching):
        parts = list(draft.body.prompts)
    elif isinstance(draft.body, Ordering):
        by_id = {step.id: step for step in draft.body.steps}
        parts = [by_id[step] for step in draft.marked]
    else:
        parts = []
    return {str(number): part for number, part in enumerate(parts, start=1)}


def task_of(body: Body) -> str:
    """One line on what is asked for."""
    if isinstance(body, Ordering):
        return f"Put the {len(body.steps)} steps in order."
    if isinstance(body, Matching):
        return "Give each line its letter; a letter may be used again or not at all."
    return f"Choose {CHOSEN.get(len(body.key), len(body.key))}."
