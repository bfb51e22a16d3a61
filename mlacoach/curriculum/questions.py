"""Questions. Each kind knows its parts, can show them in a shuffled order, and marks its own answer.

An answer is a tuple of part ids: the chosen options in any order, the steps in the order given, or
`prompt=response` pairs.
Marking is all or nothing, as in the exam; an empty answer is wrong.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from random import Random

from mlacoach.curriculum.exams import SkillRef

Answer = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """A page that carries the facts."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Part:
    """An option, a step, a prompt or a response: what is shown, and why it is right or wrong."""

    id: str
    text: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """Multiple choice (one key) and multiple response (`len(key)` keys, the number is told)."""

    options: tuple[Part, ...]
    key: frozenset[str]

    @property
    def parts(self) -> tuple[Part, ...]:
        """Everything that is shown."""
        return self.options

    def mark(self, answer: Answer) -> bool:
        """Is exactly the key chosen?"""
        return frozenset(answer) == self.key

    def shuffled(self, rng: Random) -> "Choice":
        """The same options in another order."""
        return Choice(tuple(rng.sample(self.options, len(self.options))), self.key)


@dataclass(frozen=True, slots=True)
class Ordering:
    """Steps to be put in order; `right_order` is the key."""

    steps: tuple[Part, ...]
    right_order: tuple[str, ...]

    @property
    def parts(self) -> tuple[Part, ...]:
        """Everything that is shown."""
        return self.steps

    def mark(self, answer: Answer) -> bool:
        """Is the order exactly right?"""
        return answer == self.right_order

    def shuffled(self, rng: Random) -> "Ordering":
        """The same steps in another order than the right one."""
        steps = self.steps
        while tuple(step.id for step in steps) == self.right_order:
            steps = tuple(rng.sample(self.steps, len(self.steps)))
        return Ordering(steps, self.right_order)


@dataclass(frozen=True, slots=True)
class Matching:
    """Prompts that each take one response; a response may serve several prompts or none."""

    prompts: tuple[Part, ...]
    responses: tuple[Part, ...]
    pairs: frozenset[str]

    @property
    def parts(self) -> tuple[Part, ...]:
        """Everything that is shown."""
        return self.prompts + self.responses

    def mark(self, answer: Answer) -> bool:
        """Has every prompt its own response?"""
        return frozenset(answer) == self.pairs

    def shuffled(self, rng: Random) -> "Matching":
        """The same prompts and responses, both in another order."""
        prompts = tuple(rng.sample(self.prompts, len(self.prompts)))
        return Matching(prompts, tuple(rng.sample(self.responses, len(self.responses))), self.pairs)


Body = Choice | Ordering | Matching


@dataclass(frozen=True, slots=True)
class Case:
    """A scenario that several questions share."""

    id: str
    title: str
    scenario: str


# Many questions share their skills, and choosing a few looks at all.
@lru_cache(maxsize=4096)
def _exams(skills: frozenset[SkillRef]) -> frozenset[str]:
    return frozenset(ref.exam for ref in skills)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionFacts:
    """What is known of a question without reading it: what choosing goes by.

    `difficulty` is 1 (easiest) to 5, ranked by its authors.
    """

    id: str
    kind: str
    skills: frozenset[SkillRef]
    topics: frozenset[str]
    difficulty: int
    cognitive: str
    case: Case | None = None

    def serves(self, exam: str) -> bool:
        """Does it count for this exam?"""
        return exam in _exams(self.skills)

    def tasks(self, exam: str) -> frozenset[str]:
        """The task statements of the exam that it serves."""
        return frozenset(ref.task for ref in self.skills if ref.exam == exam)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(QuestionFacts):
    """One question of the bank."""

    stem: str
    body: Body
    references: tuple[Reference, ...]
    verified: date
    lifecycle: str | None = None

    @property
    def text(self) -> str:
        """Everything a learner reads of it but the references."""
        parts = [self.case.scenario if self.case else "", self.stem]
        for part in self.body.parts:
            parts += [part.text, part.why]
        return " ".join(parts)

    def mark(self, answer: Answer) -> bool:
        """Is the answer wholly right?"""
        return self.body.mark(answer)
