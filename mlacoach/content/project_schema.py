"""The strict shape of `curriculum/projects/<id>/project.yaml`."""

from collections.abc import Iterator
from datetime import date
from string import Formatter
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from mlacoach.content.schema import Id, ReferenceFile, Skills, Strict, Text

FigureName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class MilestoneFile(Strict):
    """A step that can be shown."""

    id: Id
    title: Text
    proof: Text
    files: list[Text] = []


class CriterionFile(Strict):
    """One thing by which a project is judged."""

    name: Text
    weight: Annotated[int, Field(ge=5, le=60)]
    excellent: Text
    enough: Text
    too_little: Text


class ProjectFile(Strict):
    """`curriculum/projects/<id>/project.yaml`."""

    kind: Literal["mini", "hands-on", "portfolio", "capstone"]
    title: Text
    summary: Text
    hours: Annotated[float, Field(gt=0, strict=False)]
    skills: Skills = {}
    topics: Annotated[list[Id], Field(min_length=1)]
    milestones: Annotated[list[MilestoneFile], Field(min_length=2, max_length=8)]
    lessons: list[Id] = []
    labs: list[Id] = []
    figures: dict[FigureName, Text] = {}
    rubric: Annotated[list[CriterionFile], Field(min_length=2, max_length=6)]
    cost: Text
    usd: Annotated[float, Field(ge=0, strict=False)]
    teardown: Annotated[list[Text], Field(min_length=1)]
    resume: list[Text] = []
    deliverables: Annotated[list[Text], Field(min_length=1)]
    references: Annotated[list[ReferenceFile], Field(min_length=1)]
    verified: date
    lifecycle: Text | None = None

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        for sentence in self._loose_ends():
            raise ValueError(sentence)
        return self

    def _loose_ends(self) -> Iterator[str]:
        ids = [one.id for one in self.milestones]
        if len(ids) != len(set(ids)):
            yield f"two milestones share an id: {', '.join(ids)}"
        total = sum(one.weight for one in self.rubric)
        if total != 100:  # noqa: PLR2004 - per cent
            yield f"the weights of the rubric make {total}, not 100"
        for bullet in self.resume:
            named = _figures_in(bullet)
            if named is None:
                yield f"a brace is left open in: {bullet}"
            yield from (f"there is no figure {name}" for name in sorted((named or set()) - self.figures.keys()))


def _figures_in(bullet: str) -> set[str] | None:
    """The names in braces; None where a brace is left open."""
    try:
        return {name for _, name, _, _ in Formatter().parse(bullet) if name is not None}
    except ValueError:
        return None
