"""Services and ways side by side, and the questions that lead to one of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from mlacoach.curriculum.exams import SkillRef
from mlacoach.curriculum.questions import Reference


@dataclass(frozen=True, slots=True)
class Alternative:
    """One of those compared. `also` are other names that somebody may type."""

    id: str
    name: str
    what: str
    also: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Aspect:
    """One thing in which they differ; `says` has a text for each alternative's id."""

    name: str
    says: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Branch:
    """An answer. It leads to the step `then`, or to the alternative `choose`; `because` is what it tells."""

    text: str
    because: str
    then: str | None
    choose: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """A question of the chooser."""

    id: str
    ask: str
    branches: tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class UseCase:
    """A situation, and what fits it best."""

    situation: str
    choose: str
    because: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Alternatives side by side; the chooser begins at its first step."""

    id: str
    title: str
    summary: str
    skills: frozenset[SkillRef]
    topics: frozenset[str]
    alternatives: tuple[Alternative, ...]
    aspects: tuple[Aspect, ...]
    steps: tuple[Step, ...]
    use_cases: tuple[UseCase, ...]
    references: tuple[Reference, ...]
    verified: date

    def alternative(self, alternative_id: str) -> Alternative:
        """The alternative of this id, which must be there."""
        return next(one for one in self.alternatives if one.id == alternative_id)

    def step(self, step_id: str) -> Step:
        """The step of this id, which must be there."""
        return next(one for one in self.steps if one.id == step_id)

    def depth(self) -> int:
        """The most questions that the chooser asks."""
        return self._depth(self.steps[0])

    def _depth(self, step: Step) -> int:
        return 1 + max((self._depth(self.step(one.then)) for one in step.branches if one.then), default=0)
