"""A whole exam in the room, with everything that can be done to a question."""

from collections import Counter
from dataclasses import replace

from textual.widgets import DataTable

from mlacoach.coach import Coach
from mlacoach.coach.exam import hand_in, load
from mlacoach.curriculum.questions import Case
from mlacoach.screen.room.outcome import Outcome
from tests.room import Seat, begin, keys_of, right_answer, sit

CASE = Case("park", "A wind park", "4,000 turbines send readings[0] to `s3://park`. [/bold]")
# What is done, by position; everything else is only answered.
FLAGGED, NOTED, STRUCK, UNSURE, LEFT_OPEN, UNSEEN = {3, 40}, {5}, {8}, {2, 9}, {7, 20}, {64}


def test_a_whole_exam_by_keyboard_is_in_the_store_as_it_was_done(coach: Coach) -> None:
    session = begin(coach, timed=True)
    session.questions[1] = replace(session.questions[1], case=CASE)
    assert len(session.questions) == 65
    assert {"multiple-choice", "multiple-response", "ordering", "matching"} <= {one.kind for one in session.questions}

    async def scene(seat: Seat) -> None:
        for place in range(64):
            await seat.until(lambda place=place: session.position == place)
            await _do(seat, place)
            if place < 63:
                await seat.press("n")
        await _navigate(seat)
        await seat.press("r")
        assert "62 answered" in seat.text()
        assert "3 unanswered" in seat.text()
        assert "2 flagged" in seat.text()
        await seat.press("y")

    assert sit(session, scene) is Outcome.HANDED_IN

    _as_done(coach, session.row.id)
    again = load(coach, session.row)
    for told in ("answers", "flags", "strikes", "notes", "confidences"):
        assert getattr(again, told) == getattr(session, told)
    assert hand_in(session).ended == "submit"
    assert set(coach.store.answers.missed()) == {session.questions[place].id for place in LEFT_OPEN | UNSEEN}


async def _do(seat: Seat, place: int) -> None:
    question = seat.session.question
    keys = [] if place in LEFT_OPEN else keys_of(question, seat.room.desk.draft, right_answer(question))
    keys += ["F"] if place in FLAGGED else []
    keys += ["C", "C"] if place in UNSURE else []
    keys += ["s", "a"] if place in STRUCK else []
    await seat.type(*keys)
    if place in NOTED:
        await seat.press("m", *"see [b]", "ctrl+s")
        await seat.until(lambda: seat.room.screen is seat.room.paper)
    if place == 1:
        assert "4,000 turbines send readings[0] to `s3://park`. [/bold]" in " ".join(seat.text().split())


async def _navigate(seat: Seat) -> None:
    """The filters show what they say, and Enter goes there."""
    await seat.press("v")
    table = seat.room.screen.query_one(DataTable)
    assert table.row_count == 65
    assert [str(cell) for cell in table.get_row("3")] == ["4", "Complete", "flagged"]
    assert [str(cell) for cell in table.get_row("7")] == ["8", "Incomplete", ""]
    assert [str(cell) for cell in table.get_row("64")] == ["65", "Unseen", ""]
    await seat.press("g")
    assert [str(key.value) for key in table.rows] == ["3", "40"]
    await seat.press("u")
    assert [str(key.value) for key in table.rows] == ["7", "20", "64"]
    await seat.press("down", "enter")
    assert seat.session.position == 20
    await seat.press("v", "g", "a", "escape")
    assert seat.session.position == 20


def _as_done(coach: Coach, sitting: str) -> None:
    events = coach.store.sittings.events(sitting)
    count = Counter(event.kind for event in events)
    assert (count["flag"], count["unflag"], count["note"], count["strike"]) == (2, 0, 1, 1)
    assert count["confidence"] == 2 * len(UNSURE)
    assert [event.value for event in events if event.kind == "note"] == [("see [b]",)]
    answered = {event.question for event in events if event.kind == "answer"}
    assert len(answered) == 62
