"""The question bank for those who write and check it: lint, numbers, search, a new file, doubts."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from mlacoach.coach import Coach
from mlacoach.content import Library, Loaded
from mlacoach.content.bank import rankings
from mlacoach.content.bank.aws_vocabulary import Vocabulary
from mlacoach.content.bank.balance import Shape, ages, for_exam, giveaways, shape, share
from mlacoach.content.bank.lint import Finding, banks_of, lint, reviews_of
from mlacoach.content.bank.rankings import read_rankings
from mlacoach.content.bank.record import Record, record_of
from mlacoach.content.bank.reviews import disagreements
from mlacoach.content.faults import Fault
from mlacoach.curriculum.questions import Question
from mlacoach.learning.forms import domain_of
from mlacoach.store.doubts import Doubt
from mlacoach.store.search import Document, SearchIndex

FOUNDATIONS = "foundations"


@dataclass(frozen=True, slots=True)
class Differs:
    """A question whose difficulty is not the level that the rankings give."""

    question: str
    path: Path
    difficulty: int
    level: int


@dataclass(frozen=True, slots=True)
class Ranked:
    """What the rankings say of the bank."""

    sets: int
    questions: int
    differ: Sequence[Differs]
    faults: Sequence[Fault]


def ranked(loaded: Loaded) -> Ranked:
    """Hold every question's difficulty against the authors' rankings; with a fault in these nothing differs."""
    from mlacoach.learning.ranking import levels, strengths  # noqa: PLC0415 - NumPy

    library = loaded.library
    read = [read_rankings(bank, library.questions) for bank in banks_of(loaded)]
    faults = [fault for one in read for fault in one.faults]
    # Each bank has its own authors; their rankings have no question in common that would join them.
    by_level = {} if faults else {name: level for one in read for name, level in levels(strengths(one.sets)).items()}
    differ = [
        Differs(name, loaded.sources["question", name], library.questions[name].difficulty, level)
        for name, level in sorted(by_level.items())
        if library.questions[name].difficulty != level
    ]
    return Ranked(sum(len(one.sets) for one in read), len(by_level), differ, faults)


def write_levels(found: Ranked) -> None:
    """Write the levels that the rankings give into the files of the questions."""
    rankings.write_levels({one.path: one.level for one in found.differ})


def checked(
    loaded: Loaded, known: Vocabulary | None, today: date, only: Sequence[str], doubts: Iterable[Doubt]
) -> list[Finding]:
    """What the rules say of the questions, and what learners doubt about them."""
    found = lint(loaded, known, today, only)
    for doubt in doubts:
        path = loaded.sources.get(("question", doubt.question))
        if path and (not only or doubt.question in only):
            sentence = f"A learner doubted it on {doubt.at:%Y-%m-%d}: {doubt.text}"
            found.append(Finding(Fault(path, 1, "doubt", sentence), doubt.question, error=False))
    return sorted(found)


@dataclass(frozen=True, slots=True)
class Numbers:
    """The bank in numbers."""

    questions: int
    foundations: int
    kinds: Mapping[str, int]
    levels: Mapping[str, int]
    cognitive: Mapping[str, int]
    ages: Mapping[str, int]
    shape: Shape
    shapes: Mapping[str, Shape]
    giveaways: Mapping[str, float]
    exams: Sequence[Mapping[str, object]]
    cases: int
    second_reading: Mapping[str, Mapping[str, float]]


def numbers(loaded: Loaded, today: date) -> Numbers:
    """Count everything that says whether the bank is fair and whole."""
    library = loaded.library
    counting = for_exam(library)
    folders: dict[str, list[Question]] = {FOUNDATIONS: [one for one in library.questions.values() if not one.skills]}
    for question in counting:
        exam = max(ref.exam for ref in question.skills)
        folders.setdefault(f"domain {domain_of(question, exam)}", []).append(question)
    return Numbers(
        questions=len(counting),
        foundations=len(folders[FOUNDATIONS]),
        kinds=dict(Counter(one.kind for one in counting)),
        levels=dict(sorted(Counter(str(one.difficulty) for one in counting).items())),
        cognitive=dict(Counter(one.cognitive for one in counting)),
        ages=dict(ages(library.questions.values(), today)),
        shape=shape(counting),
        shapes={name: shape(folders[name]) for name in sorted(folders)},
        giveaways=giveaways(counting),
        exams=[asdict(share(exam, counting)) for exam in library.exams.values()],
        cases=len(library.cases),
        second_reading={
            place: {"read": read, "first_answer_was_another": other, "share": other / read}
            for place, (read, other) in disagreements(library, reviews_of(loaded)).items()
        },
    )


def search(library: Library, index: SearchIndex, words: str, limit: int) -> list[Question]:
    """The questions that have the words, the best first; the index is made anew if the bank has changed."""
    index.hold([_document(one) for one in library.questions.values()])
    return [library.questions[one] for one in index.search(words, limit)]


def _document(question: Question) -> Document:
    case = question.case.scenario if question.case else ""
    parts = question.body.parts
    named = " ".join(
        (question.id.replace("-", " "), *(str(ref) for ref in sorted(question.skills)), *sorted(question.topics))
    )
    told = " ".join(part.text for part in parts)
    return Document(question.id, f"{question.stem} {case}", f"{told} {named}", " ".join(part.why for part in parts))


def records(loaded: Loaded, questions: Iterable[Question]) -> list[Record]:
    """The questions as plain data with their ids and folders."""
    return [
        {"id": one.id, "folder": loaded.sources["question", one.id].parent.name, **record_of(one)} for one in questions
    ]


def doubt(coach: Coach, question_id: str, text: str) -> None:
    """Keep a learner's doubt.

    Raises:
        UnknownId: there is no such question.
    """
    coach.store.doubts.add(coach.library.question(question_id).id, text, coach.now())


def skeleton(kind: str, skills: Mapping[str, Sequence[str]], topics: Sequence[str], today: date) -> Record:
    """A question of the kind whose texts say what belongs in their place; its form breaks no rule."""
    record: Record = {"kind": kind, "skills": {exam: list(ids) for exam, ids in skills.items()}, "topics": list(topics)}
    record |= {"difficulty": 3, "cognitive": "apply", "stem": _STEM + _ASKS.get(kind, "")}
    if kind == "multiple-response":
        record["select"] = 2
    record |= _parts(kind)
    record["references"] = [{"title": "Title of the page that carries the fact", "url": "https://docs.aws.amazon.com/"}]
    return record | {"verified": today.isoformat(), "lifecycle": None}


_STEM = (
    "A company of some trade has this situation, told in one or two sentences with the services it uses today. "
    "It must reach this goal, and it wants to keep this constraint. Which solution meets these requirements with the "
    "LEAST operational overhead?"
)
_ASKS = {
    "multiple-response": " (Select TWO.)",
    "matching": " A response may be used once, more than once, or not at all.",
}
_WHY = "What {} would be right for, and which constraint of the scenario it breaks or meets."


def _parts(kind: str) -> Record:
    if kind == "ordering":
        return {
            "steps": [
                _part(name, f"Do the {name} thing that the goal asks for") for name in ("opening", "middle", "closing")
            ]
        }
    if kind == "matching":
        prompts = [
            _part(name, f"The {name} situation") | {"response": "service-a"} for name in ("near", "far", "mixed")
        ]
        responses = [{"id": f"service-{letter}", "text": f"Service {letter.upper()}"} for letter in "ab"]
        return {"prompts": prompts, "responses": responses}
    keys = 2 if kind == "multiple-response" else 1
    letters = "abcde" if kind == "multiple-response" else "abcd"
    options = [_part(letter, f"Use service {letter.upper()} in this particular way.") for letter in letters]
    return {"options": [one | ({"correct": True} if place < keys else {}) for place, one in enumerate(options)]}


def _part(name: str, text: str) -> Record:
    return {"id": name, "text": text, "why": _WHY.format(text[0].lower() + text[1:].rstrip("."))}


def target_of(pack: Path, folder: str, question_id: str) -> Path:
    """Where a new question goes: a draft, which learners don't get until it is moved into its folder."""
    return pack / "question_bank" / "_drafts" / folder / f"{question_id}.yaml"
