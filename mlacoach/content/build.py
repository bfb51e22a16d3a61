"""Make the nouns from validated plain data (what a schema dumped, fresh or from the cache).

Nouns other than those of exams and questions are imported with their first record: all of them together take 40 ms,
and most starts need few of them.
"""
# ruff: noqa: PLC0415

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlacoach.content.library import Library
from mlacoach.content.shelf import Shelf
from mlacoach.curriculum.exams import Domain, Exam, Fact, Form, Service, Sitting, Skill, SkillRef, Task
from mlacoach.curriculum.questions import Body, Case, Choice, Matching, Ordering, Part, Question, Reference

if TYPE_CHECKING:
    from mlacoach.curriculum.comparing import Branch, Comparison
    from mlacoach.curriculum.interviewing import InterviewQuestion
    from mlacoach.curriculum.labs import LabFacts, SelfCheck
    from mlacoach.curriculum.projects import Project
    from mlacoach.curriculum.reading import Flashcard, Lesson, Mistake, Requirement, Terms
    from mlacoach.curriculum.services import ServiceNote
    from mlacoach.curriculum.tracks import Item, Phase, Track

Plain = Mapping[str, Any]


def skill_refs(skills: Mapping[str, Iterable[str]]) -> frozenset[SkillRef]:
    """`{exam: [skill, …]}` as references."""
    return frozenset(SkillRef(exam, skill) for exam, ids in skills.items() for skill in ids)


def references(data: Iterable[Plain]) -> tuple[Reference, ...]:
    """The pages that carry the facts."""
    return tuple(Reference(page["title"], page["url"]) for page in data)


def _parts(data: Iterable[Plain]) -> tuple[Part, ...]:
    return tuple(Part(part["id"], part["text"], part["why"] or "") for part in data)


def _body(data: Plain) -> Body:
    if data["kind"] == "ordering":
        return Ordering(_parts(data["steps"]), tuple(step["id"] for step in data["steps"]))
    if data["kind"] == "matching":
        pairs = frozenset(f"{prompt['id']}={prompt['response']}" for prompt in data["prompts"])
        return Matching(_parts(data["prompts"]), _parts(data["responses"]), pairs)
    return Choice(_parts(data["options"]), frozenset(part["id"] for part in data["options"] if part["correct"]))


def case(case_id: str, data: Plain) -> Case:
    """A scenario that questions share."""
    return Case(case_id, data["title"], data["scenario"])


def question(question_id: str, data: Plain, cases: Mapping[str, Case]) -> Question:
    """A question; its case is looked up in `cases`."""
    return Question(
        id=question_id,
        kind=data["kind"],
        stem=data["stem"],
        body=_body(data),
        skills=skill_refs(data["skills"]),
        topics=frozenset(data["topics"]),
        difficulty=data["difficulty"],
        cognitive=data["cognitive"],
        references=references(data["references"]),
        verified=date.fromisoformat(data["verified"]),
        lifecycle=data["lifecycle"],
        case=cases.get(data["case"]) if data["case"] else None,
    )


def _item(track: str, data: Plain) -> "Item":
    from mlacoach.curriculum.tracks import Item

    return Item(
        id=data["id"],
        key=f"{track}/{data['id']}",
        title=data["title"],
        kind=data["kind"],
        hours=data["hours"],
        skills=skill_refs(data["skills"]),
        topics=frozenset(data["topics"]),
        lessons=tuple(data["lessons"]),
        labs=tuple(data["labs"]),
        projects=tuple(data["projects"]),
        commands=tuple(data["commands"]),
        url=data["url"],
        note=data["note"],
        mistakes=tuple(data["mistakes"]),
        covers=tuple(data["covers"]),
        gate=data["gate"],
    )


def _phase(track: str, data: Plain) -> "Phase":
    from mlacoach.curriculum.tracks import Phase

    return Phase(
        id=data["id"],
        title=data["title"],
        weeks=(data["weeks"][0], data["weeks"][1]),
        hours=(data["hours"][0], data["hours"][1]),
        items=tuple(_item(track, item) for item in data["items"]),
        covers=tuple(data["covers"]),
        mistakes=tuple(data["mistakes"]),
    )


def track(track_id: str, data: Plain) -> "Track":
    """A track with its phases and items."""
    from mlacoach.curriculum.tracks import Track

    return Track(
        id=track_id,
        title=data["title"],
        summary=data["summary"],
        weeks=data["weeks"],
        hours=(data["hours"][0], data["hours"][1]),
        phases=tuple(_phase(track_id, phase) for phase in data["phases"]),
        covers=tuple(data["covers"]),
        mistakes=tuple(data["mistakes"]),
    )


