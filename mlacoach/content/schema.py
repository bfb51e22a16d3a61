"""The strict shape of each content file, as pydantic models. Unknown keys are faults.

These models only validate; `build` makes the nouns from what they dump. They are imported when a file is new or
changed: a warm start reads the cache and never pays for pydantic.
"""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, RootModel, StringConstraints, model_validator

ID = r"^[a-z0-9]+(-[a-z0-9]+)*$"
Id = Annotated[str, StringConstraints(pattern=ID, max_length=60)]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Skills = dict[str, list[Text]]
Certainty = Literal["high", "medium", "low"]
Kind = Literal["multiple-choice", "multiple-response", "ordering", "matching"]


class Strict(BaseModel):
    """No unknown keys, no silent conversion of types, no number without end."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class ReferenceFile(Strict):
    """A page that carries a fact."""

    title: Text
    url: Annotated[HttpUrl, Field(strict=False)]


class PartFile(Strict):
    """An option, step, prompt or response."""

    id: Id
    text: Text
    why: Text | None = None
    correct: bool = False
    response: Id | None = None


# The least and the most options, steps or prompts. One step alone could be shown in no other order than the right one.
_HOW_MANY: dict[Kind, tuple[int, int]] = {
    "multiple-choice": (4, 4),
    "multiple-response": (5, 6),
    "ordering": (3, 6),
    "matching": (3, 7),
}


class QuestionFile(Strict):
    """`question_bank/<folder>/<id>.yaml`."""

    kind: Kind
    skills: Skills
    topics: list[Id] = []
    difficulty: Annotated[int, Field(ge=1, le=5)]
    cognitive: Literal["remember", "understand", "apply", "analyze", "evaluate"]
    stem: Text
    select: Annotated[int, Field(ge=2, le=3)] | None = None
    options: list[PartFile] = []
    steps: list[PartFile] = []
    prompts: list[PartFile] = []
    responses: list[PartFile] = []
    references: Annotated[list[ReferenceFile], Field(min_length=1, max_length=2)]
    verified: date
    lifecycle: Text | None = None
    case: Id | None = None

    @model_validator(mode="after")
    def _the_parts_fit_the_kind(self) -> Self:
        wanted = {"ordering": {"steps"}, "matching": {"prompts", "responses"}}.get(self.kind, {"options"})
        given = {name for name in ("options", "steps", "prompts", "responses") if getattr(self, name)}
        if given != wanted:
            raise ValueError(f"a {self.kind} question has {' and '.join(sorted(wanted))}, and no other parts")
        least, most = _HOW_MANY[self.kind]
        for name in wanted - {"responses"}:
            if not least <= len(getattr(self, name)) <= most:
                number = least if least == most else f"{least} to {most}"
                raise ValueError(f"a {self.kind} question has {number} {name}")
        return self

    @model_validator(mode="after")
    def _each_part_has_what_it_needs(self) -> Self:
        for part in (*self.options, *self.steps, *self.prompts):
            if part.why is None:
                raise ValueError(f"{part.id} does not say why")
        for part in (*self.steps, *self.prompts, *self.responses):
            if part.correct:
                raise ValueError(f"{part.id} is marked correct, which only options are")
        for part in (*self.options, *self.steps, *self.responses):
            if part.response is not None:
                raise ValueError(f"{part.id} names a response, which only prompts do")
        return self

    @model_validator(mode="after")
    def _the_number_of_keys_fits(self) -> Self:
        if (self.select is not None) != (self.kind == "multiple-response"):
            raise ValueError("`select` is given for multiple-response questions, and only there")
        keys = sum(option.correct for option in self.options)
        if self.options and keys != (self.select or 1):
            raise ValueError(f"{keys} options are marked correct; it takes {self.select or 1}")
        return self

    @model_validator(mode="after")
    def _part_ids_are_unique(self) -> Self:
        for parts in (self.options, self.steps, self.prompts, self.responses):
            ids = [part.id for part in parts]
            if len(ids) != len(set(ids)):
                raise ValueError(f"two parts share an id: {', '.join(ids)}")
        answers = {part.id for part in self.responses}
        unknown = [prompt.id for prompt in self.prompts if prompt.response not in answers]
        if unknown:
            raise ValueError(f"these prompts name no response of the question: {', '.join(unknown)}")
        return self


class CaseFile(Strict):
    """`question_bank/cases/<id>.yaml`."""

    title: Text
    scenario: Text


class ItemFile(Strict):
    """An item of a phase."""

    id: Annotated[str, StringConstraints(pattern=ID, max_length=40)]
    title: Text
    kind: Literal["topic", "practice", "project", "resource", "checkpoint", "exam", "milestone"]
    hours: Annotated[float, Field(ge=0, strict=False)]
    skills: Skills = {}
    topics: list[Id] = []
    lessons: list[Id] = []
    labs: list[Id] = []
    projects: list[Id] = []
    commands: list[Id] = []
    url: Annotated[HttpUrl, Field(strict=False)] | None = None
    note: Text | None = None
    mistakes: list[Text] = []
    covers: list[Text] = []
    gate: Annotated[int, Field(ge=0, le=10)] = 0


Hours = Annotated[list[Annotated[float, Field(ge=0, strict=False)]], Field(min_length=2, max_length=2)]


class PhaseFile(Strict):
    """A phase of a track."""

    id: Id
    title: Text
    weeks: Annotated[list[int], Field(min_length=2, max_length=2)]
    hours: Hours
    covers: list[Text] = []
    mistakes: list[Text] = []
    items: Annotated[list[ItemFile], Field(min_length=1)]


class TrackFile(Strict):
    """`curriculum/tracks/<id>.yaml`."""

    title: Text
    summary: Text
    weeks: Annotated[int, Field(ge=1)]
    hours: Hours
    covers: list[Text] = []
    mistakes: list[Text] = []
    phases: Annotated[list[PhaseFile], Field(min_length=1)]


class FrontMatter(Strict):
    """The head of `curriculum/lessons/<id>.md`."""

    title: Text
    goals: list[Text] = []
    skills: Skills = {}
    topics: list[Id] = []
    minutes: Annotated[int, Field(ge=1)]
    questions: list[Id] = []
    verified: date
    references: Annotated[list[ReferenceFile], Field(min_length=1)]


class InterviewFile(Strict):
    """`curriculum/interview/<id>.yaml`."""

    kind: Literal["easy", "moderate", "likely", "behavioural"]
    question: Text
    minutes: Annotated[int, Field(ge=1, le=10)]
    points: Annotated[list[Text], Field(min_length=3, max_length=7)]
    answer: Text
    weakens: list[Text] = []
    follow_ups: list[Text] = []
    skills: Skills = {}
    topics: Annotated[list[Id], Field(min_length=1)]
    references: list[ReferenceFile] = []
    verified: date


class CardFile(Strict):
    """A flashcard of a deck."""

    id: Id
    front: Text
    back: Text
    skills: Skills = {}
    topics: list[Id] = []
    references: Annotated[list[ReferenceFile], Field(min_length=1)]
    verified: date
    reverse: bool = False


class DeckFile(Strict):
    """`curriculum/flashcards/<deck>.yaml`."""

    title: Text
    cards: Annotated[list[CardFile], Field(min_length=1)]


class TopicsFile(RootModel[dict[Id, Text]]):
    """`curriculum/topics.yaml`."""


class MistakeFile(Strict):
    """What a study plan gets wrong."""

    says: Text
    fact: Text
    rows: list[Text]
    certainty: Certainty


class MistakesFile(RootModel[dict[Annotated[str, StringConstraints(pattern=r"^M\d\d$")], MistakeFile]]):
    """`curriculum/mistakes.yaml`."""


class ServiceFile(Strict):
    """What became of a service."""

    name: Text
    names: list[Text] = []
    kind: Literal["service", "feature", "resource", "exam", "sdk", "model", "dataset", "topic", "tool"]
    status: Text
    when: Text
    instead: Text
    teach: Text
    source: Text
    certainty: Certainty
    note: Text | None = None


class ServicesFile(RootModel[dict[Id, ServiceFile]]):
    """`curriculum/services.yaml`."""


class ArchitectDomainFile(Strict):
    """A domain that the Architect form weighs."""

    domain: Annotated[str, StringConstraints(pattern=r"^[1-9]$")]
    name: Text
    weight: Annotated[int, Field(ge=1, le=100)]
    source: Text
    certainty: Certainty


class ArchitectFile(RootModel[dict[Id, ArchitectDomainFile]]):
    """`curriculum/architect.yaml`, by the topic of each domain's questions."""

    @model_validator(mode="after")
    def _each_domain_has_one_topic(self) -> Self:
        numbers = [one.domain for one in self.root.values()]
        if len(set(numbers)) < len(numbers):
            raise ValueError("a domain has one topic")
        return self


