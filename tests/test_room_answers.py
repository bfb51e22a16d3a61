"""Answering in the room: by keys and by mouse, every kind; what is stored, and when."""

from dataclasses import replace

import pytest

from mlacoach.coach import Coach
from mlacoach.coach.exam import ExamSession
from mlacoach.curriculum.questions import Matching, Ordering
from mlacoach.screen.room.outcome import Outcome
from mlacoach.screen.room.rows import Row
from tests.room import Seat, begin, choice, keys_of, paper_of, right_answer, sit


def kinds_of(coach: Coach, session: ExamSession, question: str) -> list[tuple[str, tuple[str, ...]]]:
    """What is in the store about a question, showing it left out."""
    events = coach.store.sittings.events(session.row.id)
    return [(event.kind, event.value) for event in events if event.question == question and event.kind != "show"]


def made_up(coach: Coach, key: str, count: int = 5, **wish: bool) -> ExamSession:
    """A sitting with one made-up question and one of the bank after it."""
    session = paper_of(coach, "multiple-choice", **wish)
    session.questions.insert(0, choice(key, count))
    return session


def option(session: ExamSession, sign: str) -> str:
    return session.body.parts["abcdefgh".index(sign)].id


def test_a_choice_of_two_is_stored_when_two_are_chosen(coach: Coach) -> None:
    """With fewer or more nothing is stored, and what was stored is cleared."""
    session = made_up(coach, "ab")

    async def scene(seat: Seat) -> None:
        await seat.press("a")
        assert "choose 2: 1 chosen" in seat.text()
        assert kinds_of(coach, session, "made-up") == []
        await seat.press("c")
        assert "saved: a c" in seat.text()
        await seat.press("d")
        assert "choose 2: 3 chosen" in seat.text()

    sit(session, scene)

    both = tuple(sorted((option(session, "a"), option(session, "c"))))
    assert kinds_of(coach, session, "made-up") == [("answer", both), ("clear", ())]


def test_rows_stay_from_question_to_question_and_hide_where_there_are_fewer(coach: Coach) -> None:
    session = made_up(coach, "a", 3)
    session.questions[1:] = [replace(choice("a", count), id=f"of {count}") for count in (6, 4)]

    async def scene(seat: Seat) -> None:
        seen = []
        for place in (0, 1, 2, 1, 0):
            await seat.go(place)
            seen.append((len(seat.rows()), len(seat.room.paper.query(Row))))
        assert seen == [(3, 3), (6, 6), (4, 6), (6, 6), (3, 6)]

    sit(session, scene)


def test_a_turned_page_is_laid_out_once(coach: Coach) -> None:
    """Other rows, other lines, a scroll bar that is needed or not: nothing of it lays the room out again."""
    session = made_up(coach, "a", 3)
    long = choice("a", 3, "Option {}" + " that goes on" * 40)
    session.questions[1:] = [replace(long, id="long"), replace(choice("a", 2), id="short")]

    async def scene(seat: Seat) -> None:
        laid = []
        seat.room.paper.screen_layout_refresh_signal.subscribe(seat.room, laid.append)
        counts = []
        for key in ("n", "n", "p", "p"):
            laid.clear()
            await seat.press(key)
            counts.append(len(laid))
        assert counts == [1, 1, 1, 1]

    sit(session, scene)


def test_moving_on_from_an_incomplete_choice_warns_once(coach: Coach) -> None:
    session = made_up(coach, "ab")

    async def scene(seat: Seat) -> None:
        await seat.press("a", "n")
        assert session.position == 0
        assert "choose 2: 1 chosen. Nothing is stored; press again to go on." in seat.text()
        await seat.press("n")
        assert session.position == 1
        await seat.press("p")
        assert "[x] a" in seat.text()
        await seat.press("r")
        assert "1 of them begun but not complete" in seat.text()

    sit(session, scene)


def test_the_last_choice_of_one_counts_and_backspace_takes_it_back(coach: Coach) -> None:
    session = made_up(coach, "a")

    async def scene(seat: Seat) -> None:
        await seat.press("b", "b", "down", "enter", "backspace")
        assert "not answered" in seat.text()

    sit(session, scene)

    assert [kind for kind, _ in kinds_of(coach, session, "made-up")] == ["answer", "answer", "clear"]
    assert not session.answers


def test_enter_chooses_and_enter_again_goes_on(coach: Coach) -> None:
    session = made_up(coach, "a")

    async def scene(seat: Seat) -> None:
        await seat.press("down", "enter")
        assert session.answers["made-up"] == (option(session, "b"),)
        await seat.press("enter")
        assert session.position == 1

    sit(session, scene)


