"""Each kind of question shows its parts in another order and marks all or nothing."""

from collections.abc import Callable
from datetime import date
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlacoach.content import Library
from mlacoach.curriculum.exams import SkillRef
from mlacoach.curriculum.questions import Body, Case, Choice, Matching, Ordering, Part, Question

IDS = st.integers(2, 7).map(lambda count: list("gfedcba"[:count]))


def parts(ids: list[str]) -> tuple[Part, ...]:
    return tuple(Part(name, f"Text of {name}", f"Why {name}") for name in ids)


@st.composite
def choices(draw: st.DrawFn) -> Choice:
    ids = draw(IDS)
    return Choice(parts(ids), frozenset(draw(st.lists(st.sampled_from(ids), min_size=1, unique=True))))


@st.composite
def orderings(draw: st.DrawFn) -> Ordering:
    ids = draw(IDS)
    return Ordering(parts(ids), tuple(ids))


@st.composite
def matchings(draw: st.DrawFn) -> Matching:
    prompts, responses = draw(IDS), draw(IDS)
    pairs = frozenset(f"{prompt}={draw(st.sampled_from(responses))}" for prompt in prompts)
    return Matching(parts(prompts), parts(responses), pairs)


BODIES: st.SearchStrategy[Body] = st.one_of(choices(), orderings(), matchings())
SEEDS = st.integers(0, 2**32)
quickly = settings(max_examples=60, deadline=None)


def key(body: Body) -> tuple[str, ...]:
    """The right answer, as a learner would give it."""
    if isinstance(body, Ordering):
        return body.right_order
    return tuple(sorted(body.key if isinstance(body, Choice) else body.pairs))


@quickly
@given(BODIES, SEEDS)
def test_shuffling_keeps_every_part(body: Body, seed: int) -> None:
    shuffled = body.shuffled(Random(seed))

    assert type(shuffled) is type(body)
    assert sorted(shuffled.parts, key=repr) == sorted(body.parts, key=repr)


@quickly
@given(BODIES, SEEDS, st.data())
def test_shuffling_marks_the_same_answers(body: Body, seed: int, data: st.DataObject) -> None:
    shuffled = body.shuffled(Random(seed))
    answer = tuple(data.draw(st.lists(st.sampled_from([*key(body), *(part.id for part in body.parts)]))))

    assert shuffled.mark(key(body))
    assert shuffled.mark(answer) == body.mark(answer)


@quickly
@given(BODIES, SEEDS)
def test_the_same_seed_shuffles_the_same(body: Body, seed: int) -> None:
    assert body.shuffled(Random(seed)) == body.shuffled(Random(seed))


@quickly
@given(orderings(), SEEDS)
def test_an_ordering_is_never_shown_in_its_right_order(body: Ordering, seed: int) -> None:
    once = body.shuffled(Random(seed))

    assert tuple(step.id for step in once.steps) != body.right_order
    assert tuple(step.id for step in once.shuffled(Random(seed)).steps) != body.right_order


@quickly
@given(BODIES, st.data())
def test_marking_is_all_or_nothing(body: Body, data: st.DataObject) -> None:
    right = key(body)
    left_out = data.draw(st.sampled_from(right))

    assert body.mark(right)
    assert not body.mark(tuple(one for one in right if one != left_out))
    assert not body.mark((*right, "another"))
    assert not body.mark(())


@quickly
@given(choices() | matchings(), st.data())
def test_the_order_of_an_answer_counts_only_where_order_is_asked(body: Body, data: st.DataObject) -> None:
    assert body.mark(tuple(data.draw(st.permutations(key(body)))))


@quickly
@given(orderings(), st.data())
def test_every_other_order_is_wrong(body: Ordering, data: st.DataObject) -> None:
    order = tuple(data.draw(st.permutations(body.right_order)))

    assert body.mark(order) == (order == body.right_order)


def test_one_response_may_serve_two_prompts() -> None:
    body = Matching(parts(["p", "q"]), parts(["x", "y"]), frozenset({"p=x", "q=x"}))

    assert body.mark(("q=x", "p=x"))
    assert not body.mark(("p=x", "q=y"))
    assert not body.mark(("p=x", "q=x", "q=y"))


def question(**changes: object) -> Question:
    given_: dict[str, object] = {
        "id": "hats",
        "kind": "multiple-choice",
        "stem": "Which hat?",
        "body": Choice(parts(["a", "b"]), frozenset("a")),
        "skills": frozenset(
            {SkillRef("MLA-C02", "1.1.7"), SkillRef("MLA-C02", "2.3.1"), SkillRef("MLA-C01", "1.1.K2")}
        ),
        "topics": frozenset({"hats"}),
        "difficulty": 1,
        "cognitive": "apply",
        "references": (),
        "verified": date(2026, 11, 21),
    }
    return Question(**(given_ | changes))  # type: ignore[arg-type]


def test_a_question_serves_the_exams_and_tasks_of_its_skills() -> None:
    hats = question()

    assert hats.serves("MLA-C02")
    assert hats.tasks("MLA-C02") == {"1.1", "2.3"}
    assert hats.tasks("MLA-C01") == {"1.1"}
    assert not hats.serves("AIF-C01")
    assert not hats.tasks("AIF-C01")


def test_the_text_of_a_question_is_all_that_a_learner_reads() -> None:
    hats = question(case=Case("shop", "A shop", "A shop sells hats."))

    assert hats.text == "A shop sells hats. Which hat? Text of a Why a Text of b Why b"


def test_a_question_marks_as_its_body_does() -> None:
    assert question().mark(("a",))
    assert not question().mark(("b",))


@pytest.mark.parametrize("seed", range(3))
def test_every_question_of_the_bank_is_right_in_any_shown_order(seed: int, library: Library) -> None:
    for one in library.questions.values():
        shown = one.body.shuffled(Random(seed))
        assert shown.mark(key(one.body)), one.id
        assert not shown.mark(tuple(part.id for part in shown.parts)), one.id


SHOW: dict[str, Callable[[Body], bool]] = {
    "multiple-choice": lambda body: isinstance(body, Choice) and len(body.key) == 1,
    "multiple-response": lambda body: isinstance(body, Choice) and len(body.key) > 1,
    "ordering": lambda body: isinstance(body, Ordering),
    "matching": lambda body: isinstance(body, Matching),
}


def test_the_body_of_a_question_fits_its_kind(library: Library) -> None:
    wrong = [one.id for one in library.questions.values() if not SHOW[one.kind](one.body)]

    assert not wrong