def _skill(data: Plain) -> Skill:
    return Skill(
        id=data["id"],
        text=data["text"],
        source=data["source"],
        names=tuple(data["names"]),
        becomes=tuple(data["becomes"]),
        removed=data["removed"],
        new=data["new"],
    )


def _domain(data: Plain) -> Domain:
    tasks = tuple(
        Task(task["id"], task["name"], task["source"], tuple(_skill(skill) for skill in task["skills"]))
        for task in data["tasks"]
    )
    return Domain(data["id"], data["name"], data["weight"], data["source"], tasks)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _sitting(data: Plain) -> Sitting:
    return Sitting(
        form=data["form"],
        languages=tuple(data["languages"]),
        first_day=_day(data["first_day"]),
        last_day=_day(data["last_day"]),
        certainty=data["certainty"],
        source=data["source"],
        note=data["note"] or "",
    )


def _fact(data: Plain) -> Fact:
    value = tuple(data["value"]) if isinstance(data["value"], list) else data["value"]
    return Fact(data["id"], value, data["source"], data["certainty"], data["note"] or "")


def exam(exam_id: str, data: Plain) -> Exam:
    """An exam; the file's name in capitals is its code."""
    forms = {
        name: Form(form["questions"], form["scored"], form["minutes"], tuple(form["kinds"]))
        for name, form in data["forms"].items()
    }
    return Exam(
        id=exam_id.upper(),
        name=data["name"],
        guide=data["guide"],
        pass_mark=data["pass_mark"],
        facts=tuple(_fact(fact) for fact in data["facts"]),
        forms=forms,
        sittings=tuple(_sitting(sitting) for sitting in data["sittings"]),
        domains=tuple(_domain(domain) for domain in data["domains"]),
        services=tuple(Service(service["name"], service["category"]) for service in data["services"]),
        services_note=data["services_note"],
        successor=data["successor"],
    )


def comparison(comparison_id: str, data: Plain) -> "Comparison":
    """Alternatives side by side."""
    from mlacoach.curriculum.comparing import Alternative, Aspect, Comparison, Step, UseCase

    return Comparison(
        id=comparison_id,
        title=data["title"],
        summary=data["summary"],
        skills=skill_refs(data["skills"]),
        topics=frozenset(data["topics"]),
        alternatives=tuple(
            Alternative(one["id"], one["name"], one["what"], tuple(one["also"])) for one in data["alternatives"]
        ),
        aspects=tuple(Aspect(one["name"], one["says"]) for one in data["aspects"]),
        steps=tuple(Step(one["id"], one["ask"], _branches(one["answers"])) for one in data["decide"]),
        use_cases=tuple(UseCase(one["situation"], one["choose"], one["because"]) for one in data["use_cases"]),
        references=references(data["references"]),
        verified=date.fromisoformat(data["verified"]),
    )


def interview_question(question_id: str, data: Plain) -> "InterviewQuestion":
    """A question of an interview."""
    from mlacoach.curriculum.interviewing import InterviewQuestion

    return InterviewQuestion(
        id=question_id,
        kind=data["kind"],
        question=data["question"],
        minutes=data["minutes"],
        points=tuple(data["points"]),
        answer=data["answer"],
        weakens=tuple(data["weakens"]),
        follow_ups=tuple(data["follow_ups"]),
        skills=skill_refs(data["skills"]),
        topics=frozenset(data["topics"]),
        references=references(data["references"]),
        verified=date.fromisoformat(data["verified"]),
    )


def _branches(data: Iterable[Plain]) -> "tuple[Branch, ...]":
    from mlacoach.curriculum.comparing import Branch

    return tuple(Branch(one["text"], one["because"], one["then"], one["choose"]) for one in data)


def lesson(lesson_id: str, data: Plain) -> "Lesson":
    """A lesson; `text` is its Markdown."""
    from mlacoach.curriculum.reading import Lesson

    return Lesson(
        id=lesson_id,
        title=data["title"],
        goals=tuple(data["goals"]),
        skills=skill_refs(data["skills"]),
        topics=frozenset(data["topics"]),
        minutes=data["minutes"],
        questions=tuple(data["questions"]),
        verified=date.fromisoformat(data["verified"]),
        references=references(data["references"]),
        text=data["text"],
    )


def flashcard(card_id: str, data: Plain) -> "Flashcard":
    """A card; `deck` is the title of its deck."""
    from mlacoach.curriculum.reading import Flashcard

    return Flashcard(
        id=card_id,
        deck=data["deck"],
        front=data["front"],
        back=data["back"],
        skills=skill_refs(data["skills"]),
        topics=frozenset(data["topics"]),
        references=references(data["references"]),
        verified=date.fromisoformat(data["verified"]),
        reverse=data["reverse"],
    )