def test_fast_typing_answers_the_question_that_is_on_the_table_then(coach: Coach) -> None:
    """A letter typed right after `n` is an answer to the next question."""
    session = begin(coach)
    single = [one for one in session.questions if one.kind == "multiple-choice"]
    session.questions[:] = single[:4]

    async def scene(seat: Seat) -> None:
        await seat.type("a", "n", "b", "n", "C", "c", "f", "n", "s", "a", "d")
        await seat.until(lambda: len(session.answers) == 4)

    sit(session, scene)

    for place, sign in enumerate("abcd"):
        session.position = place
        assert session.answers[single[place].id] == (option(session, sign),)
    assert set(session.confidences) == session.flags == {single[2].id}
    assert set(session.strikes) == {single[3].id}


def test_six_options_take_the_small_f_and_the_capital_flags(coach: Coach) -> None:
    session = made_up(coach, "a", count=6)

    async def scene(seat: Seat) -> None:
        assert "F flag" in seat.text()
        await seat.press("f", "F")
        assert "· flagged" in seat.text()

    sit(session, scene)

    assert session.answers["made-up"] == (option(session, "f"),)
    assert session.flags == {"made-up"}


def test_flags_strokes_and_confidence_are_words(coach: Coach) -> None:
    session = made_up(coach, "a")

    async def scene(seat: Seat) -> None:
        await seat.press("f", "x", "s", "c", "C")
        text = seat.text()
        assert "· flagged" in text
        assert text.count("(struck)") == 2
        assert "sure" in text
        await seat.press("C")
        assert "· unsure" in seat.text()
        await seat.press("f", "x", "C")
        assert "flagged" not in seat.text()
        assert seat.text().count("(struck)") == 1
        assert "· guess" in seat.text()

    sit(session, scene)

    assert [kind for kind, _ in kinds_of(coach, session, "made-up")] == [
        "flag", "strike", "strike", "confidence", "confidence", "unflag", "unstrike", "confidence"
    ]  # fmt: skip


def test_steps_are_moved_by_keys(coach: Coach) -> None:
    session = paper_of(coach, "ordering", "multiple-choice")
    question = session.questions[0]

    async def scene(seat: Seat) -> None:
        before = seat.room.desk.draft.marked
        await seat.press("J")
        assert session.answers[question.id] == (before[1], before[0], *before[2:])
        await seat.press("shift+down", "K", "shift+up")
        assert session.answers[question.id] == before
        await seat.press(*keys_of(question, seat.room.desk.draft, right_answer(question)))

    sit(session, scene)

    assert question.mark(session.answers[question.id])


def test_steps_are_moved_by_mouse(coach: Coach) -> None:
    session = paper_of(coach, "ordering", "multiple-choice")
    question = session.questions[0]

    async def scene(seat: Seat) -> None:
        before = seat.room.desk.draft.marked
        await seat.click("1", column=3)
        await seat.click("3")
        assert not session.answers, "nothing is above the first step, and a click on a step only goes there"
        await seat.click("1", column=4)
        assert session.answers[question.id] == (before[1], before[0], *before[2:])
        await seat.pilot.mouse_down(seat.row("1"), offset=(12, 0))
        await seat.pilot.mouse_up(seat.row("3"), offset=(12, 0))
        await seat.settle()
        assert session.answers[question.id] == (before[0], before[2], before[1], *before[3:])

    sit(session, scene)


def test_an_order_is_taken_as_it_stands_by_enter_only(coach: Coach) -> None:
    """An order that nobody touched is no answer."""
    session = paper_of(coach, "ordering", "multiple-choice")

    async def scene(seat: Seat) -> None:
        await seat.press("n", "p")
        assert not session.answers
        await seat.press("enter")
        assert "saved: your order" in seat.text()
        await seat.press("enter")
        assert session.position == 1

    sit(session, scene)

    body = session.questions[0].body
    assert isinstance(body, Ordering)
    assert set(session.answers[session.questions[0].id]) == {step.id for step in body.steps}


@pytest.mark.parametrize("by_mouse", [False, True])
def test_pairs_are_stored_when_all_are_matched(coach: Coach, by_mouse: bool) -> None:  # noqa: FBT001
    session = paper_of(coach, "matching", "multiple-choice")
    question = session.questions[0]

    async def scene(seat: Seat) -> None:
        keys = keys_of(question, seat.room.desk.draft, right_answer(question))
        for key in keys[:-1]:
            await (seat.click(key) if by_mouse else seat.press(key))
        assert f"match {len(keys) // 2}: {len(keys) // 2 - 1} matched" in seat.text()
        assert not session.answers
        await (seat.click(keys[-1]) if by_mouse else seat.press(keys[-1]))
        assert "saved: 1" in seat.text()

    sit(session, scene, size=(120, 40))

    assert session.answers[question.id] == right_answer(question)


