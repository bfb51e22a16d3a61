"""Rules between records, one function each. Each has a pack that breaks it in tests/bad_packs/<rule>/."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mlacoach.content.faults import Loc
from mlacoach.content.library import Library
from mlacoach.curriculum.exams import SkillRef
from mlacoach.curriculum.questions import Choice, Matching, Ordering, Question
from mlacoach.curriculum.services import GONE, named_in
from mlacoach.curriculum.tracks import Item, Track, concerns

Sources = Mapping[tuple[str, str], Path]
FOUNDATIONS = "foundations"
DOMAIN_FOLDERS = {"1": "1-data", "2": "2-models", "3": "3-deployment", "4": "4-operations"}


@dataclass(frozen=True, slots=True)
class Problem:
    """A rule that a record breaks; `loc` leads to the value within the record's file."""

    kind: str
    id: str
    loc: Loc
    rule: str
    sentence: str


def problems(library: Library, sources: Sources, commands: Iterable[str] | None) -> Iterator[Problem]:
    """Every broken rule."""
    for rule in RULES:
        yield from rule(library)
    yield from question_stands_in_its_folder(library, sources)
    if commands is not None:
        yield from item_links_to_commands(library, frozenset(commands))


def _tagged(library: Library) -> Iterator[tuple[str, str, Loc, frozenset[SkillRef], frozenset[str]]]:
    """Everything with skills and topics: kind, id, where in its file, skills, topics."""
    for question in library.questions.values():
        yield "question", question.id, (), question.skills, question.topics
    for lesson in library.lessons.values():
        yield "lesson", lesson.id, (), lesson.skills, lesson.topics
    for comparison in library.comparisons.values():
        yield "comparison", comparison.id, (), comparison.skills, comparison.topics
    for asked in library.interviews.values():
        yield "interview", asked.id, (), asked.skills, asked.topics
    for card in library.flashcards.values():
        yield "flashcard", card.id, ("cards", card.id), card.skills, card.topics
    for lab in library.labs.values():
        yield "lab", lab.id, (), lab.skills, lab.topics
    for project in library.projects.values():
        yield "project", project.id, (), project.skills, project.topics
    for track in library.tracks.values():
        for loc, item in _items(track):
            yield "track", track.id, loc, item.skills, item.topics


def _items(track: Track) -> Iterator[tuple[Loc, Item]]:
    for number, phase in enumerate(track.phases):
        for position, item in enumerate(phase.items):
            yield ("phases", number, "items", position), item


def skills_exist(library: Library) -> Iterator[Problem]:
    """Every skill that something names is a skill of an exam."""
    known = {SkillRef(exam.id, skill) for exam in library.exams.values() for skill in exam.skills}
    for kind, record, loc, skills, _ in _tagged(library):
        for ref in sorted(skills - known):
            yield Problem(kind, record, (*loc, "skills", ref.exam), "unknown-skill", f"There is no skill {ref}.")


def topics_exist(library: Library) -> Iterator[Problem]:
    """Every topic that something names stands in topics.yaml."""
    for kind, record, loc, _, topics in _tagged(library):
        for topic in sorted(topics - library.topics.keys()):
            sentence = f"There is no topic {topic} in curriculum/topics.yaml."
            yield Problem(kind, record, (*loc, "topics"), "unknown-topic", sentence)


def foundations_have_topics(library: Library) -> Iterator[Problem]:
    """A question that serves no skill says by a topic what it is about."""
    for question in library.questions.values():
        if not question.skills and not question.topics:
            yield Problem("question", question.id, ("topics",), "no-topic", "Without skills it needs a topic.")


_PARTS = {Choice: "options", Ordering: "steps", Matching: "responses"}


def keys_are_not_gone(library: Library) -> Iterator[Problem]:
    """No key is a service that is gone."""
    gone = [note for note in library.services.values() if note.status in GONE]
    for question in library.questions.values():
        for note in named_in(" ".join(_key_texts(question)), gone):
            sentence = f"The key names {note.name}, which is {note.status} ({note.when})."
            yield Problem("question", question.id, (_PARTS[type(question.body)],), "key-is-gone", sentence)


