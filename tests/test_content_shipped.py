"""The content that ships: no faults, both exams whole, fair questions, every requirement and mistake in its place."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from mlacoach.cli.program import command_names
from mlacoach.content import Library, Loaded, load
from mlacoach.content.bank.truth import PRIMARY
from mlacoach.curriculum.exams import Exam
from mlacoach.curriculum.questions import Choice, Matching, Question

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("1-data", "2-models", "3-deployment", "4-operations", "foundations")
EXAMS = ("MLA-C01", "MLA-C02")
LETTERS = "abcd"


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    return load([ROOT], commands=command_names())


def questions_of(loaded: Loaded, folder: str) -> Iterator[Question]:
    for question in loaded.library.questions.values():
        if loaded.sources["question", question.id].parent.name == folder:
            yield question


def asks(question: Question) -> str:
    """The stem without the number of answers that multiple-response questions ask for."""
    return re.sub(r" \(Select (TWO|THREE)\.\)$", "", question.stem)


def test_the_content_that_ships_has_no_faults(loaded: Loaded) -> None:
    assert not loaded.faults, "\n".join(map(str, loaded.faults))


# --- exams


@pytest.mark.parametrize("code", EXAMS)
def test_an_exam_has_four_domains_and_twelve_tasks(code: str, library: Library) -> None:
    exam = library.exam(code)

    assert [domain.id for domain in exam.domains] == ["1", "2", "3", "4"]
    assert [task.id for task in exam.tasks] == [f"{domain}.{task}" for domain in "1234" for task in "123"]
    assert all(skill.startswith(f"{task.id}.") for task in exam.tasks for skill in (one.id for one in task.skills))


@pytest.mark.parametrize(
    ("code", "weights", "skills"),
    [("MLA-C01", [28, 26, 22, 24], [28, 37, 36, 32]), ("MLA-C02", [28, 24, 24, 24], [25, 27, 30, 25])],
)
def test_the_domains_weigh_and_hold_what_the_guide_says(
    code: str, weights: list[int], skills: list[int], library: Library
) -> None:
    domains = library.exam(code).domains

    assert [domain.weight for domain in domains] == weights
    assert [sum(len(task.skills) for task in domain.tasks) for domain in domains] == skills


def test_mla_c01_has_63_knowledge_and_70_skill_bullets(library: Library) -> None:
    letters = Counter(skill.split(".")[2][0] for skill in library.exam("MLA-C01").skills)

    assert letters == {"K": 63, "S": 70}


def test_mla_c02_has_107_skills_of_which_45_are_new(library: Library) -> None:
    skills = library.exam("MLA-C02").skills

    assert len(skills) == 107
    assert sum(skill.new for skill in skills.values()) == 45


def test_the_numbers_of_a_task_leave_no_gap(library: Library) -> None:
    for code in EXAMS:
        for task in library.exam(code).tasks:
            numbered = [re.fullmatch(r"\d\.\d\.([KS]?)(\d+)", skill.id) for skill in task.skills]
            for letter in {found[1] for found in numbered if found}:
                numbers = [int(found[2]) for found in numbered if found and found[1] == letter]
                assert numbers == list(range(1, len(numbers) + 1)), (code, task.id, letter)


def test_every_bullet_of_mla_c01_goes_on_in_mla_c02_or_is_removed_or_has_no_counterpart(library: Library) -> None:
    old, new = library.exam("MLA-C01"), library.exam("MLA-C02")
    assert old.successor == new.id

    assert not [skill.id for skill in old.skills.values() if skill.becomes and skill.removed]
    assert {skill.id for skill in old.skills.values() if not skill.becomes and not skill.removed} == {"2.2.K3"}


def test_every_skill_of_mla_c02_comes_from_mla_c01_or_is_new_but_one(library: Library) -> None:
    """The guide does not call 4.3.7 new, and names nothing of MLA-C01 that became it."""
    old, new = library.exam("MLA-C01"), library.exam("MLA-C02")
    taken_over = {target for skill in old.skills.values() for target in skill.becomes}

    assert new.skills.keys() - taken_over - {skill.id for skill in new.skills.values() if skill.new} == {"4.3.7"}


@pytest.mark.parametrize("code", EXAMS)
def test_every_fact_and_sitting_says_its_source(code: str, library: Library) -> None:
    exam = library.exam(code)

    assert all(fact.source for fact in exam.facts)
    assert all(sitting.source.startswith("https://") for sitting in exam.sittings)
    assert all(sitting.form in exam.forms for sitting in exam.sittings)


# --- the bank


@pytest.mark.parametrize("code", EXAMS)
def test_each_task_statement_has_five_questions_at_least(code: str, library: Library) -> None:
    exam: Exam = library.exam(code)
    counts = Counter(task for question in library.questions.values() for task in question.tasks(code))

    assert {task.id: counts[task.id] for task in exam.tasks if counts[task.id] < 5} == {}


@pytest.mark.parametrize("folder", FOLDERS)
def test_key_positions_are_balanced(folder: str, loaded: Loaded) -> None:
    """Each letter has 20 to 30 per cent of the keys, give or take one."""
    bodies = [one.body for one in questions_of(loaded, folder) if one.kind == "multiple-choice"]
    keys = Counter(
        LETTERS[position]
        for body in bodies
        if isinstance(body, Choice)
        for position, option in enumerate(body.options)
        if option.id in body.key
    )

    assert all(0.2 * len(bodies) - 1 <= keys[letter] <= 0.3 * len(bodies) + 1 for letter in LETTERS), keys


def key_is_longest(question: Question) -> bool:
    assert isinstance(question.body, Choice)
    lengths = {option.id: len(option.text) for option in question.body.options}
    (key,) = question.body.key
    return all(lengths[key] > length for option, length in lengths.items() if option != key)


def test_the_key_is_the_longest_option_in_15_to_30_per_cent(library: Library) -> None:
    longest = [key_is_longest(one) for one in library.questions.values() if one.kind == "multiple-choice"]

    assert 0.15 <= sum(longest) / len(longest) <= 0.30


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_folder_gives_its_keys_away_by_their_length(folder: str, loaded: Loaded) -> None:
    """15 to 30 per cent, give or take one."""
    longest = [key_is_longest(one) for one in questions_of(loaded, folder) if one.kind == "multiple-choice"]

    assert 0.15 * len(longest) - 1 <= sum(longest) <= 0.30 * len(longest) + 1


def test_options_are_of_similar_length(library: Library) -> None:
    odd = []
    for question in library.questions.values():
        if isinstance(question.body, Choice):
            lengths = [len(option.text) for option in question.body.options]
            keys = [len(option.text) for option in question.body.options if option.id in question.body.key]
            if max(lengths) > 2 * min(lengths) or max(keys) > 1.25 * sum(lengths) / len(lengths):
                odd.append((question.id, lengths))

    assert not odd


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_stem_has_neither_too_few_words_nor_too_many(folder: str, loaded: Loaded) -> None:
    # What a case tells need not be told again.
    own = {
        one.id: (one, 12 if one.case else 20 if folder == "foundations" else 35) for one in questions_of(loaded, folder)
    }

    assert own
    counts = {name: (len(one.stem.split()), least) for name, (one, least) in own.items()}
    assert not {name: count for name, (count, least) in counts.items() if not least <= count <= 130}


def test_a_stem_ends_in_a_question(library: Library) -> None:
    assert not [one.id for one in library.questions.values() if not asks(one).endswith("?")]


def test_a_multiple_response_question_says_how_many_to_select(library: Library) -> None:
    numbers = {2: "(Select TWO.)", 3: "(Select THREE.)"}
    for one in library.questions.values():
        if one.kind == "multiple-response":
            assert isinstance(one.body, Choice)
            assert one.stem.endswith(numbers[len(one.body.key)]), one.id
        else:
            assert "Select T" not in one.stem, one.id


def test_a_matching_question_says_that_responses_may_serve_several_prompts_or_none(library: Library) -> None:
    silent = [
        one.id
        for one in library.questions.values()
        if isinstance(one.body, Matching) and not re.search(r"\b(none|unused|not at all)\b", one.stem)
    ]

    assert not silent


def test_no_stem_asks_for_what_is_wrong(library: Library) -> None:
    negative = re.compile(
        r"\b(NOT|EXCEPT|LEAST (likely|suitable|appropriate))\b|\bwhich\b[^.?]*\b(not|never|cannot)\b",
        re.IGNORECASE,
    )

    assert not [
        one.id for one in library.questions.values() if negative.search(re.split(r"(?<=[.!?]) ", asks(one))[-1])
    ]


def test_no_option_is_about_the_other_options(library: Library) -> None:
    lumped = re.compile(
        r"\b(all|none|both|neither) of (the|these) (above|others?|options|answers)|\bboth [a-e] and [a-e]\b",
        re.IGNORECASE,
    )

    assert not [
        one.id for one in library.questions.values() if any(lumped.search(part.text) for part in one.body.parts)
    ]


def test_no_text_names_a_letter_or_a_position(library: Library) -> None:
    placed = re.compile(
        r"\b([Oo]ption|[Aa]nswer|[Cc]hoice|[Rr]esponse|[Ss]tep) [A-G1-7]\b|\b(first|last) (option|answer)\b"
    )

    assert not [one.id for one in library.questions.values() if placed.search(one.text)]


def test_every_part_that_is_right_or_wrong_says_why_in_eight_words_at_least(library: Library) -> None:
    short = []
    for question in library.questions.values():
        body = question.body
        explained = body.prompts if isinstance(body, Matching) else body.parts
        short += [(question.id, part.id) for part in explained if len(part.why.split()) < 8]

    assert not short


def test_references_lead_to_documentation_or_primary_sources(library: Library) -> None:
    pages = [(one.id, page.url) for one in library.questions.values() for page in one.references]

    assert not [(name, url) for name, url in pages if urlsplit(url).hostname not in PRIMARY]
    assert not [(name, url) for name, url in pages if not url.startswith("https://")]


def test_no_stem_comes_twice(library: Library) -> None:
    assert len({one.stem for one in library.questions.values()}) == len(library.questions)


def test_no_two_parts_of_a_question_read_the_same(library: Library) -> None:
    for one in library.questions.values():
        groups = [one.body.prompts, one.body.responses] if isinstance(one.body, Matching) else [one.body.parts]
        for parts in groups:
            assert len({part.text for part in parts}) == len(parts), one.id


# --- tracks, mistakes, requirements


def test_every_mistake_is_noted_on_some_item_phase_or_track(library: Library) -> None:
    noted = set()
    for track in library.tracks.values():
        for place in (track, *track.phases, *track.items):
            noted.update(place.mistakes)

    assert noted == {f"M{number:02}" for number in range(1, 31)}
    assert noted == library.mistakes.keys()


def test_every_mistake_concerns_rows_that_exist(library: Library) -> None:
    assert not {row for mistake in library.mistakes.values() for row in mistake.rows} - library.requirements.keys()


def test_each_of_the_777_requirements_has_its_place_in_a_track(library: Library) -> None:
    covered = set()
    for track in library.tracks.values():
        for place in (track, *track.phases, *track.items):
            covered.update(place.covers)

    assert len(library.requirements) == 777
    assert not library.requirements.keys() - covered


def test_every_status_of_a_service_is_dated_and_sourced(library: Library) -> None:
    assert not [note.id for note in library.services.values() if not (note.when and note.source and note.instead)]