def test_the_cursor_goes_to_the_next_open_line_of_a_matching(coach: Coach) -> None:
    """So that plain letters fill the lines from top to bottom; the same letter again takes a pair back."""
    session = paper_of(coach, "matching")
    question = session.questions[0]
    assert isinstance(question.body, Matching)
    count = len(question.body.prompts)

    async def scene(seat: Seat) -> None:
        await seat.press(*["a"] * count)
        assert len(session.answers[question.id]) == count
        await seat.press("2", "a")
        assert not session.answers
        await seat.press("1", "b", "2", "b")

    sit(session, scene)

    response = session.body.responses  # type: ignore[union-attr]
    pairs = dict(pair.split("=") for pair in session.answers[question.id])
    assert sorted(pairs.values()) == sorted([response[0].id] * (count - 2) + [response[1].id] * 2)


def test_a_click_chooses_and_the_right_button_strikes_out(coach: Coach) -> None:
    session = made_up(coach, "ab")
    struck = option(session, "c")

    async def scene(seat: Seat) -> None:
        await seat.click("a")
        await seat.click("d")
        assert "saved: a d" in seat.text()
        await seat.click("c", button=3)
        assert "c is struck out." in seat.text()
        await seat.pilot.click("Keys", offset=(3, 0))
        await seat.until(lambda: session.position == 1)

    sit(session, scene)

    assert session.strikes["made-up"] == {struck}


def test_what_was_stored_shows_again_when_the_sitting_goes_on(coach: Coach) -> None:
    session = paper_of(coach, "multiple-response", "ordering", "matching")

    async def scene(seat: Seat) -> None:
        for question in session.questions:
            await seat.press(*keys_of(question, seat.room.desk.draft, right_answer(question)), "n")
        await seat.press("escape")

    async def again(seat: Seat) -> None:
        for place, question in enumerate(session.questions):
            await seat.go(place)
            assert question.mark(seat.room.desk.draft.marked)

    sit(session, scene)
    sit(session, again)


def test_forward_only_goes_forward_only(coach: Coach) -> None:
    session = begin(coach, adaptive=True)
    session.choose = lambda _: None
    session.questions += [choice("a"), choice("b")][:1]

    async def scene(seat: Seat) -> None:
        assert "p back" not in seat.text()
        await seat.press("n")
        assert "Go on without an answer?" in seat.text()
        await seat.press("n", "n", "y")
        assert session.position == 1
        await seat.press("p")
        assert "This exam goes forward only." in seat.text()
        await seat.press("v", "up", "enter")
        assert "This exam goes forward only. Esc closes" in seat.text()
        await seat.press("escape", "a", "n")
        assert session.position == 1
        assert "That was the last question." in seat.text()
        await seat.press("y")

    assert sit(session, scene) is Outcome.HANDED_IN


def test_practice_explains_before_it_goes_on(coach: Coach) -> None:
    session = made_up(coach, "a", practice=True)

    async def scene(seat: Seat) -> None:
        await seat.press("backspace", "n", "p")
        right = next(sign for sign in "abcde" if option(session, sign) == "a")
        wrong = "a" if right != "a" else "b"
        await seat.press(wrong, "enter")
        text = seat.text()
        assert f"Wrong: you answered {wrong}; right is {right}." in text
        assert "Because of a." in text
        assert session.position == 0
        await seat.press("escape", right)
        assert "this answer stands" in seat.text()
        await seat.press(wrong, "enter", "enter")
        assert session.position == 1

    sit(session, scene)

    assert len([kind for kind, _ in kinds_of(coach, session, "made-up") if kind == "answer"]) == 1


@pytest.mark.parametrize("kind", ["multiple-choice", "multiple-response", "ordering", "matching"])
@pytest.mark.parametrize("right", [True, False])
def test_each_kind_is_explained_with_every_reason(coach: Coach, kind: str, right: bool) -> None:  # noqa: FBT001
    session = paper_of(coach, kind, practice=True)
    question = session.questions[0]

    async def scene(seat: Seat) -> None:
        if right:
            await seat.press(*keys_of(question, seat.room.desk.draft, right_answer(question)))
        elif kind == "matching":
            await seat.press(*["a"] * len(question.body.prompts))
        elif kind != "ordering":
            wrong = [option.id for option in session.body.parts if option.id not in right_answer(question)]
            wanted = len(right_answer(question))
            answer = tuple([*wrong, *right_answer(question)][:wanted])
            await seat.press(*keys_of(question, seat.room.desk.draft, answer))
        await seat.press(*["enter"] * (2 if kind == "ordering" and not right else 1))
        assert ("Right." if right else "Wrong") in seat.lines()[1]
        said = "\n".join(str(row.text) for row in seat.room.screen.query(".reason"))  # type: ignore[attr-defined]
        for part in question.body.parts:
            assert part.why in said

    sit(session, scene, size=(120, 60))