def _key_texts(question: Question) -> list[str]:
    body = question.body
    if isinstance(body, Choice):
        return [option.text for option in body.options if option.id in body.key]
    if isinstance(body, Ordering):
        return [step.text for step in body.steps]
    wanted = {pair.partition("=")[2] for pair in body.pairs}
    return [response.text for response in body.responses if response.id in wanted]


def self_checks_have_questions(library: Library) -> Iterator[Problem]:
    """The questions of a lesson's self-check stand in the bank."""
    for lesson in library.lessons.values():
        for number, question in enumerate(lesson.questions):
            if question not in library.questions:
                sentence = f"There is no sound question {question} in the bank."
                yield Problem("lesson", lesson.id, ("questions", number), "unknown-question", sentence)


def items_link_to_what_exists(library: Library) -> Iterator[Problem]:
    """An item's lessons, labs, projects, mistakes and requirements exist."""
    shelves: list[tuple[str, str, Mapping[str, object], Callable[[Item], tuple[str, ...]]]] = [
        ("unknown-lesson", "lessons", library.lessons, lambda item: item.lessons),
        ("unknown-lab", "labs", library.labs, lambda item: item.labs),
        ("unknown-project", "projects", library.projects, lambda item: item.projects),
        ("unknown-mistake", "mistakes", library.mistakes, lambda item: item.mistakes),
        ("unknown-requirement", "covers", library.requirements, lambda item: item.covers),
    ]
    for track in library.tracks.values():
        for loc, item in _items(track):
            for rule, key, shelf, links in shelves:
                for link in links(item):
                    if link not in shelf:
                        noun = rule.removeprefix("unknown-")
                        sentence = f"{item.id} links to the {noun} {link}, which does not exist."
                        yield Problem("track", track.id, (*loc, key), rule, sentence)


def projects_link_to_what_exists(library: Library) -> Iterator[Problem]:
    """The lessons and labs on which a project builds exist."""
    for project in library.projects.values():
        for number, lesson in enumerate(project.lessons):
            if lesson not in library.lessons:
                sentence = f"There is no lesson {lesson}."
                yield Problem("project", project.id, ("lessons", number), "unknown-lesson", sentence)
        for number, lab in enumerate(project.labs):
            if lab not in library.labs:
                yield Problem("project", project.id, ("labs", number), "unknown-lab", f"There is no lab {lab}.")


def phases_cover_what_exists(library: Library) -> Iterator[Problem]:
    """The requirements and mistakes that tracks and phases name exist."""
    for track in library.tracks.values():
        places: list[tuple[Loc, tuple[str, ...], tuple[str, ...]]] = [((), track.covers, track.mistakes)]
        places += [(("phases", n), phase.covers, phase.mistakes) for n, phase in enumerate(track.phases)]
        for loc, covers, mistakes in places:
            for row in covers:
                if row not in library.requirements:
                    sentence = f"There is no requirement {row}."
                    yield Problem("track", track.id, (*loc, "covers"), "unknown-requirement", sentence)
            for mistake in mistakes:
                if mistake not in library.mistakes:
                    sentence = f"There is no mistake {mistake}."
                    yield Problem("track", track.id, (*loc, "mistakes"), "unknown-mistake", sentence)


def item_ids_are_unique(library: Library) -> Iterator[Problem]:
    """No two items of a track share an id."""
    for track in library.tracks.values():
        seen: set[str] = set()
        for loc, item in _items(track):
            if item.id in seen:
                yield Problem("track", track.id, (*loc, "id"), "duplicate-item", f"The id {item.id} is used twice.")
            seen.add(item.id)


def hours_add_up(library: Library) -> Iterator[Problem]:
    """The items of a phase take what the phase says, the phases what the track says."""
    for track in library.tracks.values():
        for number, phase in enumerate(track.phases):
            total = sum(item.hours for item in phase.items)
            least, most = phase.hours
            # Hours are written with one or two decimals; 0.1 three times is a little more than 0.3.
            if not least <= round(total, 6) <= most:
                sentence = f"The items of {phase.id} take {total:g} hours; the phase says {least:g} to {most:g}."
                yield Problem("track", track.id, ("phases", number, "hours"), "hours", sentence)
        sums = tuple(round(sum(phase.hours[end] for phase in track.phases), 6) for end in (0, 1))
        if sums != track.hours:
            sentence = f"The phases take {sums[0]:g} to {sums[1]:g} hours together; the track says otherwise."
            yield Problem("track", track.id, ("hours",), "hours", sentence)


