"""The strict shape of `curriculum/comparisons/<id>.yaml`."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from mlacoach.content.schema import Id, ReferenceFile, Skills, Strict, Text


class AlternativeFile(Strict):
    """One of those compared."""

    id: Id
    name: Text
    what: Text
    also: list[Text] = []


class AspectFile(Strict):
    """One thing in which they differ."""

    name: Text
    says: dict[Id, Text]


class BranchFile(Strict):
    """An answer of the chooser."""

    text: Text
    because: Text
    then: Id | None = None
    choose: Id | None = None

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        if (self.then is None) == (self.choose is None):
            raise ValueError("an answer has either `then` or `choose`")
        return self


class StepFile(Strict):
    """A question of the chooser."""

    id: Id
    ask: Text
    answers: Annotated[list[BranchFile], Field(min_length=2, max_length=6)]


class UseCaseFile(Strict):
    """A situation, and what fits it best."""

    situation: Text
    choose: Id
    because: Text


class ComparisonFile(Strict):
    """`curriculum/comparisons/<id>.yaml`."""

    title: Text
    summary: Text
    skills: Skills = {}
    topics: Annotated[list[Id], Field(min_length=1)]
    alternatives: Annotated[list[AlternativeFile], Field(min_length=2, max_length=9)]
    aspects: Annotated[list[AspectFile], Field(min_length=2)]
    decide: Annotated[list[StepFile], Field(min_length=1)]
    use_cases: list[UseCaseFile] = []
    references: Annotated[list[ReferenceFile], Field(min_length=1)]
    verified: date

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        for sentence in self._loose_ends():
            raise ValueError(sentence)
        return self

    def _loose_ends(self) -> Iterator[str]:
        ids = {one.id for one in self.alternatives}
        for aspect in self.aspects:
            if aspect.says.keys() != ids:
                yield f"the aspect {aspect.name} does not speak of each alternative once"
        steps = [step.id for step in self.decide]
        for number, step in enumerate(self.decide):
            for branch in step.answers:
                # Only forwards: so there is no way around in a circle.
                if branch.then and branch.then not in steps[number + 1 :]:
                    yield f"the step {step.id} leads to {branch.then}, which is no later step"
        chosen = [branch.choose for step in self.decide for branch in step.answers if branch.choose]
        for choice in [*chosen, *(case.choose for case in self.use_cases)]:
            if choice not in ids:
                yield f"there is no alternative {choice}"
        yield from (f"nothing leads to {one}" for one in sorted(ids.difference(chosen)))
        led = {branch.then for step in self.decide for branch in step.answers}
        yield from (f"nothing leads to the step {one}" for one in steps[1:] if one not in led)