def service_note(note_id: str, data: Plain) -> "ServiceNote":
    """What became of a service."""
    from mlacoach.curriculum.services import ServiceNote

    fields = ("name", "kind", "status", "when", "instead", "teach", "source", "certainty")
    plain = {name: data[name] for name in fields}
    return ServiceNote(id=note_id, names=tuple(data["names"]), note=data["note"] or "", **plain)


def terms(group_id: str, data: Plain) -> "Terms":
    """Names that are checked against this list alone."""
    from mlacoach.curriculum.reading import Terms

    return Terms(group_id, data["source"], tuple(data["words"]))


def architect_domain(topic: str, data: Plain) -> Domain:
    """A domain that the Architect form weighs, by the topic of its questions."""
    return Domain(data["domain"], data["name"], data["weight"], data["source"], (), topic)


def mistake(mistake_id: str, data: Plain) -> "Mistake":
    """A corrected mistake."""
    from mlacoach.curriculum.reading import Mistake

    return Mistake(mistake_id, data["says"], data["fact"], tuple(data["rows"]), data["certainty"])


def requirement(row_id: str, data: Plain) -> "Requirement":
    """A row of the requirements."""
    from mlacoach.curriculum.reading import Requirement

    return Requirement(row_id, data["kind"], tuple(data["needs"]), data["text"])


def lab_facts(lab_id: str, data: Plain) -> "LabFacts":
    """What `lab.yaml` says, and the `folder` it says it in."""
    from mlacoach.curriculum.labs import Hint, LabFacts, Wrong

    return LabFacts(
        id=lab_id,
        folder=Path(data["folder"]),
        title=data["title"],
        summary=data["summary"],
        skills=skill_refs(data["skills"]),
        topics=frozenset(data["topics"]),
        minutes=data["minutes"],
        services=tuple(data["services"]),
        usd_per_run=data["usd_per_run"],
        usd_per_hour=data["usd_per_hour"],
        prices_read=_day(data["prices_read"]),
        sandbox_differs=tuple(data["sandbox_differs"]),
        new_accounts=data["new_accounts"],
        lifecycle=data["lifecycle"],
        permissions=tuple(data["permissions"]),
        hints={step: Hint(hint["nudge"], references([hint["see"]])[0]) for step, hint in data["hints"].items()},
        questions={step: tuple(_self_check(each) for each in asked) for step, asked in data["questions"].items()},
        weights=data["weights"],
        wrong={step: tuple(Wrong(each["do"], each["says"]) for each in wrong) for step, wrong in data["wrong"].items()},
    )


def project(project_id: str, data: Plain) -> "Project":
    """What `project.yaml` says, and the `folder` it says it in."""
    from mlacoach.curriculum.projects import Criterion, Project, ProjectMilestone

    return Project(
        id=project_id,
        folder=Path(data["folder"]),
        kind=data["kind"],
        title=data["title"],
        summary=data["summary"],
        hours=data["hours"],
        skills=skill_refs(data["skills"]),
        topics=frozenset(data["topics"]),
        milestones=tuple(
            ProjectMilestone(one["id"], one["title"], one["proof"], tuple(one["files"])) for one in data["milestones"]
        ),
        lessons=tuple(data["lessons"]),
        labs=tuple(data["labs"]),
        figures=data["figures"],
        rubric=tuple(
            Criterion(one["name"], one["weight"], one["excellent"], one["enough"], one["too_little"])
            for one in data["rubric"]
        ),
        cost=data["cost"],
        usd=data["usd"],
        teardown=tuple(data["teardown"]),
        resume=tuple(data["resume"]),
        deliverables=tuple(data["deliverables"]),
        references=references(data["references"]),
        verified=date.fromisoformat(data["verified"]),
        lifecycle=data["lifecycle"],
    )


def _self_check(data: Plain) -> "SelfCheck":
    from mlacoach.curriculum.labs import SelfCheck

    return SelfCheck(data["ask"], tuple(data["options"]), data["answer"], data["why"])


def shelved(texts: Mapping[str, dict[str, bytes | memoryview]]) -> Library:
    """A library that builds each record when it is asked for.

    Args:
        texts: validated data as JSON, by shelf and id; what is missing is an empty shelf.
    """
    library = Library()
    makers: Mapping[str, Callable[[str, Any], object]] = {
        "exams": exam,
        "topics": lambda _topic, text: text,
        "services": service_note,
        "mistakes": mistake,
        "terms": terms,
        "architect": architect_domain,
        "requirements": requirement,
        "cases": case,
        "questions": lambda question_id, data: question(question_id, data, library.cases),
        "tracks": track,
        "lessons": lesson,
        "comparisons": comparison,
        "interviews": interview_question,
        "flashcards": flashcard,
        "labs": lab_facts,
        "projects": project,
        "templates": lambda _name, text: text,
    }
    for name, make in makers.items():
        setattr(library, name, Shelf(make, texts.get(name)))
    return library