class TermsGroup(Strict):
    """Names that no service model of AWS has, of one source."""

    source: Text
    words: Annotated[list[Text], Field(min_length=1)]


class TermsFile(RootModel[dict[Id, TermsGroup]]):
    """`curriculum/terms.yaml`."""


StepName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class HintFile(Strict):
    """Help with a step of a lab."""

    nudge: Text
    see: ReferenceFile


class SelfCheckFile(Strict):
    """A question after a step of a lab."""

    ask: Text
    options: Annotated[list[Text], Field(min_length=2, max_length=6)]
    answer: Text
    why: Text

    @model_validator(mode="after")
    def _answer_is_an_option(self) -> Self:
        if self.options.count(self.answer) != 1:
            raise ValueError("the answer is one of the options, word for word")
        return self


class WrongFile(Strict):
    """A wrong solution of a step of a lab."""

    do: StepName
    says: Text


class RateFile(Strict):
    """What an instance costs on demand."""

    usage_type: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]+:ml\.[a-z0-9]+\.[a-z0-9]+$")]
    usd_per_hour: Annotated[float, Field(gt=0, strict=False)]


class PricesFile(Strict):
    """`labs/prices.yaml`."""

    region: Annotated[str, StringConstraints(pattern=r"^[a-z]+(-[a-z]+)+-[0-9]$")]
    read: date
    source: ReferenceFile
    rates: Annotated[dict[Text, RateFile], Field(min_length=1)]