def gates_have_questions(library: Library) -> Iterator[Problem]:
    """A checkpoint's gate finds as many questions as it asks."""
    for track in library.tracks.values():
        for loc, item in _items(track):
            if not item.gate:
                continue
            about = sum(concerns(one, item, library.architect.keys()) for one in library.questions.values())
            if item.gate > about:
                sentence = f"{item.id} asks {item.gate} questions; the bank has {about} about it."
                yield Problem("track", track.id, (*loc, "gate"), "gate-too-big", sentence)


def weights_make_a_hundred(library: Library) -> Iterator[Problem]:
    """The domains of an exam weigh 100 per cent together."""
    for exam in library.exams.values():
        total = sum(exam.weights.values())
        if total != 100:  # noqa: PLR2004 - per cent
            yield Problem("exam", exam.id, ("domains",), "weights", f"The domains weigh {total} per cent together.")


def architect_is_weighed(library: Library) -> Iterator[Problem]:
    """The domains of the Architect form stand under topics, and weigh 100 per cent together."""
    for topic in library.architect:
        if topic not in library.topics:
            sentence = f"There is no topic {topic} in curriculum/topics.yaml."
            yield Problem("architect", topic, (topic,), "unknown-topic", sentence)
    total = sum(domain.weight for domain in library.architect.values())
    if library.architect and total != 100:  # noqa: PLR2004 - per cent
        last = list(library.architect)[-1]
        yield Problem("architect", last, (last, "weight"), "weights", f"The domains weigh {total} per cent together.")


def architect_questions_fit(library: Library) -> Iterator[Problem]:
    """A question of the Architect form stands under one of its domains, counts for no exam and is a choice."""
    for question in library.questions.values():
        domains = question.topics & library.architect.keys()
        if domains and (len(domains) > 1 or question.skills or not isinstance(question.body, Choice)):
            sentence = f"On {', '.join(sorted(domains))}: one such topic, no skills, multiple choice or response."
            yield Problem("question", question.id, ("topics",), "architect-question", sentence)


def successors_exist(library: Library) -> Iterator[Problem]:
    """A skill becomes skills that the successor has."""
    for exam in library.exams.values():
        heir = library.exams.get(exam.successor or "")
        for skill in exam.skills.values():
            for target in skill.becomes:
                if heir is None or target not in heir.skills:
                    ref = SkillRef(exam.id, skill.id)
                    loc = ("domains", ref.domain, "tasks", ref.task, "skills", skill.id, "becomes")
                    sentence = f"{skill.id} becomes {target}, which the successor does not have."
                    yield Problem("exam", exam.id, loc, "unknown-successor", sentence)


def question_stands_in_its_folder(library: Library, sources: Sources) -> Iterator[Problem]:
    """A question's folder is that of a domain it serves; foundations serve none."""
    for question in library.questions.values():
        folder = sources["question", question.id].parent.name
        wanted = {DOMAIN_FOLDERS[ref.domain] for ref in question.skills if ref.domain in DOMAIN_FOLDERS}
        if folder not in (wanted or {FOUNDATIONS}):
            sentence = f"It stands in {folder}; it belongs into {' or '.join(sorted(wanted or {FOUNDATIONS}))}."
            yield Problem("question", question.id, ("skills",), "wrong-folder", sentence)


def item_links_to_commands(library: Library, commands: frozenset[str]) -> Iterator[Problem]:
    """An item names only commands that the program has."""
    for track in library.tracks.values():
        for loc, item in _items(track):
            for command in item.commands:
                if command not in commands:
                    sentence = f"{item.id} names the command {command}, which does not exist."
                    yield Problem("track", track.id, (*loc, "commands"), "unknown-command", sentence)


RULES: tuple[Callable[[Library], Iterator[Problem]], ...] = (
    skills_exist,
    topics_exist,
    foundations_have_topics,
    keys_are_not_gone,
    self_checks_have_questions,
    items_link_to_what_exists,
    projects_link_to_what_exists,
    phases_cover_what_exists,
    item_ids_are_unique,
    hours_add_up,
    gates_have_questions,
    weights_make_a_hundred,
    architect_is_weighed,
    architect_questions_fit,
    successors_exist,
)
