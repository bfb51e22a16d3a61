"""The clock of the room: warnings, hiding, the end at zero whatever is open, the pause of practice."""

from datetime import timedelta

import pytest
from textual.widgets import TextArea

from mlacoach.coach import Coach
from mlacoach.coach.exam import ExamSession, hand_in
from mlacoach.screen.room.outcome import Outcome
from tests.conftest import Clock
from tests.room import Seat, begin, choice, sit

STEM = "What is it?"


@pytest.fixture
def session(coach: Coach) -> ExamSession:
    """A mini exam of 40 minutes."""
    session = begin(coach, timed=True, mini=True)
    session.questions.insert(0, choice("ab"))
    return session


def time_of(seat: Seat) -> str:
    return seat.lines()[0].rpartition("  ")[2]


async def pass_to(seat: Seat, clock: Clock, minutes: float) -> None:
    """Let so many minutes be left."""
    deadline = seat.session.deadline
    assert deadline
    clock.now = deadline - timedelta(minutes=minutes)
    await seat.look_at_clock()


def test_the_time_runs_and_can_be_hidden(session: ExamSession, clock: Clock) -> None:
    async def scene(seat: Seat) -> None:
        await pass_to(seat, clock, 39)
        assert time_of(seat) == "0:39:00 left"
        await seat.press("t")
        assert time_of(seat) == "time hidden"
        await seat.pilot.click("#time", offset=(20, 0))
        await seat.settle()
        assert time_of(seat) == "0:39:00 left"

    sit(session, scene)


def test_a_warning_comes_at_thirty_and_at_five_minutes_and_takes_no_key(session: ExamSession, clock: Clock) -> None:
    async def scene(seat: Seat) -> None:
        await pass_to(seat, clock, 30)
        assert "30 minutes left." in seat.text()
        await seat.press("a", "c")
        assert "saved: a c" in seat.text()
        seat.room.clear_notifications()
        await pass_to(seat, clock, 5.01)
        assert "minutes left." not in seat.text()
        await pass_to(seat, clock, 5)
        assert "5 minutes left." in seat.text()

    sit(session, scene)


def test_each_warning_comes_once(session: ExamSession, clock: Clock) -> None:
    async def scene(seat: Seat) -> None:
        for minutes in (30, 29, 5, 4.9, 4):
            await pass_to(seat, clock, minutes)
        # A clock that is set back, as by the network, repeats nothing.
        await pass_to(seat, clock, 31)
        await pass_to(seat, clock, 29)
        assert [one.message for one in seat.room._notifications] == ["30 minutes left.", "5 minutes left."]  # noqa: SLF001

    sit(session, scene)


def test_a_lid_that_was_closed_over_both_warnings_gives_one(session: ExamSession, clock: Clock) -> None:
    async def scene(seat: Seat) -> None:
        await pass_to(seat, clock, 2.5)
        assert seat.text().count("left.") == 1
        assert "3 minutes left." in seat.text()

    sit(session, scene)


def test_who_comes_back_late_sees_no_warning_again(session: ExamSession, clock: Clock) -> None:
    assert session.deadline
    clock.now = session.deadline - timedelta(minutes=20)

    async def scene(seat: Seat) -> None:
        await seat.look_at_clock()
        assert "left." not in seat.text()

    sit(session, scene)


def test_a_hidden_time_is_back_under_five_minutes_and_stays(session: ExamSession, clock: Clock) -> None:
    async def scene(seat: Seat) -> None:
        await seat.press("t")
        await pass_to(seat, clock, 5.5)
        assert time_of(seat) == "time hidden"
        await pass_to(seat, clock, 4.5)
        assert time_of(seat) == "0:04:30 left"
        await seat.press("t")
        assert time_of(seat) == "0:04:30 left"
        assert "the time stays in sight" in seat.text()

    sit(session, scene)


@pytest.mark.parametrize("keys", [[], ["r"], ["v"], ["question_mark"], ["q"], ["m"]], ids=str)
def test_at_zero_the_room_ends_whatever_is_open(
    coach: Coach, session: ExamSession, clock: Clock, keys: list[str]
) -> None:
    """Handed in is what was there; the sitting ended at its deadline, not when it was looked at."""

    async def scene(seat: Seat) -> None:
        await seat.press("a", "c", *keys)
        await pass_to(seat, clock, -3)

    assert sit(session, scene) is Outcome.HANDED_IN
    row = hand_in(session)
    assert (row.ended, row.ended_at) == ("expire", session.deadline)
    assert "made-up" in coach.store.answers.seen()


def test_a_note_that_is_being_written_at_zero_is_kept(session: ExamSession, clock: Clock) -> None:
    async def scene(seat: Seat) -> None:
        await seat.press("m", *"half a")
        await seat.until(lambda: seat.room.screen.query_one(TextArea).text == "half a")
        await pass_to(seat, clock, 0)

    assert sit(session, scene) is Outcome.HANDED_IN
    assert session.notes == {"made-up": "half a"}


def test_an_answer_after_the_deadline_is_none(session: ExamSession, clock: Clock) -> None:
    """Also between two looks at the clock."""

    async def scene(seat: Seat) -> None:
        assert session.deadline
        await seat.press("a")
        clock.now = session.deadline
        await seat.press("c")

    assert sit(session, scene) is Outcome.HANDED_IN
    assert not session.answers


def test_a_pause_covers_the_question_and_stops_the_clock(coach: Coach, clock: Clock) -> None:
    session = begin(coach, practice=True, mini=True)
    session.questions.insert(0, choice())

    async def scene(seat: Seat) -> None:
        assert STEM in seat.text()
        before = session.seconds_left()
        await seat.press("space")
        clock.now += timedelta(hours=5)
        await seat.look_at_clock()
        assert STEM not in seat.text()
        assert "Paused" in seat.text()
        await seat.press("b", "v", "r", "q", "n")
        assert not session.answers, "no key reaches the question"
        await seat.until(lambda: "Paused" in seat.text())
        await seat.press("space")
        assert session.seconds_left() == before
        assert STEM in seat.text()

    assert sit(session, scene) is None


@pytest.mark.parametrize("leave", ["ctrl+c", "ctrl+q"])
def test_one_can_leave_while_it_is_paused(coach: Coach, leave: str) -> None:
    session = begin(coach, practice=True, mini=True)

    async def scene(seat: Seat) -> None:
        await seat.press("space", leave, "y")

    assert sit(session, scene) is Outcome.LEFT
    assert session.paused_at


def test_an_exam_cannot_be_paused(session: ExamSession) -> None:
    async def scene(seat: Seat) -> None:
        await seat.press("space")
        assert "Only practice can pause" in seat.text()
        assert STEM in seat.text()

    sit(session, scene)
    assert session.paused_at is None


def test_without_a_clock_there_is_none_to_hide(coach: Coach) -> None:
    async def scene(seat: Seat) -> None:
        await seat.press("t")
        assert time_of(seat) == "untimed"
        assert "This exam has no clock." in seat.text()

    sit(begin(coach), scene)