class LabFile(Strict):
    """`labs/<id>/lab.yaml`."""

    title: Text
    summary: Text
    skills: Skills
    topics: list[Id] = []
    minutes: Annotated[int, Field(ge=1)]
    services: Annotated[list[Text], Field(min_length=1)]
    usd_per_run: Annotated[float, Field(ge=0, strict=False)] | None = None
    usd_per_hour: Annotated[float, Field(ge=0, strict=False)] | None = None
    prices_read: date | None = None
    sandbox_differs: list[Text] = []
    new_accounts: Text | None = None
    lifecycle: Text | None = None
    permissions: list[Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+:[A-Za-z*]+$")]] = []
    hints: dict[StepName, HintFile] = {}
    questions: dict[StepName, Annotated[list[SelfCheckFile], Field(min_length=1)]] = {}
    weights: dict[StepName, Annotated[int, Field(ge=1, le=10)]] = {}
    wrong: dict[StepName, Annotated[list[WrongFile], Field(min_length=1)]] = {}

    @model_validator(mode="after")
    def _a_price_has_a_day(self) -> Self:
        given = [self.usd_per_run is not None, self.usd_per_hour is not None, self.prices_read is not None]
        if any(given) and not all(given):
            raise ValueError("usd_per_run, usd_per_hour and prices_read go together")
        return self
